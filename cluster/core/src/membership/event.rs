use crate::NodeRecord;

use super::Load;

/// What can happen to a node's view of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The node has started. Comes first, once.
    Begun,
    /// An association with a node is up: it said who it is. Clients are no members.
    Linked {
        /// Who it is.
        record: NodeRecord,
        /// The address at which it was reached, if this node opened the association.
        address: Option<String>,
    },
    /// The association with a node is down.
    Unlinked {
        /// Who it was.
        record: NodeRecord,
    },
    /// A node told how busy it is.
    LoadHeard {
        /// Who it is.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
}
