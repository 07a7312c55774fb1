//! The signals that end a process group, and when each is due.

use std::time::Duration;

use crate::{Moment, Signal};

/// Enough for a handler that removes its files; a straggler that catches SIGTERM costs no more.
pub const GRACE_DEFAULT: Duration = Duration::from_millis(20);

/// One step of a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// What is sent to the process group.
    pub signal: Signal,
    /// How long after the first step.
    pub after: Duration,
}

/// The signals that end a process group, ever less kind (`ARCHITECTURE.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    rungs: Vec<Rung>,
}

impl Ladder {
    /// SIGTERM; SIGCONT, for a stopped process does not see a SIGTERM; after `grace`, SIGKILL.
    ///
    /// With no grace at all it is SIGKILL alone.
    pub fn with_grace(grace: Duration) -> Self {
        let rung = |signal, after| Rung { signal, after };
        let kill = rung(Signal::Kill, grace);
        if grace.is_zero() {
            return Self { rungs: vec![kill] };
        }
        let opening = [Signal::Terminate, Signal::Continue].map(|s| rung(s, Duration::ZERO));
        Self {
            rungs: opening.into_iter().chain([kill]).collect(),
        }
    }

    /// Its steps, in order.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// What is sent at once: a coordinator that knows the PID sends this itself.
    pub fn opening(&self) -> impl Iterator<Item = Signal> {
        let due = self.rungs.iter().take_while(|rung| rung.after.is_zero());
        due.map(|rung| rung.signal)
    }
}

impl Default for Ladder {
    /// The ladder with a grace of [`GRACE_DEFAULT`].
    fn default() -> Self {
        Self::with_grace(GRACE_DEFAULT)
    }
}

/// How far up its ladder an attempt is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Climb {
    begun: Moment,
    next: usize,
}

impl Climb {
    /// A climb that begins now, at the first step or, if that was sent, behind the opening.
    pub(super) fn begin(ladder: &Ladder, now: Moment, opening_sent: bool) -> Self {
        let sent = if opening_sent {
            ladder.opening().count()
        } else {
            0
        };
        Self {
            begun: now,
            next: sent,
        }
    }

    /// When the next step is due, if there is one.
    pub(super) fn due(&self, ladder: &Ladder) -> Option<Moment> {
        let rung = ladder.rungs.get(self.next)?;
        Some(self.begun + rung.after)
    }

    /// Takes the next step if it is due.
    pub(super) fn step(&mut self, ladder: &Ladder, now: Moment) -> Option<Signal> {
        let rung = ladder.rungs.get(self.next)?;
        if now < self.begun + rung.after {
            return None;
        }
        self.next += 1;
        Some(rung.signal)
    }
}
