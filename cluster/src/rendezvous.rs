//! Flights whose followers come by themselves: what a leader hands out, and what a follower gets.
//!
//! A leader that knows nobody ([`Node::lead`](crate::Node::lead)) hands its [`Invitation`] to
//! others by ways of its own. Who has it can take a seat of that flight
//! ([`Node::follow`](crate::Node::follow)), and do nothing else: the nodes need no key and no
//! cluster in common. Nobody waits for anybody: the leader flies from the beginning, alone if
//! nobody comes.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;

use raptor_core::{Digest, FlightId, Incarnation, NodeRecord};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::security::{ClusterKey, KeyError};

/// What a leader hands out, by ways of its own, so that nodes which share nothing with it can
/// follow one flight.
///
/// Whoever has it can take part in the flight, so it is as secret as the flight is. It is written
/// and read by serde; the key is then plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Invitation {
    /// The flight.
    pub flight: FlightId,
    /// How many members it has at most, the leader among them.
    pub size: u16,
    /// Who leads.
    pub leader: NodeRecord,
    /// Where the leader is reached.
    pub address: SocketAddr,
    /// The flight's own key: it opens this flight and nothing else.
    pub key: ClusterKey,
    /// The hash of the action: members compute the same, or nothing.
    pub action: Digest,
}

/// A text is no invitation. Each variant fits after "failed to read an invitation: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationError {
    /// Its flight has another form than activation ids have.
    #[error("its flight is no identity: it has 32 hexadecimal digits")]
    Flight,
    /// Its node or zone has no name.
    #[error(transparent)]
    Name(#[from] raptor_core::NameError),
    /// Its key is none.
    #[error("its key is none: {0}")]
    Key(#[from] KeyError),
    /// The hash of its action is none.
    #[error("its action is no hash: it has 64 hexadecimal digits")]
    Action,
}

/// An invitation as it is written.
#[derive(Serialize, Deserialize)]
struct Draft {
    flight: String,
    size: u16,
    node: String,
    zone: String,
    incarnation: u64,
    address: SocketAddr,
    key: String,
    action: String,
}

impl From<Invitation> for Draft {
    fn from(invitation: Invitation) -> Self {
        let NodeRecord {
            node,
            zone,
            incarnation,
        } = invitation.leader;
        Self {
            flight: invitation.flight.to_string(),
            size: invitation.size,
            node: node.into(),
            zone: zone.into(),
            incarnation: incarnation.0,
            address: invitation.address,
            key: invitation.key.to_line(),
            action: invitation.action.to_string(),
        }
    }
}

impl TryFrom<Draft> for Invitation {
    type Error = InvitationError;

    fn try_from(draft: Draft) -> Result<Self, InvitationError> {
        let flight = digits(&draft.flight, 32).ok_or(InvitationError::Flight)?;
        let flight = u128::from_str_radix(flight, 16).map_err(|_| InvitationError::Flight)?;
        let action = blake3::Hash::from_hex(&draft.action).map_err(|_| InvitationError::Action)?;
        Ok(Self {
            flight: FlightId(flight),
            size: draft.size,
            leader: NodeRecord {
                node: draft.node.parse()?,
                zone: draft.zone.parse()?,
                incarnation: Incarnation(draft.incarnation),
            },
            address: draft.address,
            key: draft.key.parse()?,
            action: Digest::from_bytes(*action.as_bytes()),
        })
    }
}

/// The text, if it is so many hexadecimal digits.
fn digits(text: &str, count: usize) -> Option<&str> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (text.len() == count && is_hex).then_some(text)
}

/// A flight followed. Dropping it leaves the flight: what runs here is preempted, unless the flight
/// is decided already.
pub struct Following {
    flight: FlightId,
    ended: oneshot::Receiver<Followed>,
    _here: oneshot::Sender<Infallible>,
}

/// The other end of a [`Following`].
pub(crate) struct Ticket {
    /// To be told how the part has ended.
    pub(crate) ended: oneshot::Sender<Followed>,
    /// Resolves when whoever follows has left.
    pub(crate) left: oneshot::Receiver<Infallible>,
}

/// What became of a member's part in a flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How it ended.
    pub how: FollowedEnd,
    /// The functions whose final value is this member's, in the order of the manifest.
    pub won: Vec<String>,
    /// The functions of which an attempt was preempted here, in the order of the manifest.
    pub preempted: Vec<String>,
}

/// How a member's part in a flight ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowedEnd {
    /// Every function has its final value.
    #[error("the flight landed")]
    Landed,
    /// The flight ended otherwise, or this member has left it.
    #[error("the flight ended without landing")]
    Ended,
    /// The leader was there, and is lost.
    #[error("the leader of the flight is lost")]
    LeaderLost,
    /// The leader was not reached in time.
    #[error("the leader of the flight was not reached")]
    LeaderMissing,
    /// The flight was over before this member had joined.
    #[error("the flight was over before this member joined it")]
    Over,
    /// This node does not take part: nothing was begun.
    #[error("the flight is not followed: {0}")]
    Refused(String),
}

impl Followed {
    /// The end of a part that was never begun.
    pub(crate) const fn idle(how: FollowedEnd) -> Self {
        Self {
            how,
            won: Vec::new(),
            preempted: Vec::new(),
        }
    }
}

impl Following {
    pub(crate) fn new(flight: FlightId) -> (Self, Ticket) {
        let (end, ended) = oneshot::channel();
        let (_here, left) = oneshot::channel();
        let following = Self {
            flight,
            ended,
            _here,
        };
        (following, Ticket { ended: end, left })
    }

    /// The flight.
    pub fn flight(&self) -> FlightId {
        self.flight
    }

    /// Waits until this member's part is decided and nothing of it runs here any more.
    ///
    /// # Panics
    ///
    /// If the end was heard before.
    pub async fn end(&mut self) -> Followed {
        let ended = (&mut self.ended).await;
        ended.unwrap_or_else(|_| {
            let why = "the node has stopped, or the flight broke on it; its log says why";
            Followed::idle(FollowedEnd::Refused(why.to_owned()))
        })
    }
}

impl Ticket {
    /// Tells that this node does not follow.
    pub(crate) fn refuse(self, how: FollowedEnd) {
        // Whoever follows may have left.
        let _ = self.ended.send(Followed::idle(how));
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following")
            .field("flight", &self.flight)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "rendezvous_tests.rs"]
mod tests;
