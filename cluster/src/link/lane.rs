//! Lanes: which envelopes wait for each other, and which do not.

use crate::transport::{STREAMS, StreamId};

/// Envelopes of one lane arrive in the order in which they were posted; envelopes of different lanes
/// do not wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What keeps the cluster together: small, and never kept waiting.
    Control,
    /// What is big and can wait: code and large results.
    Bulk,
    /// One flight's messages, by the flight's identity.
    Flight(u128),
}

const CONTROL: u16 = 0;
const BULK: u16 = 1;
/// Flights share the streams from here on.
const FIRST_FLIGHT: u16 = 2;
const FLIGHT_STREAMS: u16 = STREAMS - FIRST_FLIGHT;

/// What a lane's stream says of it: all but the identity of the flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamUse {
    Control,
    Bulk,
    Flights,
}

impl Lane {
    /// The stream that carries it. Two flights may share one; a flight never has two.
    pub fn stream(self) -> StreamId {
        match self {
            Self::Control => StreamId(CONTROL),
            Self::Bulk => StreamId(BULK),
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
            CONTROL => Self::Control,
            BULK => Self::Bulk,
            _ => Self::Flights,
        }
    }
}
