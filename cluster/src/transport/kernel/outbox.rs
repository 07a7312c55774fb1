//! What waits for room in a socket.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use crate::transport::{Message, StreamId};

/// What may wait in one stream, as in the userspace transport.
const STREAM_BUFFER_BYTES_MAX: usize = 128 * 1024;

/// A message, and when it is worthless.
pub(super) struct Waiting {
    pub(super) message: Message,
    pub(super) expires: Option<Instant>,
}

/// The messages of one association that its socket has not taken. Streams take turns.
#[derive(Default)]
pub(super) struct Outbox {
    streams: BTreeMap<StreamId, Queue>,
    /// The streams with messages; the next one's turn is in front.
    turns: VecDeque<StreamId>,
    /// Somebody asked for room and there was none.
    was_full: Cell<bool>,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Waiting>,
    bytes: usize,
}

impl Outbox {
    pub(super) fn has_room(&self, stream: StreamId) -> bool {
        let bytes = self.streams.get(&stream).map_or(0, |queue| queue.bytes);
        let has_room = bytes < STREAM_BUFFER_BYTES_MAX;
        self.was_full.set(self.was_full.get() || !has_room);
        has_room
    }

    pub(super) fn push(&mut self, message: Message) {
        let queue = self.streams.entry(message.stream).or_default();
        if queue.messages.is_empty() {
            self.turns.push_back(message.stream);
        }
        queue.bytes += message.payload.len();
        let expires = message.lifetime.map(|lifetime| Instant::now() + lifetime);
        queue.messages.push_back(Waiting { message, expires });
    }

    /// The message whose turn it is.
    pub(super) fn front(&self) -> Option<&Waiting> {
        let queue = self.streams.get(self.turns.front()?)?;
        queue.messages.front()
    }

    /// Takes it off and passes the turn on. Says whether a stream that was full has room again.
    pub(super) fn pop(&mut self) -> bool {
        let Some(stream) = self.turns.pop_front() else {
            return false;
        };
        let queue = self.streams.entry(stream).or_default();
        let sent = queue.messages.pop_front();
        queue.bytes -= sent.map_or(0, |sent| sent.message.payload.len());
        if !queue.messages.is_empty() {
            self.turns.push_back(stream);
        }
        queue.bytes < STREAM_BUFFER_BYTES_MAX / 2 && self.was_full.replace(false)
    }

    pub(super) fn clear(&mut self) {
        self.streams.clear();
        self.turns.clear();
    }
}
