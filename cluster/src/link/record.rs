//! How envelopes lie in messages, version 1.
//!
//! The messages of a stream, one after the other, hold records: a header and an envelope. An envelope
//! may reach over any number of messages, a header may not. A message therefore holds the rest of an
//! envelope, then whole records, then the beginning of one, each of these perhaps absent.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 0: the lane is the stream's; 1: a flight's, which follows |
//! | 16 | the flight's identity, if the first byte is 1 |
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
            Lane::Control | Lane::Gossip | Lane::Bulk | Lane::Mail(_) | Lane::Answer(_) => {
                message.push(PLAIN);
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
            (PLAIN, StreamUse::Mail(stream)) => (Lane::Mail(stream.into()), rest),
            (PLAIN, StreamUse::Answers(stream)) => (Lane::Answer(stream.into()), rest),
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
