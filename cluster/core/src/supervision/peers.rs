//! The nodes that may be asked to follow.

use std::collections::BTreeMap;

use crate::membership::Load;
use crate::{NodeId, NodeRecord};

/// The nodes that are up, without this one.
#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<NodeId, Peer>);

#[derive(Debug)]
struct Peer {
    record: NodeRecord,
    load: Load,
    /// How many members of flights that this node leads it was asked to be. What it says of its
    /// load is always a little old: counting what we sent keeps us from sending it everything.
    seats: u32,
}

impl Peers {
    pub(super) fn enter(&mut self, record: NodeRecord, load: Load) {
        let node = record.node.clone();
        let seats = 0;
        self.0.insert(
            node,
            Peer {
                record,
                load,
                seats,
            },
        );
    }

    pub(super) fn leave(&mut self, record: &NodeRecord) {
        if self.this_life(record).is_some() {
            self.0.remove(&record.node);
        }
    }

    pub(super) fn find(&self, node: &NodeId) -> Option<&NodeRecord> {
        self.0.get(node).map(|peer| &peer.record)
    }

    pub(super) fn change(&mut self, record: &NodeRecord, load: Load) {
        if let Some(peer) = self.this_life(record) {
            peer.load = load;
        }
    }

    pub(super) fn seat(&mut self, record: &NodeRecord) {
        if let Some(peer) = self.this_life(record) {
            peer.seats += 1;
        }
    }

    /// A peer that was away in between has fewer seats than it is freed of.
    pub(super) fn unseat(&mut self, record: &NodeRecord) {
        if let Some(peer) = self.this_life(record) {
            peer.seats = peer.seats.saturating_sub(1);
        }
    }

    /// Every peer, with as much load as it says or as we gave it, if that is more.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (&NodeRecord, Load)> {
        self.0.values().map(|peer| {
            let flights = peer.load.flights.max(peer.seats);
            let load = Load {
                flights,
                ..peer.load
            };
            (&peer.record, load)
        })
    }

    fn this_life(&mut self, record: &NodeRecord) -> Option<&mut Peer> {
        let peer = self.0.get_mut(&record.node)?;
        (peer.record == *record).then_some(peer)
    }
}
