//! How envelopes lie in messages, version 1.
//!
//! The messages of a stream, one after the other, hold records: a header and an envelope. An envelope
//! may reach over any number of messages, a header may not. A message therefore holds the rest of an
//! envelope, then whole records, then the beginning of one, each of these perhaps absent.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 0: the lane is the stream's; 1: a flight's, 2: an actor's, which follows |
//! | 16 or 8 | the flight's identity, if the first byte is 1; the actor's key, if it is 2 |
//! | 4 | the envelope's length |
//!
//! Numbers are little-endian.

use super::Lane;
use super::lane::StreamUse;
use crate::transport::Ppid;

/// The mark of messages with envelopes: the greeting's, with the version in the last byte.
pub(super) fn ppid(version: u8) -> Ppid {
    Ppid(super::greeting::GREETING_PPID.0 | u32::from(version))
}

const PLAIN: u8 = 0;
const FLIGHT: u8 = 1;
const MAIL: u8 = 2;

/// The longest header.
pub(super) const HEADER_BYTES_MAX: usize = 1 + 16 + 4;

/// What stands before an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) lane: Lane,
    pub(super) bytes: u32,
}

impl Header {
    pub(super) fn append_to(self, message: &mut Vec<u8>) {
        match self.lane {
            Lane::Control | Lane::Gossip | Lane::Bulk => message.push(PLAIN),
            Lane::Mail(key) => {
                message.push(MAIL);
                message.extend_from_slice(&key.to_le_bytes());
            }
            Lane::Flight(key) => {
                message.push(FLIGHT);
                message.extend_from_slice(&key.to_le_bytes());
            }
        }
        message.extend_from_slice(&self.bytes.to_le_bytes());
    }

    /// Reads a header from the beginning of `bytes`; gives what follows it.
    pub(super) fn split_from(stream: StreamUse, bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&kind, rest) = bytes.split_first()?;
        let (lane, rest) = match (kind, stream) {
            (PLAIN, StreamUse::Control) => (Lane::Control, rest),
            (PLAIN, StreamUse::Bulk) => (Lane::Bulk, rest),
            (PLAIN, StreamUse::Gossip) => (Lane::Gossip, rest),
            (MAIL, StreamUse::Mail) => {
                let (key, rest) = rest.split_first_chunk()?;
                (Lane::Mail(u64::from_le_bytes(*key)), rest)
            }
            (FLIGHT, StreamUse::Flights) => {
                let (key, rest) = rest.split_first_chunk()?;
                (Lane::Flight(u128::from_le_bytes(*key)), rest)
            }
            _ => return None,
        };
        let (bytes, rest) = rest.split_first_chunk()?;
        let bytes = u32::from_le_bytes(*bytes);
        Some((Self { lane, bytes }, rest))
    }
}
