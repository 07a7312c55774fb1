//! The addresses to keep connected: when to dial which.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use raptor_core::Role;
use tokio::time::Instant;

use crate::transport::AssociationId;

/// How long after the first failure an address is dialed again. Each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(50);

/// An address is dialed at least this often: a node that comes back is found within this time even if
/// it does not dial us.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// Whom to dial, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Aim {
    pub(super) address: SocketAddr,
    /// What both ends are to each other.
    pub(super) role: Role,
}

/// Every address that is to be kept connected.
pub(super) struct Keeps {
    by_aim: BTreeMap<Aim, Keep>,
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
            by_aim: BTreeMap::new(),
            dice: seed,
        }
    }

    /// Keeps one more address, from now on.
    pub(super) fn add(&mut self, aim: Aim, now: Instant) {
        self.by_aim.entry(aim).or_insert(Keep {
            state: State::Due(now),
            failures: 0,
        });
    }

    /// Keeps an address no longer; gives the association that holds it.
    pub(super) fn remove(&mut self, aim: Aim) -> Option<AssociationId> {
        match self.by_aim.remove(&aim)?.state {
            State::Held(association) => Some(association),
            State::Due(_) | State::Ourselves => None,
        }
    }

    /// Keeps none of a role any longer; gives the associations that hold them.
    pub(super) fn remove_all(&mut self, role: Role) -> Vec<AssociationId> {
        let aims = self.by_aim.keys().copied();
        let aims: Vec<_> = aims.filter(|aim| aim.role == role).collect();
        let held = aims.into_iter().filter_map(|aim| self.remove(aim));
        held.collect()
    }

    /// Whether an association leads to an address that is kept.
    pub(super) fn holds(&self, association: AssociationId) -> bool {
        let mut keeps = self.by_aim.values();
        keeps.any(|keep| keep.state == State::Held(association))
    }

    /// Keeps none of them any longer; gives the associations that hold them.
    pub(super) fn clear(&mut self) -> Vec<AssociationId> {
        let keeps = std::mem::take(&mut self.by_aim).into_values();
        let held = keeps.filter_map(|keep| match keep.state {
            State::Held(association) => Some(association),
            State::Due(_) | State::Ourselves => None,
        });
        held.collect()
    }

    /// The addresses to be dialed now.
    pub(super) fn due(&self, now: Instant) -> Vec<Aim> {
        let is_due = |keep: &Keep| matches!(keep.state, State::Due(at) if at <= now);
        let due = self.by_aim.iter().filter(|(_, keep)| is_due(keep));
        due.map(|(&aim, _)| aim).collect()
    }

    /// When the next one is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let due = self.by_aim.values().filter_map(|keep| match keep.state {
            State::Due(at) => Some(at),
            State::Held(_) | State::Ourselves => None,
        });
        due.min()
    }

    /// An association holds the address, or will.
    pub(super) fn on_held(&mut self, aim: Aim, association: AssociationId) {
        if let Some(keep) = self.by_aim.get_mut(&aim) {
            keep.state = State::Held(association);
        }
    }

    /// What one association held is held by another.
    pub(super) fn on_moved(&mut self, from: AssociationId, to: AssociationId) {
        for keep in self.by_aim.values_mut() {
            if keep.state == State::Held(from) {
                keep.state = State::Held(to);
            }
        }
    }

    /// The address leads to ourselves.
    pub(super) fn on_ourselves(&mut self, association: AssociationId) {
        for keep in self.by_aim.values_mut() {
            if keep.state == State::Held(association) {
                keep.state = State::Ourselves;
            }
        }
    }

    /// An association is over: what it held is to be dialed again.
    pub(super) fn on_over(&mut self, association: AssociationId, outcome: Outcome, now: Instant) {
        let Self { by_aim, dice } = self;
        for (aim, keep) in by_aim {
            if keep.state != State::Held(association) {
                continue;
            }
            let wait = match outcome {
                Outcome::WasUp => {
                    keep.failures = 0;
                    BACKOFF_MIN
                }
                // A leader that has not begun yet knows no key of its flight; it soon will.
                Outcome::Refused if matches!(aim.role, Role::Member(_)) => {
                    keep.failures += 1;
                    backoff(keep.failures)
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
