use crate::{Incarnation, NodeRecord};

use super::Load;

/// What the membership wants done, or has learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Keep an association with whoever is at this address, and try again while there is none.
    Keep {
        /// The address.
        address: String,
    },
    /// Stop trying this address.
    Forget {
        /// The address.
        address: String,
    },
    /// Close the association with this node: it is no member.
    Refuse {
        /// Who it says it is.
        record: NodeRecord,
        /// Why.
        refusal: Refusal,
    },
    /// A node is up.
    Up {
        /// Who.
        record: NodeRecord,
        /// How busy; at first, not at all.
        load: Load,
    },
    /// A node that is up is busier or less busy than before.
    Changed {
        /// Who.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
    /// A node is down: this life of it does not come back unless its association does.
    Down {
        /// Who.
        record: NodeRecord,
    },
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
