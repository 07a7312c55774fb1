//! Seals: what every message after the handshake goes through.

use bytes::Bytes;
use snow::{HandshakeState, StatelessTransportState};

use super::key::KeyName;
use crate::transport::{STREAMS, StreamId};

/// What a seal adds to a message at most: a tag, and a number where messages may be left out.
pub(crate) const SEAL_BYTES_MAX: usize = TAG_BYTES + NUMBER_BYTES;

const TAG_BYTES: usize = 16;
const NUMBER_BYTES: usize = 8;

/// A message's nonce is its stream above this, and its number on that stream below.
const NUMBER_BITS: u32 = 48;

/// A message was not opened: failed to open it because ... The seal is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Somebody changed it, or sent it again, or elsewhere, or one before it is missing.
    #[error("it is not the next message of its stream as the peer sealed it")]
    Forged,
}

/// One end's half of a session.
///
/// Messages of a stream are numbered, and the number is in the nonce: it is known and not sent, since
/// a stream is in order and complete. Only on a stream whose messages may be given up (RFC 3758) the
/// number is sent, and must grow.
pub(crate) struct Seal(Kind);

enum Kind {
    Noise(Box<Noise>),
    Clear,
}

struct Noise {
    state: StatelessTransportState,
    key: KeyName,
    sealed: [u64; STREAMS as usize],
    opened: [u64; STREAMS as usize],
}

impl Seal {
    pub(super) fn clear() -> Self {
        Self(Kind::Clear)
    }

    pub(super) fn noise(finished: HandshakeState, key: KeyName) -> Self {
        let state = finished
            .into_stateless_transport_mode()
            .expect("both messages of the handshake are done");
        Self(Kind::Noise(Box::new(Noise {
            state,
            key,
            sealed: [0; STREAMS as usize],
            opened: [0; STREAMS as usize],
        })))
    }

    /// The key that the session was made with, if by one.
    pub(crate) fn key(&self) -> Option<KeyName> {
        match &self.0 {
            Kind::Noise(noise) => Some(noise.key),
            Kind::Clear => None,
        }
    }

    /// Seals the next message of a stream. `may_be_missed`: of a stream whose messages may be given up.
    pub(crate) fn seal(
        &mut self,
        stream: StreamId,
        may_be_missed: bool,
        message: Vec<u8>,
    ) -> Vec<u8> {
        match &mut self.0 {
            Kind::Clear => message,
            Kind::Noise(noise) => noise.seal(stream, may_be_missed, &message),
        }
    }

    /// Opens a message of a stream.
    pub(crate) fn open(
        &mut self,
        stream: StreamId,
        may_be_missed: bool,
        message: Bytes,
    ) -> Result<Bytes, OpenError> {
        match &mut self.0 {
            Kind::Clear => Ok(message),
            Kind::Noise(noise) => noise.open(stream, may_be_missed, &message),
        }
    }
}

impl Noise {
    fn seal(&mut self, stream: StreamId, may_be_missed: bool, message: &[u8]) -> Vec<u8> {
        let number = &mut self.sealed[usize::from(stream.0)];
        let at = if may_be_missed { NUMBER_BYTES } else { 0 };
        let mut sealed = vec![0; at + message.len() + TAG_BYTES];
        if may_be_missed {
            sealed[..at].copy_from_slice(&number.to_le_bytes());
        }
        self.state
            .write_message(nonce(stream, *number), message, &mut sealed[at..])
            .expect("messages are shorter than the longest of Noise");
        *number += 1;
        sealed
    }

    fn open(
        &mut self,
        stream: StreamId,
        may_be_missed: bool,
        sealed: &[u8],
    ) -> Result<Bytes, OpenError> {
        let next = self
            .opened
            .get_mut(usize::from(stream.0))
            .ok_or(OpenError::Forged)?;
        let (number, sealed) = if may_be_missed {
            let (number, rest) = sealed.split_first_chunk().ok_or(OpenError::Forged)?;
            (u64::from_le_bytes(*number), rest)
        } else {
            (*next, sealed)
        };
        if number < *next || number >> NUMBER_BITS != 0 {
            return Err(OpenError::Forged);
        }
        // As long as what is opened: with less room `snow` would work in a buffer of its own.
        let mut message = vec![0; sealed.len()];
        let bytes = self
            .state
            .read_message(nonce(stream, number), sealed, &mut message)
            .map_err(|_| OpenError::Forged)?;
        message.truncate(bytes);
        *next = number + 1;
        Ok(message.into())
    }
}

fn nonce(stream: StreamId, number: u64) -> u64 {
    (u64::from(stream.0) << NUMBER_BITS) | number
}
