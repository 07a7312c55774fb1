//! Envelopes put together from messages.

use std::collections::HashMap;

use bytes::Bytes;

use super::credit::Credit;
use super::lane::StreamUse;
use super::record::Header;
use super::{ENVELOPE_BYTES_MAX, Lane};
use crate::transport::StreamId;

/// What one peer may have unfinished with us, on all streams together. A peer has at most
/// [`BACKLOG_BYTES_MAX`](super::BACKLOG_BYTES_MAX) and its control lane begun and not yet handed to
/// its transport; the rest is for what its transport holds.
const UNFINISHED_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How much is set aside for an envelope when it begins: its length is only a promise.
const FIRST_RESERVE_BYTES: usize = 256 * 1024;

/// An envelope much smaller than the message that it came in is copied out of it, so that it does not
/// keep the whole message in memory.
const COPY_BELOW_SHARE: usize = 4;

/// The unfinished envelopes of one peer, by stream.
#[derive(Default)]
pub(super) struct Inbox {
    unfinished: HashMap<StreamId, Unfinished>,
    unfinished_bytes: usize,
}

struct Unfinished {
    lane: Lane,
    bytes: usize,
    envelope: Vec<u8>,
}

/// A message was not one of ours: failed to read it because ... The inbox is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A record's header is cut, or of no known kind. The inbox is of no more use.
    #[error("a record in it is malformed")]
    Malformed,
    /// It announces an envelope beyond the limit. The inbox is of no more use.
    #[error("it announces an envelope of {bytes} bytes, more than {ENVELOPE_BYTES_MAX}")]
    TooLong {
        /// How many bytes it announces.
        bytes: u32,
    },
    /// The peer was told how much it may send, and sent more. The inbox is of no more use.
    #[error("it goes beyond the credit that was given")]
    Overdrawn,
    /// Too much was begun and not finished. The inbox is of no more use.
    #[error("more than {UNFINISHED_BYTES_MAX} bytes of envelopes are begun and not finished")]
    TooMuchUnfinished,
}

impl Inbox {
    /// Whether no envelope is begun and not finished.
    pub(super) fn is_empty(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// Takes a message and hands out the envelopes that it completes, in order.
    pub(super) fn take(
        &mut self,
        stream: StreamId,
        message: Bytes,
        credit: &mut Credit,
        mut arrived: impl FnMut(Lane, Bytes),
    ) -> Result<(), RecordError> {
        let whole_bytes = message.len();
        let mut rest = self.go_on(stream, message, &mut arrived)?;
        while !rest.is_empty() {
            let (header, body) =
                Header::split_from(StreamUse::of(stream), &rest).ok_or(RecordError::Malformed)?;
            let bytes = header.bytes as usize;
            if bytes > ENVELOPE_BYTES_MAX {
                return Err(RecordError::TooLong {
                    bytes: header.bytes,
                });
            }
            if !credit.charge(header.lane, bytes) {
                return Err(RecordError::Overdrawn);
            }
            let mut body = rest.slice(rest.len() - body.len()..);
            if bytes > body.len() && StreamUse::of(stream).may_be_missed() {
                return Err(RecordError::Malformed);
            }
            if bytes > body.len() {
                return self.begin(stream, header.lane, bytes, &body);
            }
            rest = body.split_off(bytes);
            arrived(header.lane, detached(body, whole_bytes));
        }
        Ok(())
    }

    /// Continues the envelope that the stream is in the middle of; gives what follows it.
    fn go_on(
        &mut self,
        stream: StreamId,
        mut message: Bytes,
        arrived: &mut impl FnMut(Lane, Bytes),
    ) -> Result<Bytes, RecordError> {
        let Some(unfinished) = self.unfinished.get_mut(&stream) else {
            return Ok(message);
        };
        let missing = unfinished.bytes - unfinished.envelope.len();
        let part = message.split_to(missing.min(message.len()));
        unfinished.envelope.extend_from_slice(&part);
        self.unfinished_bytes += part.len();
        if part.len() == missing
            && let Some(finished) = self.unfinished.remove(&stream)
        {
            self.unfinished_bytes -= finished.bytes;
            arrived(finished.lane, Bytes::from(finished.envelope));
        }
        self.check_unfinished().map(|()| message)
    }

    fn begin(
        &mut self,
        stream: StreamId,
        lane: Lane,
        bytes: usize,
        part: &[u8],
    ) -> Result<(), RecordError> {
        let mut envelope = Vec::with_capacity(bytes.min(FIRST_RESERVE_BYTES).max(part.len()));
        envelope.extend_from_slice(part);
        self.unfinished_bytes += part.len();
        self.unfinished.insert(
            stream,
            Unfinished {
                lane,
                bytes,
                envelope,
            },
        );
        self.check_unfinished()
    }

    fn check_unfinished(&self) -> Result<(), RecordError> {
        if self.unfinished_bytes > UNFINISHED_BYTES_MAX {
            return Err(RecordError::TooMuchUnfinished);
        }
        Ok(())
    }
}

/// The envelope by itself, if it would otherwise keep a much longer message alive.
fn detached(envelope: Bytes, message_bytes: usize) -> Bytes {
    if envelope.len() * COPY_BELOW_SHARE < message_bytes {
        Bytes::copy_from_slice(&envelope)
    } else {
        envelope
    }
}
