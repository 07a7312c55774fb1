//! Who flies where: the formation of each flight that a node takes part in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::rendezvous::{Mesh, Tie};
use super::{FlightLimit, Route};
use crate::{FlightId, MemberIndex, Moment, NodeId, NodeRecord};

/// Late messages come within seconds of a flight's end; at a thousand flights a second this
/// remembers them for eight.
const FLIGHTS_REMEMBERED_MAX: usize = 8_192;

/// The members of one flight and their nodes, as far as this node knows.
#[derive(Debug)]
pub(super) struct Formation {
    /// This node's place.
    pub(super) me: MemberIndex,
    /// How many members the flight has.
    pub(super) size: u16,
    /// On which node each member is, or was asked to be.
    pub(super) seats: BTreeMap<MemberIndex, NodeRecord>,
    /// Whom this node waits for: a leader for its followers, a follower that came by itself for its
    /// leader.
    pub(super) recruiting: Recruiting,
    /// How its members are tied to each other.
    pub(super) tie: Tie,
}

/// The leader's search for followers.
#[derive(Debug)]
pub(super) struct Recruiting {
    /// When to ask no further node.
    pub(super) until: Moment,
    /// The members that were asked and have not answered.
    pub(super) outstanding: BTreeSet<MemberIndex>,
    /// The nodes that were ever asked: none is asked twice.
    pub(super) asked: BTreeSet<NodeId>,
}

impl Recruiting {
    /// No search.
    pub(super) const fn none() -> Self {
        Self {
            until: Moment::NEVER,
            outstanding: BTreeSet::new(),
            asked: BTreeSet::new(),
        }
    }
}

impl Formation {
    pub(super) const fn limit(&self) -> FlightLimit {
        if self.me.leads() {
            FlightLimit::Led
        } else {
            FlightLimit::Followed
        }
    }

    /// The member that flies on `node`.
    pub(super) fn member_on(&self, node: &NodeId) -> Option<MemberIndex> {
        let mut seats = self.seats.iter();
        let seat = seats.find(|(_, record)| record.node == *node)?;
        Some(*seat.0)
    }

    /// The other member that this life of a node is.
    pub(super) fn other_on(&self, record: &NodeRecord) -> Option<MemberIndex> {
        let mut others = self.others();
        let seat = others.find(|(_, holder)| *holder == record);
        seat.map(|(member, _)| member)
    }

    pub(super) fn is_seat(&self, member: MemberIndex, node: &NodeId) -> bool {
        let seat = self.seats.get(&member);
        seat.is_some_and(|record| record.node == *node)
    }

    /// The seats of all members but this node's.
    pub(super) fn others(&self) -> impl Iterator<Item = (MemberIndex, &NodeRecord)> {
        let seats = self.seats.iter();
        let others = seats.filter(|(member, _)| **member != self.me);
        others.map(|(member, record)| (*member, record))
    }

    /// Everyone's place, as a recruit is told it.
    pub(super) fn members(&self) -> Vec<(MemberIndex, NodeRecord)> {
        let seats = self.seats.iter();
        seats
            .map(|(member, record)| (*member, record.clone()))
            .collect()
    }
}

/// The flights of a node: those under way, and those that ended lately.
#[derive(Debug, Default)]
pub(super) struct Formations {
    under_way: BTreeMap<FlightId, Formation>,
    /// Of the flights under way whose followers come by themselves.
    meshes: BTreeMap<FlightId, Mesh>,
    over: BTreeSet<FlightId>,
    over_by_age: VecDeque<FlightId>,
}

impl Formations {
    pub(super) fn begin(&mut self, flight: FlightId, formation: Formation) {
        self.under_way.insert(flight, formation);
    }

    /// Begins a flight whose followers come by themselves.
    pub(super) fn begin_open(&mut self, flight: FlightId, formation: Formation) {
        self.meshes.insert(flight, Mesh::default());
        self.begin(flight, formation);
    }

    /// A flight under way whose followers come by themselves.
    pub(super) fn open(&mut self, flight: FlightId) -> Option<(&mut Formation, &mut Mesh)> {
        let mesh = self.meshes.get_mut(&flight)?;
        Some((self.under_way.get_mut(&flight)?, mesh))
    }

    /// A flight under way whose nodes are of one cluster.
    pub(super) fn of_cluster(&self, flight: FlightId) -> Option<&Formation> {
        let formation = self.get(flight)?;
        (formation.tie == Tie::Cluster).then_some(formation)
    }

    /// Where an envelope of `flight` belongs that came over a `tie`; `seat` finds the sender's.
    pub(super) fn route(
        &self,
        flight: FlightId,
        tie: Tie,
        seat: impl FnOnce(&Formation) -> Option<MemberIndex>,
    ) -> Route {
        match self.get(flight) {
            Some(formation) if formation.tie == tie => {
                seat(formation).map_or(Route::Stranger, Route::Member)
            }
            Some(_) => Route::Stranger,
            None if self.is_over(flight) => Route::Over,
            None => Route::Unknown,
        }
    }

    /// Forgets all of a flight but that it was.
    pub(super) fn end(&mut self, flight: FlightId) -> Option<Formation> {
        self.meshes.remove(&flight);
        let formation = self.under_way.remove(&flight)?;
        if self.over_by_age.len() == FLIGHTS_REMEMBERED_MAX
            && let Some(oldest) = self.over_by_age.pop_front()
        {
            self.over.remove(&oldest);
        }
        self.over.insert(flight);
        self.over_by_age.push_back(flight);
        Some(formation)
    }

    pub(super) fn get(&self, flight: FlightId) -> Option<&Formation> {
        self.under_way.get(&flight)
    }

    pub(super) fn get_mut(&mut self, flight: FlightId) -> Option<&mut Formation> {
        self.under_way.get_mut(&flight)
    }

    pub(super) fn is_over(&self, flight: FlightId) -> bool {
        self.over.contains(&flight)
    }

    pub(super) fn knows(&self, flight: FlightId) -> bool {
        self.under_way.contains_key(&flight) || self.is_over(flight)
    }

    /// The seats of this life of a node, in all flights under way of the cluster.
    pub(super) fn seats_of(&self, record: &NodeRecord) -> Vec<(FlightId, MemberIndex)> {
        let flights = self.under_way.iter();
        let of_cluster = flights.filter(|(_, formation)| formation.tie == Tie::Cluster);
        let seats = of_cluster.flat_map(|(flight, formation)| {
            let others = formation.others();
            let held = others.filter(|(_, holder)| *holder == record);
            held.map(|(member, _)| (*flight, member))
        });
        seats.collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }
}
