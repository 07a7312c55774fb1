//! What nodes tell each other on behalf of their actors.

use super::EndCause;

/// One piece of mail, borrowed from the envelope that brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mail<'a> {
    /// Actor to actor, without an answer.
    Tell(Letter<'a>),
    /// Actor to actor; one `Replied` of the same number answers it.
    Ask {
        /// Chosen by the asker, unique on its side of the association.
        number: u64,
        /// What is asked.
        letter: Letter<'a>,
    },
    /// The answer to an `Ask`.
    Replied {
        /// The asker's number.
        number: u64,
        /// The actor's reply, or why there is none.
        reply: Result<&'a [u8], Undeliverable>,
    },
    /// A `Tell` could not be delivered.
    Bounced {
        /// To whom, and of what kind.
        address: Address<'a>,
        /// Why.
        why: Undeliverable,
    },
    /// An actor of the sender has joined a group.
    Joined(Membership<'a>),
    /// An actor of the sender has left a group.
    Left(Membership<'a>),
    /// Tell me, once, when an actor of yours has stopped.
    Watch {
        /// Chosen by the watcher, unique on its side of the association.
        number: u64,
        /// Which.
        actor: &'a str,
    },
    /// Tell me no more.
    Unwatch {
        /// Of the `Watch`.
        number: u64,
    },
    /// An actor that was watched is gone, or was never there.
    Terminated {
        /// Of the `Watch`.
        number: u64,
        /// How that came.
        why: EndCause,
    },
}

/// A message to an actor of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter<'a> {
    pub(crate) address: Address<'a>,
    /// The message.
    pub(crate) body: &'a [u8],
}

/// To whom a message goes, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// The name that the actor was registered with.
    pub(crate) actor: &'a str,
    /// What kind of message it is.
    pub(crate) kind: &'a str,
    /// Which form of that kind.
    pub(crate) version: u16,
}

/// That an actor belongs to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership<'a> {
    pub(crate) group: &'a str,
    pub(crate) actor: &'a str,
}

/// Why a message was not delivered, or not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Undeliverable {
    /// No actor is registered with that name.
    #[error("no actor of that name is registered")]
    NoSuchActor,
    /// The actor takes no messages of that kind.
    #[error("the actor takes no messages of that kind")]
    UnknownKind,
    /// The actor takes messages of that kind, but none of that version.
    #[error("the actor takes versions {min} to {max} of that kind, and not that one")]
    UnknownVersion {
        /// The oldest that it takes.
        min: u16,
        /// The newest that it takes.
        max: u16,
    },
    /// The actor stopped before it answered, or before it handled the message.
    #[error("the actor stopped before it answered")]
    Stopped,
    /// The bytes are no message of that kind.
    #[error("its bytes are no message of that kind")]
    Malformed,
    /// The actor's answer is longer than an envelope may be. The message was handled.
    #[error("the actor's answer is longer than an envelope may be")]
    AnswerTooLong,
}

impl Undeliverable {
    /// One word for it, as in metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NoSuchActor => "no_such_actor",
            Self::UnknownKind => "unknown_kind",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::Stopped => "stopped",
            Self::Malformed => "malformed",
            Self::AnswerTooLong => "answer_too_long",
        }
    }
}
