//! The addresses to keep connected: when to dial which.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::transport::AssociationId;

/// How long after the first failure an address is dialed again. Each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(50);

/// An address is dialed at least this often: a node that comes back is found within this time even if
/// it does not dial us.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// Every address that is to be kept connected.
pub(super) struct Keeps {
    by_address: BTreeMap<SocketAddr, Keep>,
    dice: u64,
}

struct Keep {
    state: State,
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be dialed at this time.
    Due(Instant),
    /// An association with the peer is on its way, or there.
    Held(AssociationId),
    /// We are there ourselves: nothing to do.
    Ourselves,
}

/// How an association with a kept address ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It had been up: dial again soon.
    WasUp,
    /// It did not come up: wait a little longer each time.
    Failed,
    /// One end refused the other: waiting is not likely to help.
    Refused,
}

impl Keeps {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            by_address: BTreeMap::new(),
            dice: seed,
        }
    }

    /// Keeps one more address, from now on.
    pub(super) fn add(&mut self, address: SocketAddr, now: Instant) {
        self.by_address.entry(address).or_insert(Keep {
            state: State::Due(now),
            failures: 0,
        });
    }

    /// Keeps an address no longer; gives the association that holds it.
    pub(super) fn remove(&mut self, address: SocketAddr) -> Option<AssociationId> {
        match self.by_address.remove(&address)?.state {
            State::Held(association) => Some(association),
            State::Due(_) | State::Ourselves => None,
        }
    }

    /// Whether an association leads to an address that is kept.
    pub(super) fn holds(&self, association: AssociationId) -> bool {
        let mut keeps = self.by_address.values();
        keeps.any(|keep| keep.state == State::Held(association))
    }

    /// Keeps none of them any longer; gives the associations that hold them.
    pub(super) fn clear(&mut self) -> Vec<AssociationId> {
        let keeps = std::mem::take(&mut self.by_address).into_values();
        let held = keeps.filter_map(|keep| match keep.state {
            State::Held(association) => Some(association),
            State::Due(_) | State::Ourselves => None,
        });
        held.collect()
    }

    /// The addresses to be dialed now.
    pub(super) fn due(&self, now: Instant) -> Vec<SocketAddr> {
        let is_due = |keep: &Keep| matches!(keep.state, State::Due(at) if at <= now);
        let due = self.by_address.iter().filter(|(_, keep)| is_due(keep));
        due.map(|(&address, _)| address).collect()
    }

    /// When the next one is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let due = self
            .by_address
            .values()
            .filter_map(|keep| match keep.state {
                State::Due(at) => Some(at),
                State::Held(_) | State::Ourselves => None,
            });
        due.min()
    }

    /// An association holds the address, or will.
    pub(super) fn on_held(&mut self, address: SocketAddr, association: AssociationId) {
        if let Some(keep) = self.by_address.get_mut(&address) {
            keep.state = State::Held(association);
        }
    }

    /// What one association held is held by another.
    pub(super) fn on_moved(&mut self, from: AssociationId, to: AssociationId) {
        for keep in self.by_address.values_mut() {
            if keep.state == State::Held(from) {
                keep.state = State::Held(to);
            }
        }
    }

    /// The address leads to ourselves.
    pub(super) fn on_ourselves(&mut self, association: AssociationId) {
        for keep in self.by_address.values_mut() {
            if keep.state == State::Held(association) {
                keep.state = State::Ourselves;
            }
        }
    }

    /// An association is over: what it held is to be dialed again.
    pub(super) fn on_over(&mut self, association: AssociationId, outcome: Outcome, now: Instant) {
        let Self { by_address, dice } = self;
        for keep in by_address.values_mut() {
            if keep.state != State::Held(association) {
                continue;
            }
            let wait = match outcome {
                Outcome::WasUp => {
                    keep.failures = 0;
                    BACKOFF_MIN
                }
                Outcome::Failed => {
                    keep.failures += 1;
                    backoff(keep.failures)
                }
                Outcome::Refused => BACKOFF_MAX,
            };
            keep.state = State::Due(now + jittered(wait, dice));
        }
    }
}

/// The wait after so many failures in a row.
fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (BACKOFF_MIN * (1 << doublings)).min(BACKOFF_MAX)
}

/// Between half of `wait` and all of it, so that nodes that failed together do not dial together.
fn jittered(wait: Duration, dice: &mut u64) -> Duration {
    // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    *dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*dice ^ (*dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let share = (z ^ (z >> 31)) >> 32;
    let half = wait / 2;
    half + half.mul_f64(share as f64 / f64::from(u32::MAX))
}

#[cfg(test)]
#[path = "keeps_tests.rs"]
mod tests;
