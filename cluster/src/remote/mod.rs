//! Messages to actors of other nodes.
//!
//! An actor is registered at its node under a name ([`crate::Node::register`]); any node of the
//! cluster can then [`tell`](RemoteRecipient::tell) it something or [`ask`](RemoteRecipient::ask)
//! it, [watch](RemoteRecipient::watch) for its end, or reach it as one of a [`Group`].
//!
//! What holds of messages:
//!
//! - Those from one thread to one actor arrive in their order, each at most once.
//! - What is told is refused at once if it cannot be queued; what was taken is delivered unless the
//!   association ends. What the other node cannot deliver comes back ([`Undelivered`]).
//! - A question is always answered: by the actor, or with an error when the actor stops, when the
//!   node is down, or at the deadline.
//! - A message says which form of its kind it has ([`RemoteMessage::VERSION`]); an actor that does not
//!   take it refuses it.
//! - An actor that is slow is told less: what it has not handled fills the queue of whoever tells it.

use std::ops::RangeInclusive;

use actix::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

mod asks;
mod correspondent;
mod directory;
mod door;
mod error;
mod group;
pub(crate) mod mail;
mod mailroom;
mod meter;
mod recipient;
mod registration;
mod rosters;
mod undelivered;
mod vitals;
mod watch;

pub use error::{JoinError, RemoteError};
pub use group::{Choice, Group, GroupMember};
pub use mail::Undeliverable;
pub use recipient::RemoteRecipient;
pub use registration::Registration;
pub use undelivered::Undelivered;
pub use vitals::Vitals;
pub use watch::{EndCause, Terminated, WatchId};

pub(crate) use correspondent::Correspondent;
pub(crate) use directory::{ActorEnded, ActorLife};
pub(crate) use mailroom::Mailroom;
pub(crate) use meter::REMOTE_METRICS;
pub(crate) use rosters::{JoinGroup, LeaveGroup, Memberships, membership};
pub(crate) use vitals::{SUPERVISOR, VitalsAsked};
pub(crate) use watch::{BeginWatch, EndWatch, Watches};

/// A message that an actor of another node can be sent.
pub trait RemoteMessage: Message<Result: Serialize + DeserializeOwned + Send>
where
    Self: Serialize + DeserializeOwned + Send + 'static,
{
    /// What kind of message it is: one name on all nodes.
    const KIND: &'static str;

    /// Which form of that kind it is, as it is sent. Whoever changes the fields of the message, or of
    /// its answer, counts up.
    const VERSION: u16 = 1;

    /// Which forms can be read as this one. A form that cannot is a type of its own with the same kind;
    /// an actor may be registered for both.
    const ACCEPTS: RangeInclusive<u16> = Self::VERSION..=Self::VERSION;
}

/// Appends the bytes of a message, or of an answer.
fn seal_into(bytes: &mut Vec<u8>, content: &impl Serialize) {
    bincode::serde::encode_into_std_write(content, bytes, bincode::config::standard())
        .expect("messages are made of what bincode can write");
}

fn open<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let config = bincode::config::standard().with_limit::<{ crate::link::ENVELOPE_BYTES_MAX }>();
    let (content, taken) = bincode::serde::decode_from_slice(bytes, config).ok()?;
    (taken == bytes.len()).then_some(content)
}
