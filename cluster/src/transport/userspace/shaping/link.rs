//! One link: from here to one zone.

use std::time::Duration;

use super::Fate;
use super::dice::Dice;
use crate::transport::shaping::{BitRate, Effects};

/// What may wait for its turn on a link with a rate; more is dropped, as a router drops what comes
/// to a full queue. It is a fifth of a second at 10 Mbit/s.
pub(super) const RATE_BYTES_MAX: u64 = 256 * 1024;

/// The state of a link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    effects: Effects,
    dice: Dice,
    /// When what was sent so far has passed the link at its rate.
    busy_until: Duration,
    /// When the last packet leaves that keeps its order.
    last: Duration,
}

impl Link {
    pub(super) fn new(effects: Effects, dice: Dice) -> Self {
        Self {
            effects,
            dice,
            busy_until: Duration::ZERO,
            last: Duration::ZERO,
        }
    }

    pub(super) fn judge(&mut self, now: Duration, bytes: usize) -> Fate {
        // Every packet rolls all dice, so that one effect's share does not change another's luck.
        let is_lost = self.dice.hits(self.effects.loss);
        let is_doubled = self.dice.hits(self.effects.duplicate);
        let is_early = self.dice.hits(self.effects.reorder);
        let delay = self.delay();
        if is_lost {
            return Fate::Dropped;
        }
        let bytes = if is_doubled { 2 * bytes } else { bytes };
        let Some(passed) = self.pass(now, bytes as u64) else {
            return Fate::Dropped;
        };
        let at = if is_early {
            passed
        } else {
            self.last = self.last.max(passed + delay);
            self.last
        };
        if is_doubled {
            Fate::LeavesTwice(at)
        } else {
            Fate::Leaves(at)
        }
    }

    fn delay(&mut self) -> Duration {
        let latency = self.effects.latency;
        let width = 2 * latency.jitter().as_nanos() as u64;
        let drawn = Duration::from_nanos(self.dice.below(width + 1));
        latency.delay() - latency.jitter() + drawn
    }

    /// When these bytes have passed at the link's rate, unless too much waits already.
    fn pass(&mut self, now: Duration, bytes: u64) -> Option<Duration> {
        let Some(rate) = self.effects.rate else {
            return Some(now);
        };
        let begins = self.busy_until.max(now);
        if bytes_in(begins - now, rate) + u128::from(bytes) > RATE_BYTES_MAX.into() {
            return None;
        }
        self.busy_until = begins + time_of(bytes, rate);
        Some(self.busy_until)
    }
}

const NANOS_PER_SECOND: u128 = 1_000_000_000;

fn bytes_in(time: Duration, BitRate(rate): BitRate) -> u128 {
    time.as_nanos() * u128::from(rate.get()) / 8 / NANOS_PER_SECOND
}

fn time_of(bytes: u64, BitRate(rate): BitRate) -> Duration {
    let nanos = u128::from(bytes) * 8 * NANOS_PER_SECOND / u128::from(rate.get());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
