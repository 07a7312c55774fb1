//! What came back.

use actix::Message;
use raptor_core::NodeId;

use super::Undeliverable;

/// A message that was told, and that the other node could not deliver.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Undelivered {
    /// Which node could not.
    pub node: NodeId,
    /// To which of its actors.
    pub actor: String,
    /// What kind of message.
    pub kind: String,
    /// Which form of it.
    pub version: u16,
    /// Why.
    pub why: Undeliverable,
}
