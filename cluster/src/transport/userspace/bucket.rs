//! So many a second: the measure of what strangers can make us do.

use std::time::Duration;

/// Lets through `per_second`, and up to `burst` at once after a pause: a token bucket, kept as the
/// time at which it would be full (GCRA, ITU-T I.371).
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    interval: Duration,
    /// How far ahead of the time it may get.
    ahead_max: Duration,
    full_at: Duration,
}

impl Bucket {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second;
        Self {
            interval,
            ahead_max: interval * (burst - 1),
            full_at: Duration::ZERO,
        }
    }

    /// Whether there is one left.
    pub(super) fn has(&self, now: Duration) -> bool {
        self.full_at.saturating_sub(now) <= self.ahead_max
    }

    /// Takes one, if there is one left.
    #[must_use]
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let has = self.has(now);
        if has {
            self.full_at = self.full_at.max(now) + self.interval;
        }
        has
    }
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
