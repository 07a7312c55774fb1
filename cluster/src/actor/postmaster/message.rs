//! What is said to the postmaster, and what it says.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use actix::Message;
use bytes::Bytes;
use raptor_core::{FlightId, Incarnation, NodeId, NodeRecord, Role};

use crate::link::{ENVELOPE_BYTES_MAX, Lane, PostError, Receipt};
use crate::security::{ClusterKey, KeyRing};
use crate::transport::shaping::Shaping;
use crate::transport::{CloseReason, ShapeError};

/// A peer, from one [`PeerUp`](PostmasterEvent::PeerUp) to its
/// [`PeerDown`](PostmasterEvent::PeerDown). A peer that comes back has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub(super) u64);

impl PeerId {
    /// This node, as its own correspondent: no peer is ever called so.
    pub(crate) const OURSELVES: Self = Self(0);
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "peer {}", self.0)
    }
}

/// Keep an address connected until it is [forgotten](Forget): dial it, and dial again whenever the
/// association ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Keep {
    /// Where the peer listens.
    pub address: SocketAddr,
}

/// Keep an association with a member of an [open flight](OpenFlight), until that is
/// [closed](CloseFlight): dial it as a member, and dial again whenever the association ends. It is
/// one of that flight alone, whatever others there are with the same node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct KeepMember {
    /// The flight.
    pub flight: FlightId,
    /// Where the member's node listens.
    pub address: SocketAddr,
}

/// Dial an address no more. A peer that is up there stays up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Forget {
    /// The address that was kept.
    pub address: SocketAddr,
}

/// A node of this name is to be found at that address, and no more where it was introduced before. It is
/// dialed as soon as there is something for it, and the association ends when it has been idle: its peer
/// stays up meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Introduce {
    /// The node.
    pub node: NodeId,
    /// Where it listens.
    pub address: SocketAddr,
}

/// This host has another address: greet from there on, and cut off the associations whose packets left
/// from the one that it had, since no answers to them arrive. Their peers go down, and may come up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Move {
    /// Where peers reach this end now.
    pub address: SocketAddr,
    /// How often it has moved, so that the latest address counts.
    pub moved: u32,
}

/// A node is not there any more: do not dial it, and if it is up without an association, it is down.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Dismiss {
    /// The node.
    pub node: NodeId,
}

/// Go on with these keys. Peers that came with a key that is not among them are cut off, and may come
/// again with another.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct ExchangeKeys(pub KeyRing);

/// Let members of this flight in who have its join key and no other, and be one for those that are
/// [kept](KeepMember).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct OpenFlight {
    /// The flight.
    pub flight: FlightId,
    /// Its join key.
    pub key: ClusterKey,
}

/// The flight is over: its join key opens nothing any more, and its associations end as soon as
/// what was posted is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct CloseFlight {
    /// The flight.
    pub flight: FlightId,
}

/// Whom an envelope is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// This peer, and nobody who comes after it under its name.
    Peer(PeerId),
    /// The node of this name, whichever life of it is up. One that was [introduced](Introduce) is
    /// dialed if it is not.
    Node(NodeId),
    /// The member of this flight on the node of this name, by an association of that flight.
    Member(FlightId, NodeId),
}

impl From<PeerId> for Destination {
    fn from(peer: PeerId) -> Self {
        Self::Peer(peer)
    }
}

impl From<NodeId> for Destination {
    fn from(node: NodeId) -> Self {
        Self::Node(node)
    }
}

/// Send an envelope. It leaves in the same turn of the event loop, as far as the network takes it.
///
/// Envelopes of one [`Lane`] arrive in order, each at most once. An envelope that was taken is
/// delivered unless the peer goes down.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<(), PostRefused>")]
pub struct Post {
    /// Whom it is for.
    pub to: Destination,
    /// Which others it waits for.
    pub lane: Lane,
    /// Its bytes: at most [`ENVELOPE_BYTES_MAX`].
    pub envelope: Bytes,
    /// When it is worthless. If it cannot leave by then it is dropped, and counted.
    pub expires_after: Option<Duration>,
}

impl Post {
    /// An envelope that is waited for however long it takes.
    pub fn new(to: impl Into<Destination>, lane: Lane, envelope: Bytes) -> Self {
        Self {
            to: to.into(),
            lane,
            envelope,
            expires_after: None,
        }
    }

    /// The same, of no worth after `lifetime`.
    #[must_use]
    pub fn expiring(mut self, lifetime: Duration) -> Self {
        self.expires_after = Some(lifetime);
        self
    }
}

/// Send an envelope that the peer must not miss while it is up: if it takes too little for the
/// envelope to be queued, it is cut off, and so goes down. It hears everything when it is back.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Deliver(pub Post);

/// An envelope was not taken: refused because ... Nothing of it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostRefused {
    /// Nobody of this name is up, or the peer has gone down. Nothing is queued.
    #[error("no such peer is up")]
    Unknown,
    /// It is too long. Nothing is queued.
    #[error("it has {bytes} bytes, more than its lane takes ({ENVELOPE_BYTES_MAX} at most)")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// The peer takes less than is posted. Nothing is queued; what waits already is kept.
    #[error("{waiting} bytes wait for the peer already")]
    Backlogged {
        /// How many bytes wait.
        waiting: usize,
    },
    /// The postmaster was told to close. Nothing is queued.
    #[error("the postmaster is closing")]
    Closing,
}

impl From<PostError> for PostRefused {
    fn from(error: PostError) -> Self {
        match error {
            PostError::TooLong { bytes } => Self::TooLong { bytes },
            PostError::Backlogged { waiting } => Self::Backlogged { waiting },
            PostError::Closing => Self::Closing,
        }
    }
}

/// Shape from now on what leaves for peers. No rules end it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<(), ShapeError>")]
pub struct Shape(pub Shaping);

/// How is the transport?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Inspection")]
pub struct Inspect;

/// How the transport is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, actix::MessageResponse)]
pub struct Inspection {
    /// How many associations are established, also with those who have not said who they are.
    pub associations: usize,
}

/// End: take nothing more, deliver what was taken, close all associations and stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Closed")]
pub struct Close {
    /// Peers that have not taken everything by then are cut off.
    pub within: Duration,
}

/// Wait for the postmaster's end. There is no answer: whoever asked sees that the postmaster is gone,
/// even if it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Watch;

/// The postmaster has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// How many peers went, or were cut off, before they had everything.
    pub cut_off: usize,
}

/// What the postmaster reports, in the order in which it happened.
///
/// A peer is reported up before anything from it arrives, and down after the last that did; every up
/// has its down.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum PostmasterEvent {
    /// A peer is there: envelopes may be posted to it.
    PeerUp {
        /// What it is called from now on.
        peer: PeerId,
        /// Who it is.
        record: NodeRecord,
        /// What it may ask for.
        role: Role,
        /// Where it listens, as it says.
        address: SocketAddr,
        /// How often it had moved when it said so.
        moved: u32,
        /// The version of the protocol that both ends speak.
        version: u8,
    },
    /// A peer is gone. What was posted to it and not yet delivered may be lost.
    PeerDown {
        /// What it was called.
        peer: PeerId,
        /// Who it was.
        record: NodeRecord,
        /// Why.
        reason: PeerDownReason,
    },
    /// An address that is kept has answered, and one end will not have the other. It is dialed again
    /// later.
    Refused {
        /// Which.
        address: SocketAddr,
        /// Who refuses whom, and why.
        reason: PeerDownReason,
    },
    /// An envelope arrived.
    Arrived {
        /// Whom it is from.
        peer: PeerId,
        /// Which others it waited for.
        lane: Lane,
        /// Its bytes.
        envelope: Bytes,
        /// To be dropped when it has been handled: the peer may then send as much more.
        receipt: Receipt,
    },
    /// A node that was [introduced](Introduce) was dialed and did not answer. What was posted to it is
    /// lost.
    Unreached {
        /// Which.
        node: NodeId,
        /// Why.
        reason: PeerDownReason,
    },
}

/// Why a peer is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerDownReason {
    /// The association is over.
    Over(CloseReason),
    /// A newer life of the same name has come up elsewhere.
    Replaced {
        /// The newer life.
        by: Incarnation,
    },
    /// The peer has moved: it has come up from where it is now.
    Moved,
    /// Another node is where the peer was.
    Elsewhere,
    /// The peer will not have us: its words.
    RefusedByPeer(String),
    /// We will not have the peer: it sent what nobody may send, or belongs elsewhere.
    Misbehaved(String),
    /// It had not taken everything when the postmaster's time to close was up.
    CutOff,
    /// It takes so little that it would have missed what must be [delivered](Deliver).
    Backlogged,
    /// The cluster says that it is gone, and there was no association with it.
    Dismissed,
}

impl fmt::Display for PeerDownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(reason) => reason.fmt(f),
            Self::Replaced { by } => write!(f, "a newer life of it is up: {}", by.0),
            Self::Moved => f.write_str("it has moved"),
            Self::Elsewhere => f.write_str("another node is where it was"),
            Self::RefusedByPeer(reason) => write!(f, "it refused us: {reason}"),
            Self::Misbehaved(what) => write!(f, "we refuse it: {what}"),
            Self::CutOff => f.write_str("cut off when the time to close was up"),
            Self::Dismissed => f.write_str("the cluster holds it for gone"),
            Self::Backlogged => f.write_str("cut off since it takes less than it must be told"),
        }
    }
}
