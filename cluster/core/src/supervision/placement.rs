//! Which nodes are asked to follow: zones first, then the least busy, then by lot.

use std::collections::BTreeMap;

use crate::membership::{Load, Pressure};
use crate::{Digest, FlightId, NodeId, NodeRecord, Zone};

/// The places of one flight's members: who may still be asked, and how many each zone has.
///
/// The next member goes to a zone that has fewest of them. The leader counts in its zone, so other
/// zones come first; no zone gets another member while one with fewer has a candidate.
#[derive(Clone, Debug)]
pub struct Placement {
    candidates: Vec<Candidate>,
    members: BTreeMap<Zone, usize>,
}

#[derive(Clone, Debug)]
struct Candidate {
    record: NodeRecord,
    pressure: Pressure,
    lot: Lot,
}

impl Placement {
    /// The places of `flight`, with members in the zones `taken` (the leader's among them), and
    /// the nodes that may be asked. Draining ones are not asked.
    pub fn new<'a>(
        flight: FlightId,
        taken: impl IntoIterator<Item = &'a Zone>,
        candidates: impl IntoIterator<Item = (&'a NodeRecord, Load)>,
    ) -> Self {
        let willing = candidates.into_iter().filter(|(_, load)| !load.is_draining);
        let mut placement = Self {
            candidates: willing
                .map(|(record, load)| Candidate::new(flight, record, load))
                .collect(),
            members: BTreeMap::new(),
        };
        for zone in taken {
            placement.occupy(zone);
        }
        placement
    }

    fn occupy(&mut self, zone: &Zone) {
        match self.members.get_mut(zone) {
            Some(members) => *members += 1,
            None => drop(self.members.insert(zone.clone(), 1)),
        }
    }

    /// How many members the zone of a candidate has.
    fn crowd(&self, candidate: &Candidate) -> usize {
        let members = self.members.get(&candidate.record.zone);
        members.copied().unwrap_or(0)
    }
}

impl Iterator for Placement {
    type Item = NodeRecord;

    /// The node to ask next, until none is left.
    fn next(&mut self) -> Option<NodeRecord> {
        let candidates = self.candidates.iter().enumerate();
        let rank =
            |candidate: &Candidate| (self.crowd(candidate), candidate.pressure, candidate.lot);
        let (at, _) = candidates.min_by_key(|(_, candidate)| rank(candidate))?;
        let chosen = self.candidates.swap_remove(at).record;
        self.occupy(&chosen.zone);
        Some(chosen)
    }
}

impl Candidate {
    fn new(flight: FlightId, record: &NodeRecord, load: Load) -> Self {
        Self {
            record: record.clone(),
            pressure: load.pressure(),
            lot: Lot::draw(flight, &record.node),
        }
    }
}

/// What decides between equals: for each flight another order of the nodes, the same on every
/// node, so that equal nodes share the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lot(Digest);

impl Lot {
    fn draw(flight: FlightId, node: &NodeId) -> Self {
        let mut text = flight.0.to_be_bytes().to_vec();
        text.extend_from_slice(node.as_str().as_bytes());
        Self(Digest::of(&text))
    }
}

#[cfg(test)]
#[path = "placement_tests.rs"]
mod tests;
