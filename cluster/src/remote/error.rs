//! Why mail to other nodes fails.

use std::time::Duration;

use raptor_core::NodeId;

use super::Undeliverable;
use crate::link::ENVELOPE_BYTES_MAX;

/// Why a remote actor did not get a message, or its answer did not come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// No association with that node is up. The message was not sent.
    #[error("reach node {0}: no association with it is up")]
    Unreachable(NodeId),
    /// The queue to that node is full: it takes less than is sent. The message was not sent.
    #[error("reach node {0}: its queue is full")]
    Backlogged(NodeId),
    /// The message is longer than an envelope may be. It was not sent.
    #[error("send a message of {bytes} bytes: {ENVELOPE_BYTES_MAX} are the most")]
    TooLong {
        /// How long it is, with the names of its actor and kind.
        bytes: usize,
    },
    /// The group has no members, as far as is known here. The message was not sent.
    #[error("reach group {0:?}: it has no members")]
    NobodyThere(String),
    /// The other node could not deliver it.
    #[error("deliver the message: {0}")]
    Undeliverable(#[from] Undeliverable),
    /// The association ended before the answer came. The message may have been handled.
    #[error("hear from node {0}: the association ended before it answered")]
    Lost(NodeId),
    /// What was waited for, room or an answer, did not come in time. A question may have been handled; a
    /// message that waited for room was not sent.
    #[error("hear from node {node} within {deadline:?}")]
    TimedOut {
        /// Who was asked.
        node: NodeId,
        /// How long was waited.
        deadline: Duration,
    },
    /// The answer is none to this kind of message: the nodes run different programs.
    #[error("read the answer of node {0}: it is none to this kind of message")]
    Malformed(NodeId),
    /// This node is shutting down.
    #[error("send a message: this node is shutting down")]
    Stopped,
}

/// Why an actor did not join a group. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// No actor is registered at this node with that name, or it has stopped.
    #[error("join group {group:?}: no actor {actor:?} is registered here")]
    NoSuchActor {
        /// Which group.
        group: String,
        /// Which actor.
        actor: String,
    },
    /// Names are kept and sent by every node.
    #[error("join a group: names of groups and of actors in groups have at most {max} bytes")]
    NameTooLong {
        /// How long names may be.
        max: usize,
    },
    /// Every node keeps all memberships.
    #[error("join group {group:?}: the actors of this node are in {max} groups already")]
    TooMany {
        /// Which group.
        group: String,
        /// How many memberships the actors of a node may have together.
        max: usize,
    },
    /// This node is shutting down.
    #[error("join a group: this node is shutting down")]
    Stopped,
}
