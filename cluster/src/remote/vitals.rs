//! How nodes are, asked from afar: what Raptor's own supervisors tell each other as remote actors.

use actix::Message;
use serde::{Deserialize, Serialize};

use super::RemoteMessage;

/// The name that every node's supervisor is registered with. It is in no group: members of groups are
/// told to every node, and in a big cluster few nodes talk to each other.
pub(crate) const SUPERVISOR: &str = "raptor.supervisor";

/// How is the node?
#[derive(Clone, Copy, Debug, Message, Serialize, Deserialize)]
#[rtype(result = "Vitals")]
pub(crate) struct VitalsAsked;

impl RemoteMessage for VitalsAsked {
    const KIND: &'static str = "raptor.vitals";
}

/// How a node is, by its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// How many other nodes are up for it.
    pub peers: u32,
    /// How many flights it takes part in.
    pub flights: u32,
    /// How many slots its attempts take, those that wait included.
    pub weight: u32,
    /// How many slots it has.
    pub slots: u32,
    /// How many attempts run there.
    pub attempts: u32,
    /// Whether it takes no more flights.
    pub is_draining: bool,
}
