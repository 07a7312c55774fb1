//! Who a member is, as gossip tells it.

use std::net::SocketAddr;

use crate::{NodeId, NodeRecord};

/// A life of a node, and where it listens.
///
/// Two are equal if they are the same life, told of the same number of times and moved as often: an
/// address that somebody has wrong makes no other member of it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who it is.
    pub record: NodeRecord,
    /// How often this life was believed to be over and said that it is not. Who was declared down
    /// cannot take that back (SWIM, section 4.2), but can come again under a greater number.
    pub renewal: u32,
    /// How often this life has moved. Of what is told of its address, the latest counts.
    pub moved: u32,
    /// Where it listens, as it says.
    pub address: SocketAddr,
}

impl Identity {
    /// A life of which nobody has said that it is over.
    pub const fn new(record: NodeRecord, address: SocketAddr) -> Self {
        Self {
            record,
            renewal: 0,
            moved: 0,
            address,
        }
    }

    /// What orders the identities of one name: the greatest is the one that counts. Neither number
    /// of a life ever falls, so that whichever is compared first, its order is that of time.
    const fn age(&self) -> (crate::Incarnation, u32, u32) {
        (self.record.incarnation, self.renewal, self.moved)
    }

    /// The same life, told of anew.
    pub(super) fn renewed(&self) -> Self {
        Self {
            renewal: self.renewal.saturating_add(1),
            ..self.clone()
        }
    }

    /// The same life, listening elsewhere.
    pub(super) fn moved_to(&self, address: SocketAddr) -> Self {
        Self {
            moved: self.moved.saturating_add(1),
            address,
            ..self.clone()
        }
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.record.node == other.record.node && self.age() == other.age()
    }
}

impl Eq for Identity {}

impl foca::Identity for Identity {
    /// A name is one member, whatever its life and address.
    type Addr = NodeId;

    fn renew(&self) -> Option<Self> {
        Some(self.renewed())
    }

    fn addr(&self) -> NodeId {
        self.record.node.clone()
    }

    fn win_addr_conflict(&self, adversary: &Self) -> bool {
        self.age() > adversary.age()
    }
}
