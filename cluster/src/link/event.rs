//! What happens on a link, and why one has no future.

use bytes::Bytes;
use raptor_core::ClusterName;

use super::{
    ENVELOPE_BYTES_MAX, GOSSIP_BYTES_MAX, GreetingError, Hello, Lane, RecordError, VersionRange,
};
use crate::security::{HandshakeError, NONCE_BYTES, OpenError};

/// An envelope was not taken: failed to post it because ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// It is too long. Nothing is queued.
    #[error(
        "it has {bytes} bytes, more than its lane takes: {ENVELOPE_BYTES_MAX}, of gossip {GOSSIP_BYTES_MAX}"
    )]
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
    /// The link is about to end. Nothing is queued.
    #[error("the link is closing")]
    Closing,
}

/// What happened on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// The peer said who it is, has the key of its role, and we speak its language: it must now be
    /// [welcomed](super::Link::welcome) or [refused](super::Link::refuse).
    Greeted {
        /// Who it is.
        hello: Hello,
        /// What its opening began with, if it spoke first. No honest peer uses one twice: whoever does
        /// has recorded it.
        nonce: Option<[u8; NONCE_BYTES]>,
    },
    /// The peer has welcomed us, and we have welcomed it: the link is up.
    Up,
    /// An envelope arrived. Only after [`LinkEvent::Up`].
    Arrived {
        /// The lane that it came on.
        lane: Lane,
        /// Its bytes.
        envelope: Bytes,
    },
    /// The peer will not have us. Nothing follows.
    RefusedByPeer {
        /// Why, in its words.
        reason: String,
    },
    /// We will not have the peer. It is told if it has shown a key, and else hears nothing. Nothing
    /// follows, but for a message to be sent.
    Refused(LinkRefusal),
    /// What waits may go on: the peer has given credit, or will not part.
    Resumed,
    /// Both ends have nothing to say for now: the association is to be closed by us. Envelopes that are
    /// posted from now on wait for the next one.
    Parted,
}

/// Why a link has no future: refused because ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// The peer's greeting was not understood.
    #[error("the greeting was not understood: {0}")]
    Greeting(#[from] GreetingError),
    /// The peer has no key of ours, or we none of its.
    #[error("the peer was not authenticated: {0}")]
    Handshake(#[from] HandshakeError),
    /// A message is not what the peer sealed.
    #[error("a message was not opened: {0}")]
    Seal(#[from] OpenError),
    /// The peer said something that has no place there.
    #[error("the peer {0}")]
    OutOfTurn(&'static str),
    /// The peer belongs elsewhere.
    #[error("the peer is of cluster {theirs}, we are of cluster {ours}")]
    Cluster {
        /// Its cluster.
        theirs: ClusterName,
        /// Our cluster.
        ours: ClusterName,
    },
    /// The ends have no language in common.
    #[error("the peer speaks versions {theirs}, we speak {ours}: there is none in common")]
    Versions {
        /// What it speaks.
        theirs: VersionRange,
        /// What we speak.
        ours: VersionRange,
    },
    /// The peer sent an envelope that we cannot take.
    #[error("a message could not be read: {0}")]
    Record(#[from] RecordError),
    /// Whoever owns the link has a reason of its own.
    #[error("{0}")]
    Owner(String),
}
