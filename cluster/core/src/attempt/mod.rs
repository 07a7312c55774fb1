//! One attempt: one process from the queue for a slot to the reaping of its remains.
//!
//! ```text
//! queued --Admitted--> launching --Launched--> running --Exited--> exited --Reaped--> gone
//!    |                     |                    |  ^                  ^
//!    | Refused, Preempted  | LaunchFailed       |  | timeout,         | Exited
//!    v                     v                    v  | Preempted, ...   |
//!   gone                  gone                 ending (climbs its ladder)
//! ```
//!
//! Whatever happens, each attempt reports one [`Ending`], gives its slot back if it asked for one,
//! and is over only when its process is reaped or was never there. The report comes as soon as the
//! exit is seen: peers need not wait for the reaping.
//!
//! The coordinator of the flight holds the PIDs, and preempts by sending the opening of the
//! [`Ladder`] itself; the attempt sends what remains.

mod command;
mod event;
mod ladder;
mod verdict;

use std::collections::VecDeque;
use std::time::Duration;

pub use command::Command;
pub use event::{Event, Output};
pub use ladder::{GRACE_DEFAULT, Ladder, Rung};
pub use verdict::{Exit, judge};

use crate::{Ending, Fault, FaultKind, Moment};
use ladder::Climb;

/// What an attempt is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long its process may run, from its launch; `None` if only the flight's end limits it.
    pub timeout: Option<Duration>,
    /// How many bytes its result may have.
    pub result_bytes_max: usize,
    /// How its process is ended.
    pub ladder: Ladder,
}

/// The machine of one attempt. It begins in the queue for a slot: the executor has asked for one.
#[derive(Debug)]
pub struct Attempt {
    terms: Terms,
    state: State,
    commands: VecDeque<Command>,
}

#[derive(Debug)]
enum State {
    /// Waits for a slot.
    Queued,
    /// Waits for its process; `is_unwanted` if it was preempted meanwhile.
    Launching { is_unwanted: bool },
    /// Its process runs, until the deadline if there is one.
    Running { deadline: Option<Moment> },
    /// Its process is being ended.
    Ending { cause: Cause, climb: Climb },
    /// Its process exited and was reported, but is not reaped.
    Exited,
    /// It has no process.
    Gone,
}

/// Why a process is being ended.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Preempted,
    TimedOut(Duration),
    Overflowed,
}

impl Attempt {
    /// An attempt whose executor has asked for a slot.
    pub const fn new(terms: Terms) -> Self {
        Self {
            terms,
            state: State::Queued,
            commands: VecDeque::new(),
        }
    }

    /// Takes one event. Drain the commands before the next.
    ///
    /// # Panics
    ///
    /// If the commands of the last event were not drained, or the event cannot happen in this
    /// state: both are bugs of the caller.
    pub fn handle(&mut self, now: Moment, event: Event) {
        assert!(
            self.commands.is_empty(),
            "drain the commands before the next event"
        );
        match event {
            Event::Admitted => self.on_admitted(),
            Event::Refused => self.on_refused(),
            Event::Launched { pid } => self.on_launched(now, pid),
            Event::LaunchFailed { why } => self.on_launch_failed(why),
            Event::ResultOverflowed => self.on_result_overflowed(now),
            Event::Preempted { opening_sent } => self.on_preempted(now, opening_sent),
            Event::Exited { exit, output } => self.on_exited(exit, output),
            Event::Lost { why } => self.on_lost(why),
            Event::Reaped => self.on_reaped(),
            Event::Tick => self.on_tick(now),
        }
    }

    /// What to do next, until `None`.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When to call [`Attempt::handle`] with [`Event::Tick`], if ever.
    pub fn poll_timeout(&self) -> Option<Moment> {
        match &self.state {
            State::Running { deadline } => *deadline,
            State::Ending { climb, .. } => climb.due(&self.terms.ladder),
            State::Queued | State::Launching { .. } | State::Exited | State::Gone => None,
        }
    }

    /// Whether it has reported and nothing of it is left.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    fn on_admitted(&mut self) {
        match self.state {
            State::Queued => {
                self.state = State::Launching { is_unwanted: false };
                self.commands.push_back(Command::Launch);
            }
            // It was preempted while the answer was on its way. The slot is back already.
            State::Gone => {}
            State::Launching { .. }
            | State::Running { .. }
            | State::Ending { .. }
            | State::Exited => panic!("an attempt is admitted once"),
        }
    }

    fn on_refused(&mut self) {
        match self.state {
            State::Queued => {
                self.state = State::Gone;
                self.report(Ending::Fault(FaultKind::Busy.into()));
            }
            State::Gone => {}
            State::Launching { .. }
            | State::Running { .. }
            | State::Ending { .. }
            | State::Exited => panic!("an attempt that was admitted is not refused"),
        }
    }

    fn on_launched(&mut self, now: Moment, pid: u32) {
        let State::Launching { is_unwanted } = self.state else {
            panic!("an attempt is launched once, when it said so");
        };
        // Also of one that is not wanted any more: the flight's record names every process.
        self.commands.push_back(Command::Announce { pid });
        if is_unwanted {
            return self.end(now, Cause::Preempted, false);
        }
        let deadline = self.terms.timeout.map(|timeout| now + timeout);
        self.state = State::Running { deadline };
    }

    fn on_launch_failed(&mut self, why: String) {
        let State::Launching { is_unwanted } = self.state else {
            panic!("only a launch that is under way can fail");
        };
        let ending = if is_unwanted {
            Ending::Stopped { signal: None }
        } else {
            Ending::Fault(FaultKind::NotStarted(why).into())
        };
        self.finish(ending, State::Gone);
    }

    fn on_result_overflowed(&mut self, now: Moment) {
        match self.state {
            State::Running { .. } => self.end(now, Cause::Overflowed, false),
            // It is being ended, or the last bytes came after the exit.
            State::Ending { .. } | State::Exited | State::Gone => {}
            State::Queued | State::Launching { .. } => panic!("only a process gives a result"),
        }
    }

    fn on_preempted(&mut self, now: Moment, opening_sent: bool) {
        match &mut self.state {
            State::Queued => self.finish(Ending::Stopped { signal: None }, State::Gone),
            State::Launching { is_unwanted } => *is_unwanted = true,
            State::Running { .. } => self.end(now, Cause::Preempted, opening_sent),
            // The climb that is under way goes on; only what is reported changes.
            State::Ending { cause, .. } => *cause = Cause::Preempted,
            // The report and the preemption have crossed.
            State::Exited | State::Gone => {}
        }
    }

    fn on_exited(&mut self, exit: Exit, output: Output) {
        let bytes_max = self.terms.result_bytes_max;
        let kind = match &self.state {
            State::Running { .. } => match judge(exit, &output.result, bytes_max) {
                Ok(value) => return self.finish_process(Ending::Value(value)),
                Err(kind) => kind,
            },
            State::Ending { cause, .. } => match cause {
                Cause::Preempted => {
                    let signal = exit.of_ours();
                    return self.finish_process(Ending::Stopped { signal });
                }
                Cause::TimedOut(timeout) => FaultKind::TimedOut(*timeout),
                Cause::Overflowed => FaultKind::Oversized { bytes_max },
            },
            State::Queued | State::Launching { .. } | State::Exited | State::Gone => {
                panic!("only a running process exits, once")
            }
        };
        self.finish_process(Ending::Fault(Fault::new(kind, output.log)));
    }

    fn on_lost(&mut self, why: String) {
        let ending = match &self.state {
            State::Running { .. } | State::Launching { is_unwanted: false } => {
                Ending::Fault(FaultKind::Lost(why).into())
            }
            State::Launching { is_unwanted: true } => Ending::Stopped { signal: None },
            State::Ending { cause, .. } => match cause {
                Cause::Preempted => Ending::Stopped { signal: None },
                Cause::TimedOut(_) | Cause::Overflowed => {
                    Ending::Fault(FaultKind::Lost(why).into())
                }
            },
            // It is reported: there is nothing left to reap.
            State::Exited => return self.state = State::Gone,
            State::Queued | State::Gone => panic!("there is no process to lose"),
        };
        self.finish(ending, State::Gone);
    }

    fn on_reaped(&mut self) {
        assert!(
            matches!(self.state, State::Exited),
            "a process is reaped after its exit was seen"
        );
        self.state = State::Gone;
    }

    fn on_tick(&mut self, now: Moment) {
        match (&self.state, self.terms.timeout) {
            (State::Running { deadline }, Some(timeout))
                if deadline.is_some_and(|at| now >= at) =>
            {
                self.end(now, Cause::TimedOut(timeout), false);
            }
            (State::Ending { .. }, _) => self.climb(now),
            // An early or a late tick.
            (
                State::Queued
                | State::Launching { .. }
                | State::Running { .. }
                | State::Exited
                | State::Gone,
                _,
            ) => {}
        }
    }

    /// Starts up the ladder.
    fn end(&mut self, now: Moment, cause: Cause, opening_sent: bool) {
        let climb = Climb::begin(&self.terms.ladder, now, opening_sent);
        self.state = State::Ending { cause, climb };
        self.climb(now);
    }

    /// Sends all that is due.
    fn climb(&mut self, now: Moment) {
        if let State::Ending { climb, .. } = &mut self.state {
            while let Some(signal) = climb.step(&self.terms.ladder, now) {
                self.commands.push_back(Command::Signal(signal));
            }
        }
    }

    fn finish_process(&mut self, ending: Ending) {
        self.finish(ending, State::Exited);
        self.commands.push_back(Command::Reap);
    }

    fn finish(&mut self, ending: Ending, state: State) {
        self.state = state;
        self.report(ending);
        self.commands.push_back(Command::Release);
    }

    fn report(&mut self, ending: Ending) {
        self.commands.push_back(Command::Report(ending));
    }
}

#[cfg(test)]
mod tests;
