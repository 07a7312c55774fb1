use std::net::SocketAddr;

use bytes::Bytes;

use crate::{NodeId, NodeRecord};

use super::{Load, LoadReport};

/// What can happen to a node's view of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The node has started. Comes first, once.
    Begun,
    /// More addresses at which there may be nodes, beside the seeds.
    SeedsGiven {
        /// The addresses.
        addresses: Vec<SocketAddr>,
    },
    /// The answer to [`Command::Resolve`](super::Command::Resolve).
    Resolved {
        /// Which seed.
        seed: String,
        /// All addresses of that name; none if it has none now.
        addresses: Vec<SocketAddr>,
    },
    /// An association with a node is up: it said who it is. Clients are no members.
    Linked {
        /// Who it is.
        record: NodeRecord,
        /// Where it listens, as it says.
        address: SocketAddr,
        /// How often it had moved when it said so.
        moved: u32,
    },
    /// The association with a node is over.
    Unlinked {
        /// Who it was.
        record: NodeRecord,
        /// How it ended.
        how: Parting,
    },
    /// A node was dialed where it was [introduced](super::Command::Introduce), and did not answer.
    Unreached {
        /// Which.
        node: NodeId,
        /// Whether its host says that nobody listens there.
        is_refused: bool,
    },
    /// A node has sent a packet of gossip.
    GossipHeard {
        /// Who it is, as its association says.
        from: NodeRecord,
        /// How busy it is.
        report: LoadReport,
        /// The packet.
        packet: Bytes,
    },
    /// This node is busier or less busy than before.
    LoadChanged {
        /// How busy.
        load: Load,
    },
    /// This node listens elsewhere than before: its host has another address.
    Moved {
        /// Where the others reach it now.
        address: SocketAddr,
    },
    /// This node leaves. Nothing that comes later makes it a member again.
    LeaveAsked,
    /// The moment of [`Membership::poll_timeout`](super::Membership::poll_timeout) has come.
    Tick,
}

/// How an association ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// One end closed it, and everything that was sent had arrived.
    Closed,
    /// It broke: what was sent may be lost.
    Broken,
    /// It had ended because it was idle, and could not be begun again: the node's host says that
    /// nobody listens there any more.
    Refused,
}
