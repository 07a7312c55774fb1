//! Links: what two ends of an association say to each other.
//!
//! A [`Link`] is a pure machine, one per association: it reads no clock and does no input or output.
//! Messages from the transport go in by [`Link::on_message`], envelopes to be sent by [`Link::post`];
//! messages for the transport come out by [`Link::next_message`], and what happened by
//! [`Link::next_event`].
//!
//! A link begins with a greeting ([`Hello`]), in which the ends learn who the other is and agree on a
//! version. Then it carries envelopes: bytes of any kind, up to [`ENVELOPE_BYTES_MAX`], on lanes that do
//! not wait for each other ([`Lane`]). Small envelopes of one lane share messages, long ones reach over
//! several.

use std::collections::VecDeque;

use bytes::Bytes;
use raptor_core::ClusterName;

mod hello;
mod inbox;
mod lane;
mod outbox;
mod record;
mod version;

pub use hello::{GreetingError, Hello};
pub use inbox::RecordError;
pub use lane::Lane;
pub use outbox::{BACKLOG_BYTES_MAX, CONTROL_BACKLOG_BYTES_MAX};
pub use version::{VERSIONS, VersionRange};

use self::hello::{GREETING_PPID, Greeting};
use self::inbox::Inbox;
use self::outbox::Outbox;
use crate::transport::{Message, Ppid, StreamId};

/// The longest envelope. What is longer is sent in parts, or is a mistake.
pub const ENVELOPE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Long envelopes are sent in pieces of this, although peers receive longer ones: a stream has only so
/// much under way, and of small pieces more than one is.
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// A peer that receives less than this in one message could hardly be served.
const MESSAGE_BYTES_MIN: u32 = 256;

/// An envelope was not taken: failed to post it because ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// It is too long. Nothing is queued.
    #[error("it has {bytes} bytes, more than {ENVELOPE_BYTES_MAX}")]
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
    /// The peer said who it is, and we speak its language: it must now be
    /// [welcomed](Link::welcome) or [refused](Link::refuse).
    Greeted(Hello),
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
    /// We will not have the peer; it is told. Nothing follows, but for a message to be sent.
    Refused(LinkRefusal),
}

/// Why a link has no future: refused because ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// The peer's greeting was not understood.
    #[error("the greeting was not understood: {0}")]
    Greeting(#[from] GreetingError),
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

/// One end of a link.
pub struct Link {
    ours: Hello,
    phase: Phase,
    greetings: VecDeque<Greeting>,
    outbox: Outbox,
    inbox: Inbox,
    events: VecDeque<LinkEvent>,
    closing: bool,
    /// How long a message of ours may be, once the peer has said what it receives.
    message_bytes_max: usize,
    version: u8,
}

/// How far the greeting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The peer has said nothing yet.
    Silent,
    /// The peer has said hello; our owner judges it.
    Judged,
    /// We welcomed the peer and wait to be welcomed.
    Welcoming,
    Up,
    /// One end refused the other.
    Over,
}

impl Link {
    /// A link that begins by saying who we are.
    pub fn new(ours: Hello) -> Self {
        Self {
            greetings: VecDeque::from([Greeting::Hello(ours.clone())]),
            ours,
            phase: Phase::Silent,
            outbox: Outbox::new(),
            inbox: Inbox::default(),
            events: VecDeque::new(),
            closing: false,
            message_bytes_max: 0,
            version: 0,
        }
    }

    /// The version that both ends speak, once the peer has greeted.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Takes a message of the peer.
    pub fn on_message(&mut self, stream: StreamId, ppid: Ppid, payload: Bytes) {
        if self.phase == Phase::Over {
            return;
        }
        let taken = if ppid == GREETING_PPID {
            self.on_greeting(stream, &payload)
        } else {
            self.on_records(stream, ppid, payload)
        };
        if let Err(refusal) = taken {
            self.end(refusal);
        }
    }

    fn on_greeting(&mut self, stream: StreamId, payload: &[u8]) -> Result<(), LinkRefusal> {
        if stream != Lane::Control.stream() {
            return Err(LinkRefusal::OutOfTurn("greeted on the wrong stream"));
        }
        match (Greeting::decode(payload)?, self.phase) {
            (Greeting::Hello(hello), Phase::Silent) => self.on_hello(hello),
            (Greeting::Welcome, Phase::Welcoming) => {
                self.rise();
                Ok(())
            }
            // An envelope on another stream came first and told the same.
            (Greeting::Welcome, Phase::Up) => Ok(()),
            (Greeting::Refusal(reason), _) => {
                self.phase = Phase::Over;
                self.events.push_back(LinkEvent::RefusedByPeer { reason });
                Ok(())
            }
            (Greeting::Hello(_) | Greeting::Welcome, _) => {
                Err(LinkRefusal::OutOfTurn("greeted out of turn"))
            }
        }
    }

    fn on_hello(&mut self, hello: Hello) -> Result<(), LinkRefusal> {
        let (theirs, ours) = (hello.versions, self.ours.versions);
        self.version = ours
            .newest_common(theirs)
            .ok_or(LinkRefusal::Versions { theirs, ours })?;
        if hello.cluster != self.ours.cluster {
            return Err(LinkRefusal::Cluster {
                theirs: hello.cluster,
                ours: self.ours.cluster.clone(),
            });
        }
        if hello.message_bytes_max < MESSAGE_BYTES_MIN {
            return Err(LinkRefusal::OutOfTurn("receives too short messages"));
        }
        let shorter = hello.message_bytes_max.min(self.ours.message_bytes_max);
        self.message_bytes_max = PIECE_BYTES_MAX.min(shorter as usize);
        self.phase = Phase::Judged;
        self.events.push_back(LinkEvent::Greeted(hello));
        Ok(())
    }

    fn on_records(
        &mut self,
        stream: StreamId,
        ppid: Ppid,
        payload: Bytes,
    ) -> Result<(), LinkRefusal> {
        match self.phase {
            Phase::Up => {}
            // Only who was welcomed by us and welcomes us sends envelopes; its welcome is on its way.
            Phase::Welcoming => self.rise(),
            Phase::Silent | Phase::Judged | Phase::Over => {
                return Err(LinkRefusal::OutOfTurn(
                    "sent envelopes before it was welcomed",
                ));
            }
        }
        if ppid != record::ppid(self.version) {
            return Err(LinkRefusal::OutOfTurn("sent a message of another version"));
        }
        let events = &mut self.events;
        self.inbox.take(stream, payload, |lane, envelope| {
            events.push_back(LinkEvent::Arrived { lane, envelope });
        })?;
        Ok(())
    }

    fn rise(&mut self) {
        self.phase = Phase::Up;
        self.events.push_back(LinkEvent::Up);
    }

    /// Takes the peer, which has [greeted](LinkEvent::Greeted).
    ///
    /// # Panics
    ///
    /// Panics if it has not.
    pub fn welcome(&mut self) {
        assert_eq!(
            self.phase,
            Phase::Judged,
            "only who greeted can be welcomed"
        );
        self.phase = Phase::Welcoming;
        self.greetings.push_back(Greeting::Welcome);
    }

    /// Tells the peer that we will not have it. Envelopes that wait are dropped, and nothing that it
    /// sends is heard any more.
    pub fn refuse(&mut self, reason: String) {
        if self.phase != Phase::Over {
            self.silence(&LinkRefusal::Owner(reason));
        }
    }

    fn end(&mut self, refusal: LinkRefusal) {
        self.silence(&refusal);
        self.events.push_back(LinkEvent::Refused(refusal));
    }

    fn silence(&mut self, refusal: &LinkRefusal) {
        self.phase = Phase::Over;
        self.outbox = Outbox::new();
        self.inbox = Inbox::default();
        self.events.clear();
        self.greetings
            .push_back(Greeting::Refusal(refusal.to_string()));
    }

    /// Queues an envelope. It is sent as soon as the link is up and the transport has room.
    ///
    /// # Errors
    ///
    /// Fails if it is too long, if too much waits already, or if the link is closing.
    pub fn post(&mut self, lane: Lane, envelope: Bytes) -> Result<(), PostError> {
        if self.closing || self.phase == Phase::Over {
            return Err(PostError::Closing);
        }
        self.outbox.post(lane, envelope)
    }

    /// Takes no more envelopes; those that wait are still sent.
    pub fn close(&mut self) {
        self.closing = true;
    }

    /// Whether everything that can be sent is with the transport.
    pub fn is_drained(&self) -> bool {
        self.greetings.is_empty() && (self.phase != Phase::Up || self.outbox.is_empty())
    }

    /// The next message for the transport, on a stream that has room.
    pub fn next_message(&mut self, has_room: impl Fn(StreamId) -> bool) -> Option<Message> {
        if !self.greetings.is_empty() {
            return self.next_greeting(has_room);
        }
        if self.phase != Phase::Up {
            return None;
        }
        let (stream, payload) = self.outbox.next_message(self.message_bytes_max, has_room)?;
        Some(Message {
            stream,
            ppid: record::ppid(self.version),
            payload,
            lifetime: None,
        })
    }

    fn next_greeting(&mut self, has_room: impl Fn(StreamId) -> bool) -> Option<Message> {
        let stream = Lane::Control.stream();
        let greeting = has_room(stream).then(|| self.greetings.pop_front())??;
        Some(Message {
            stream,
            ppid: GREETING_PPID,
            payload: greeting.encode(),
            lifetime: None,
        })
    }

    /// The next thing that happened.
    pub fn next_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
