//! What is measured: the same of every way to exchange messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use crate::bench::Failure;

/// What a message of an actor typically has.
pub(super) const PAYLOAD_BYTES: usize = 100;

/// What is given a way to exchange messages to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// So many questions of so many bytes at any time. Answers have [`PAYLOAD_BYTES`] at most.
    Asks { in_flight: usize, bytes: usize },
    /// One message after the other, with no answer, as fast as they are taken.
    Tells { bytes: usize },
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Volley {
    /// How many questions were answered, or how many messages arrived.
    pub(super) count: u64,
    /// From the first that left to the last that arrived.
    pub(super) took: Duration,
    /// How long each answer took.
    pub(super) trips: Vec<Duration>,
}

impl Volley {
    /// How many there were in a second.
    pub(super) fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }

    /// Than which this share of all trips was not longer, in microseconds: 0.5 is the median.
    pub(super) fn trip_us(&mut self, share: f64) -> f64 {
        self.trips.sort_unstable();
        let last = self.trips.len().saturating_sub(1);
        let trip = self.trips.get((last as f64 * share).round() as usize);
        trip.map_or(f64::NAN, |trip| trip.as_secs_f64() * 1e6)
    }
}

/// A way to exchange messages with the far process.
pub(super) trait Courier {
    /// Exchanges messages as long as that, and waits for those that are then on their way.
    fn volley(&mut self, load: Load, lasts: Duration) -> Result<Volley, Failure>;
}

/// What messages are made of: bytes that nothing makes shorter, and that no message has in common with
/// one shortly before.
#[derive(Clone)]
pub(super) struct Payloads {
    pool: Bytes,
    taken: Arc<AtomicUsize>,
}

/// More than any compression looks back.
const POOL_BYTES: usize = 1024 * 1024;

impl Payloads {
    pub(super) fn new() -> Self {
        // Xorshift (Marsaglia: Xorshift RNGs, 2003).
        let mut state: u32 = 2_463_534_242;
        let byte = |_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[3]
        };
        Self {
            pool: (0..POOL_BYTES).map(byte).collect(),
            taken: Arc::default(),
        }
    }

    /// The next so many bytes.
    pub(super) fn next(&self, bytes: usize) -> Bytes {
        let taken = self.taken.fetch_add(bytes, Ordering::Relaxed);
        let start = taken % (self.pool.len() - bytes);
        self.pool.slice(start..start + bytes)
    }
}
