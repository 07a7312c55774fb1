//! What waits to be sent to one peer.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::time::Instant;

use super::credit::{Credit, ENTRY_BYTES};
use super::lane::StreamUse;
use super::packing::PLAIN_HEADER_BYTES;
use super::record::{HEADER_BYTES_MAX, Header};
use super::{ENVELOPE_BYTES_MAX, Lane, PostError};
use crate::transport::{STREAMS, StreamId};

/// What flights, mail and bulk together may have waiting for one peer: four of the longest envelopes,
/// and many short ones. A peer that takes less than is posted for so long is in trouble, and whoever
/// posts must know.
pub const BACKLOG_BYTES_MAX: usize = 4 * ENVELOPE_BYTES_MAX + 1024 * 1024;

/// What the control lane may have waiting beside that, so that it is never refused because of the
/// others.
pub const CONTROL_BACKLOG_BYTES_MAX: usize = ENVELOPE_BYTES_MAX + 1024 * 1024;

/// The longest envelope of gossip: it must fit into one message of any transport, with its header and
/// seal.
pub const GOSSIP_BYTES_MAX: usize = 3_000;

/// Envelopes by stream, and how much they are.
pub(crate) struct Outbox {
    queues: Vec<VecDeque<Entry>>,
    /// Streams of flights, mail and gossip with something to send, the one whose turn it is first.
    turns: VecDeque<StreamId>,
    control_bytes: usize,
    other_bytes: usize,
    expired: u64,
}

struct Entry {
    lane: Lane,
    envelope: Bytes,
    /// When it is worthless.
    expires_at: Option<Instant>,
    /// How much of the envelope is in messages already; `None` before its header is.
    sent: Option<usize>,
}

impl Entry {
    fn cost(&self) -> usize {
        self.envelope.len() + ENTRY_BYTES
    }

    fn is_late(&self, now: Instant) -> bool {
        self.sent.is_none() && self.expires_at.is_some_and(|at| at <= now)
    }
}

/// What limits the next message.
pub(super) struct Terms<'a> {
    pub(super) now: Instant,
    pub(super) bytes_max: usize,
    pub(super) credit: &'a mut Credit,
}

/// A message's stream, its plain bytes, and when it is worthless.
pub(super) type Filled = (StreamId, Vec<u8>, Option<Instant>);

impl Outbox {
    pub(crate) fn new() -> Self {
        Self {
            queues: (0..STREAMS).map(|_| VecDeque::new()).collect(),
            turns: VecDeque::new(),
            control_bytes: 0,
            other_bytes: 0,
            expired: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.control_bytes + self.other_bytes == 0
    }

    /// How many envelopes were dropped since this was last asked, because they could not leave in time.
    pub(super) fn take_expired(&mut self) -> u64 {
        std::mem::take(&mut self.expired)
    }

    /// Takes an envelope to be sent, or says why not.
    pub(crate) fn post(
        &mut self,
        lane: Lane,
        envelope: Bytes,
        expires_at: Option<Instant>,
    ) -> Result<(), PostError> {
        let bytes = envelope.len();
        let bytes_max = match lane {
            Lane::Gossip => GOSSIP_BYTES_MAX,
            Lane::Control | Lane::Flight(_) | Lane::Mail(_) | Lane::Answer(_) | Lane::Bulk => {
                ENVELOPE_BYTES_MAX
            }
        };
        if bytes > bytes_max {
            return Err(PostError::TooLong { bytes });
        }
        let entry = Entry {
            lane,
            envelope,
            expires_at,
            sent: None,
        };
        let (waiting, max) = self.budget(lane);
        if *waiting + entry.cost() > max {
            return Err(PostError::Backlogged { waiting: *waiting });
        }
        *waiting += entry.cost();
        let stream = lane.stream();
        let queue = &mut self.queues[usize::from(stream.0)];
        if queue.is_empty() && takes_turns(stream) {
            self.turns.push_back(stream);
        }
        queue.push_back(entry);
        Ok(())
    }

    fn budget(&mut self, lane: Lane) -> (&mut usize, usize) {
        match lane {
            Lane::Control => (&mut self.control_bytes, CONTROL_BACKLOG_BYTES_MAX),
            Lane::Gossip | Lane::Bulk | Lane::Flight(_) | Lane::Mail(_) | Lane::Answer(_) => {
                (&mut self.other_bytes, BACKLOG_BYTES_MAX)
            }
        }
    }

    /// The next message, on a stream that has room, of envelopes for which there is credit: control
    /// before flights, mail and gossip, these in turn, and bulk last.
    pub(super) fn next_message(
        &mut self,
        mut terms: Terms<'_>,
        has_room: impl Fn(StreamId) -> bool,
    ) -> Option<Filled> {
        let control = Lane::Control.stream();
        if self.is_waiting(control)
            && has_room(control)
            && let Some(message) = self.fill(control, &mut terms)
        {
            return Some(message);
        }
        for _ in 0..self.turns.len() {
            let stream = self.turns.pop_front().expect("as many as were counted");
            let message = has_room(stream)
                .then(|| self.fill(stream, &mut terms))
                .flatten();
            if self.is_waiting(stream) {
                self.turns.push_back(stream);
            }
            if message.is_some() {
                return message;
            }
        }
        let bulk = Lane::Bulk.stream();
        (self.is_waiting(bulk) && has_room(bulk))
            .then(|| self.fill(bulk, &mut terms))
            .flatten()
    }

    fn is_waiting(&self, stream: StreamId) -> bool {
        !self.queues[usize::from(stream.0)].is_empty()
    }

    /// Fills a message from the front of a queue; `None` if nothing in it may be sent now.
    fn fill(&mut self, stream: StreamId, terms: &mut Terms<'_>) -> Option<Filled> {
        let queue = &mut self.queues[usize::from(stream.0)];
        let wanted: usize = queue.iter().take(8).map(Entry::cost).sum();
        let mut message = Vec::with_capacity((wanted + PLAIN_HEADER_BYTES).min(terms.bytes_max));
        message.resize(PLAIN_HEADER_BYTES, 0);
        let mut expires_at = None;
        let mut done_bytes = 0;
        while let Some(entry) = queue.front_mut() {
            if entry.is_late(terms.now) {
                self.expired += 1;
            } else {
                let first = message.len() == PLAIN_HEADER_BYTES;
                let (was_filled, whole) = entry.fill(&mut message, terms, stream);
                if was_filled && first {
                    expires_at = entry.expires_at;
                }
                if !whole {
                    break;
                }
            }
            done_bytes += entry.cost();
            queue.pop_front();
        }
        match StreamUse::of(stream) {
            StreamUse::Control => self.control_bytes -= done_bytes,
            StreamUse::Link
            | StreamUse::Gossip
            | StreamUse::Mail(_)
            | StreamUse::Answers(_)
            | StreamUse::Bulk
            | StreamUse::Flights => self.other_bytes -= done_bytes,
        }
        (message.len() > PLAIN_HEADER_BYTES).then_some((stream, message, expires_at))
    }
}

/// Whether a stream shares its turns with others of the same urgency.
fn takes_turns(stream: StreamId) -> bool {
    match StreamUse::of(stream) {
        StreamUse::Gossip | StreamUse::Flights | StreamUse::Mail(_) | StreamUse::Answers(_) => true,
        StreamUse::Link | StreamUse::Control | StreamUse::Bulk => false,
    }
}

impl Entry {
    /// Appends as much of itself as there is room and credit for; says whether that was anything, and
    /// whether it was all.
    fn fill(
        &mut self,
        message: &mut Vec<u8>,
        terms: &mut Terms<'_>,
        stream: StreamId,
    ) -> (bool, bool) {
        let sent = match self.sent {
            Some(sent) => sent,
            None if !self.may_begin(message, terms, stream) => return (false, false),
            None => {
                let bytes = u32::try_from(self.envelope.len()).expect("checked when posted");
                let lane = self.lane;
                Header { lane, bytes }.append_to(message);
                0
            }
        };
        let rest = &self.envelope[sent..];
        let part = rest.len().min(terms.bytes_max - message.len());
        message.extend_from_slice(&rest[..part]);
        self.sent = Some(sent + part);
        (true, part == rest.len())
    }

    /// Whether its header fits, which stays in one piece, and there is credit, which is charged. What
    /// may be given up must fit whole: of two halves one could be missing.
    fn may_begin(&self, message: &[u8], terms: &mut Terms<'_>, stream: StreamId) -> bool {
        let wanted = if StreamUse::of(stream).may_be_missed() {
            HEADER_BYTES_MAX + self.envelope.len()
        } else {
            HEADER_BYTES_MAX
        };
        message.len() + wanted <= terms.bytes_max
            && terms.credit.charge(self.lane, self.envelope.len())
    }
}
