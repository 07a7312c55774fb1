use std::net::SocketAddr;

use bytes::Bytes;

use crate::{Incarnation, NodeRecord};

use super::{Load, LoadReport, Notice};

/// What the membership wants done, or has learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Find the addresses of a seed, which is a name and a port, and tell them by
    /// [`Event::Resolved`](super::Event::Resolved).
    Resolve {
        /// The seed.
        seed: String,
    },
    /// Keep an association with whoever is at this address, and try again while there is none.
    Keep {
        /// The address.
        address: SocketAddr,
    },
    /// Stop trying this address.
    Forget {
        /// The address.
        address: SocketAddr,
    },
    /// Say from now on that this node listens there, and leave the associations that led to where it
    /// was: those with members are begun again.
    Move {
        /// Where.
        address: SocketAddr,
        /// How often it has moved.
        moved: u32,
    },
    /// A node can be reached at this address from now on. Said again where it has moved.
    Introduce {
        /// Who.
        record: NodeRecord,
        /// Where.
        address: SocketAddr,
    },
    /// A node that was introduced is no longer there.
    Dismiss {
        /// Who.
        record: NodeRecord,
        /// Where it was.
        address: SocketAddr,
    },
    /// Close the association with this node: it is no member.
    Refuse {
        /// Who it says it is.
        record: NodeRecord,
        /// Why.
        refusal: Refusal,
    },
    /// Send a packet of gossip. It is of no worth once it is late, and may be lost.
    Send {
        /// To whom.
        to: NodeRecord,
        /// How busy this node is.
        report: LoadReport,
        /// The packet.
        packet: Bytes,
    },
    /// A node is up.
    Up {
        /// Who.
        record: NodeRecord,
        /// How busy; not at all, as long as nothing is known.
        load: Load,
    },
    /// A node that is up is busier or less busy than before.
    Changed {
        /// Who.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
    /// A node that was up all the time has an association again, after one that broke: what was
    /// sent meanwhile may be lost.
    Relinked {
        /// Who.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
    /// A node is down. The same life may come up again, if it was only cut off.
    Down {
        /// Who.
        record: NodeRecord,
    },
    /// Something worth counting or showing.
    Notice(Notice),
}

/// Why a node is no member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A later life of the node is known: this one is a ghost.
    #[error("a later start of this node is known ({known:?}): this one must be gone")]
    Outdated {
        /// The latest that is known.
        known: Incarnation,
    },
    /// It has the name of the node that it speaks to.
    #[error("its name is this node's own: names are unique in a cluster")]
    Namesake,
}
