use std::time::Duration;

use crate::NodeId;

/// Something that happened in the membership, for metrics and whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A node was asked whether it lives.
    Probed,
    /// A node did not answer, neither this one nor others that asked it.
    Suspected {
        /// Which.
        node: NodeId,
    },
    /// A node that was suspected has been heard of in time.
    Acquitted {
        /// Which.
        node: NodeId,
    },
    /// This node was kept from its processor: what others did not answer meanwhile is not held
    /// against them.
    Starved {
        /// For how long.
        by: Duration,
    },
    /// Nothing was heard of anybody: this node takes itself for cut off, and not all others for
    /// dead.
    Isolated,
    /// This node was believed to be down, and has said that it is not.
    Renewed,
    /// A packet was sent.
    Sent {
        /// Its length.
        bytes: usize,
    },
    /// A packet came.
    Heard {
        /// Its length.
        bytes: usize,
    },
    /// A packet came that is none, or that is not its sender's.
    Malformed {
        /// Who sent it.
        node: NodeId,
        /// What is wrong with it.
        why: String,
    },
}

/// How many other nodes are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Up, the suspected ones among them.
    pub up: usize,
    /// Suspected to be down.
    pub suspected: usize,
    /// Down, and not yet forgotten.
    pub down: usize,
}
