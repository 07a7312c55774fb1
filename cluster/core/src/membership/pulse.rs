//! The time that a node was awake.

use std::time::Duration;

use crate::Moment;

/// A timer that rings later than this was kept from its processor: the system gives others time in
/// slices of a few milliseconds, so that less says nothing.
const LATE_MAX: Duration = Duration::from_millis(50);

/// A clock that stands still while its node is starved.
///
/// What a node did not hear because it did not run says nothing of its peers. One that was stopped
/// for seconds finds all its deadlines passed at once: it would suspect everyone, and tell everyone
/// (Dadgar, Phillips, Currey: Lifeguard, 2018). So time in which it should have done something and
/// did not does not count; and when it wakes, it first has the time to read what has come.
#[derive(Debug)]
pub(super) struct Pulse {
    asleep: Duration,
    grace: Duration,
    /// Whoever is late all the time must come to a verdict too: grace is given this rarely.
    grace_interval: Duration,
    graced: Option<Moment>,
}

impl Pulse {
    pub(super) const fn new(grace: Duration, grace_interval: Duration) -> Self {
        Self {
            asleep: Duration::ZERO,
            grace,
            grace_interval,
            graced: None,
        }
    }

    /// The time awake at a moment.
    pub(super) fn awake(&self, now: Moment) -> Moment {
        Moment::default() + now.since(Moment::default() + self.asleep)
    }

    /// The moment of a time awake, unless the node starves before.
    pub(super) fn moment(&self, awake: Moment) -> Moment {
        awake + self.asleep
    }

    /// Something is done now that was due; says for how long the node starved, if it did.
    pub(super) fn beat(&mut self, now: Moment, due: Option<Moment>) -> Option<Duration> {
        let late = due.map_or(Duration::ZERO, |due| now.since(due));
        if late <= LATE_MAX {
            return None;
        }
        self.asleep += late;
        let recent = |graced: Moment| now.since(graced) < self.grace_interval;
        if !self.graced.is_some_and(recent) {
            self.graced = Some(now);
            self.asleep += self.grace;
        }
        Some(late)
    }
}

#[cfg(test)]
#[path = "pulse_tests.rs"]
mod tests;
