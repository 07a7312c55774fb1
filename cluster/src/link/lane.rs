//! Lanes: which envelopes wait for each other, and which do not.

use crate::transport::{STREAMS, StreamId};

/// Envelopes of one lane arrive in the order in which they were posted; envelopes of different lanes
/// do not wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What keeps the cluster together: small, and never kept waiting.
    Control,
    /// What is worthless when it is late: an envelope of it that cannot leave in time is dropped.
    Gossip,
    /// One flight's messages, by the flight's identity.
    Flight(u128),
    /// Messages to one actor, by a hash of its name. The peer hears only which stream that gave.
    Mail(u64),
    /// Answers to messages, by a number of any kind. As many come as were asked for, so they need no
    /// credit: an actor that waits for one must not be kept from it by its own unhandled mail.
    Answer(u64),
    /// What is big and can wait: code and large results.
    Bulk,
}

/// The stream on which the ends greet and tell each other their credit: no lane's.
pub(super) const LINK_STREAM: StreamId = StreamId(0);

const CONTROL: u16 = 1;
const GOSSIP: u16 = 2;
const BULK: u16 = 3;
/// Flights share the streams from here on, after them mail does, and after that answers do.
const FIRST_FLIGHT: u16 = 4;
const FIRST_MAIL: u16 = 18;
const FIRST_ANSWER: u16 = 28;
const FLIGHT_STREAMS: u16 = FIRST_MAIL - FIRST_FLIGHT;
const MAIL_STREAMS: u16 = FIRST_ANSWER - FIRST_MAIL;
const ANSWER_STREAMS: u16 = STREAMS - FIRST_ANSWER;

/// What a lane's stream says of it: all but the identity of the flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamUse {
    Link,
    Control,
    Gossip,
    Flights,
    /// Which of the streams of mail.
    Mail(u16),
    /// Which of the streams of answers.
    Answers(u16),
    Bulk,
}

impl Lane {
    /// The stream that carries it. Two flights may share one; a flight never has two.
    pub fn stream(self) -> StreamId {
        match self {
            Self::Control => StreamId(CONTROL),
            Self::Bulk => StreamId(BULK),
            Self::Gossip => StreamId(GOSSIP),
            Self::Mail(key) => StreamId(FIRST_MAIL + (key % u64::from(MAIL_STREAMS)) as u16),
            Self::Answer(key) => StreamId(FIRST_ANSWER + (key % u64::from(ANSWER_STREAMS)) as u16),
            Self::Flight(key) => {
                // Not every identity is random in its low bits alone.
                let folded = (key ^ (key >> 64)) as u64;
                StreamId(FIRST_FLIGHT + (folded % u64::from(FLIGHT_STREAMS)) as u16)
            }
        }
    }
}

impl StreamUse {
    pub(super) fn of(stream: StreamId) -> Self {
        match stream.0 {
            0 => Self::Link,
            CONTROL => Self::Control,
            BULK => Self::Bulk,
            GOSSIP => Self::Gossip,
            FIRST_FLIGHT..FIRST_MAIL => Self::Flights,
            FIRST_MAIL..FIRST_ANSWER => Self::Mail(stream.0 - FIRST_MAIL),
            _ => Self::Answers(stream.0 - FIRST_ANSWER),
        }
    }

    /// Whether messages on it may be given up, so that later ones do not wait for them.
    pub(super) fn may_be_missed(self) -> bool {
        self == Self::Gossip
    }
}
