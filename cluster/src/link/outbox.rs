//! What waits to be sent to one peer.

use std::collections::VecDeque;

use bytes::Bytes;

use super::lane::StreamUse;
use super::record::{HEADER_BYTES_MAX, Header};
use super::{ENVELOPE_BYTES_MAX, Lane, PostError};
use crate::transport::{STREAMS, StreamId};

/// What flights and bulk together may have waiting for one peer: four of the longest envelopes, and
/// many short ones. A peer that takes less than is posted for so long is in trouble, and whoever posts
/// must know.
pub const BACKLOG_BYTES_MAX: usize = 4 * ENVELOPE_BYTES_MAX + 1024 * 1024;

/// What the control lane may have waiting beside that, so that it is never refused because of the
/// others.
pub const CONTROL_BACKLOG_BYTES_MAX: usize = ENVELOPE_BYTES_MAX + 1024 * 1024;

/// What a waiting envelope costs beside its bytes.
const ENTRY_BYTES: usize = 64;

/// Envelopes by stream, and how much they are.
pub(super) struct Outbox {
    queues: Vec<VecDeque<Entry>>,
    /// Flight streams with something to send, the one whose turn it is first.
    turns: VecDeque<StreamId>,
    control_bytes: usize,
    other_bytes: usize,
}

struct Entry {
    lane: Lane,
    envelope: Bytes,
    /// How much of the envelope is in messages already; `None` before its header is.
    sent: Option<usize>,
}

impl Entry {
    fn cost(&self) -> usize {
        self.envelope.len() + ENTRY_BYTES
    }
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            queues: (0..STREAMS).map(|_| VecDeque::new()).collect(),
            turns: VecDeque::new(),
            control_bytes: 0,
            other_bytes: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.control_bytes + self.other_bytes == 0
    }

    /// Takes an envelope to be sent, or says why not.
    pub(super) fn post(&mut self, lane: Lane, envelope: Bytes) -> Result<(), PostError> {
        let bytes = envelope.len();
        if bytes > ENVELOPE_BYTES_MAX {
            return Err(PostError::TooLong { bytes });
        }
        let entry = Entry {
            lane,
            envelope,
            sent: None,
        };
        let (waiting, max) = self.budget(lane);
        if *waiting + entry.cost() > max {
            return Err(PostError::Backlogged { waiting: *waiting });
        }
        *waiting += entry.cost();
        let stream = lane.stream();
        let queue = &mut self.queues[usize::from(stream.0)];
        if queue.is_empty()
            && matches!(
                StreamUse::of(stream),
                StreamUse::Flights | StreamUse::Mail | StreamUse::Gossip
            )
        {
            self.turns.push_back(stream);
        }
        queue.push_back(entry);
        Ok(())
    }

    fn budget(&mut self, lane: Lane) -> (&mut usize, usize) {
        match lane {
            Lane::Control => (&mut self.control_bytes, CONTROL_BACKLOG_BYTES_MAX),
            Lane::Gossip | Lane::Bulk | Lane::Flight(_) | Lane::Mail(_) => {
                (&mut self.other_bytes, BACKLOG_BYTES_MAX)
            }
        }
    }

    /// The next message, of at most `bytes_max`, on a stream that has room: control before flights,
    /// these in turn, and bulk last.
    pub(super) fn next_message(
        &mut self,
        bytes_max: usize,
        has_room: impl Fn(StreamId) -> bool,
    ) -> Option<(StreamId, Vec<u8>)> {
        let control = Lane::Control.stream();
        if self.is_waiting(control) && has_room(control) {
            return Some((control, self.fill(control, bytes_max)));
        }
        for _ in 0..self.turns.len() {
            let stream = self.turns.pop_front().expect("as many as were counted");
            if !has_room(stream) {
                self.turns.push_back(stream);
                continue;
            }
            let message = self.fill(stream, bytes_max);
            if self.is_waiting(stream) {
                self.turns.push_back(stream);
            }
            return Some((stream, message));
        }
        let bulk = Lane::Bulk.stream();
        (self.is_waiting(bulk) && has_room(bulk)).then(|| (bulk, self.fill(bulk, bytes_max)))
    }

    fn is_waiting(&self, stream: StreamId) -> bool {
        !self.queues[usize::from(stream.0)].is_empty()
    }

    /// Fills a message from the front of a queue.
    fn fill(&mut self, stream: StreamId, bytes_max: usize) -> Vec<u8> {
        let queue = &mut self.queues[usize::from(stream.0)];
        let wanted: usize = queue.iter().take(8).map(Entry::cost).sum();
        let mut message = Vec::with_capacity(wanted.min(bytes_max));
        let mut done_bytes = 0;
        while let Some(entry) = queue.front_mut() {
            if !entry.fill(&mut message, bytes_max) {
                break;
            }
            done_bytes += entry.cost();
            queue.pop_front();
        }
        match StreamUse::of(stream) {
            StreamUse::Control => self.control_bytes -= done_bytes,
            StreamUse::Gossip | StreamUse::Mail | StreamUse::Bulk | StreamUse::Flights => {
                self.other_bytes -= done_bytes
            }
        }
        message
    }
}

impl Entry {
    /// Appends as much of itself as there is room for; says whether that was all of it.
    fn fill(&mut self, message: &mut Vec<u8>, bytes_max: usize) -> bool {
        let sent = match self.sent {
            Some(sent) => sent,
            // A header stays in one piece.
            None if message.len() + HEADER_BYTES_MAX > bytes_max => return false,
            None => {
                let bytes = u32::try_from(self.envelope.len()).expect("checked when posted");
                let lane = self.lane;
                Header { lane, bytes }.append_to(message);
                0
            }
        };
        let rest = &self.envelope[sent..];
        let part = rest.len().min(bytes_max - message.len());
        message.extend_from_slice(&rest[..part]);
        self.sent = Some(sent + part);
        part == rest.len()
    }
}
