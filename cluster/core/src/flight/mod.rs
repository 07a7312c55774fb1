//! One flight as one member sees it.
//!
//! The contract: every [`Flight::handle`] is followed by a drain of [`Flight::poll_command`] until
//! it is `None`, before the next event; then [`Flight::poll_timeout`] says when a [`Event::Tick`]
//! is due. A flight begins with [`Event::Begin`], settles once, and ends with [`Command::Close`].
//!
//! Source: `Raptor: Distributed Scheduling for Serverless Functions`, arXiv 2403.16457; what goes
//! beyond it (sealing, recruits, retries) is described in `ARCHITECTURE.md`.

mod charter;
mod closing;
mod command;
mod event;
mod hearing;
mod launching;
mod logbook;
mod notice;
mod progress;
mod report;
mod roster;

#[cfg(test)]
mod tests;

pub use charter::{Charter, Policy, rotation};
pub use command::{Audience, Command, Verdict};
pub use event::Event;
pub use logbook::{AttemptOutcome, AttemptRecord};
pub use notice::{Notice, PreemptCause, Settlement};
pub use progress::Progress;
pub use report::{Finding, Outcome, Report};
pub use roster::Standing;

use std::collections::{BTreeMap, VecDeque};

use crate::{AttemptId, Digest, FunctionIndex, MemberIndex, Moment};

use closing::Closing;
use logbook::Logbook;
use roster::Roster;

/// The state machine of one member in one flight.
#[derive(Clone, Debug)]
pub struct Flight {
    charter: Charter,
    phase: Phase,
    progress: Progress,
    roster: Roster,
    /// What runs here, by attempt.
    live: BTreeMap<AttemptId, Live>,
    /// What was told to stop and has not ended: never believed.
    stopping: BTreeMap<AttemptId, Stopping>,
    launches: u32,
    logbook: Logbook,
    began: Moment,
    now: Moment,
    commands: VecDeque<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// Before [`Event::Begin`].
    Waiting,
    /// Under way.
    Flying,
    /// Decided, but still learning and logging: members that go deaf at once would end with
    /// different values, and the record would miss the stragglers' ends.
    Settled(Closing),
    /// Over.
    Closed,
}

/// An attempt under way.
#[derive(Clone, Debug)]
struct Live {
    function: FunctionIndex,
    inputs: Vec<Digest>,
    launched: Moment,
}

/// An attempt told to stop.
#[derive(Clone, Debug)]
struct Stopping {
    live: Live,
    since: Moment,
    cause: PreemptCause,
}

impl Flight {
    /// A member's part of a flight, before it begins.
    pub fn new(charter: Charter) -> Self {
        assert!(
            charter.me.0 < charter.size,
            "a member is one of its flight's members"
        );
        assert!(
            charter.slots > 0,
            "a member without a slot would never run anything"
        );
        Self {
            progress: Progress::new(charter.manifest.len()),
            roster: Roster::new(charter.me, charter.size),
            charter,
            phase: Phase::Waiting,
            live: BTreeMap::new(),
            stopping: BTreeMap::new(),
            launches: 0,
            logbook: Logbook::default(),
            began: Moment::default(),
            now: Moment::default(),
            commands: VecDeque::new(),
        }
    }

    /// Takes one event. What it causes waits in [`Flight::poll_command`].
    pub fn handle(&mut self, now: Moment, event: Event) {
        assert!(
            self.commands.is_empty(),
            "drain the commands before the next event"
        );
        self.now = now;
        match &self.phase {
            Phase::Waiting => self.on_begin(event),
            Phase::Flying => {
                self.on_event(event);
                self.advance();
            }
            Phase::Settled(_) => {
                self.on_event(event);
                self.conclude();
            }
            Phase::Closed => {}
        }
    }

    /// What to do next, until `None`.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When to come with [`Event::Tick`], if ever.
    pub fn poll_timeout(&self) -> Option<Moment> {
        match &self.phase {
            Phase::Waiting | Phase::Closed => None,
            Phase::Flying if self.leads() && self.roster.awaits_recruits() => {
                Some(self.charter.deadline.min(self.recruits_until()))
            }
            Phase::Flying => Some(self.charter.deadline),
            Phase::Settled(closing) => Some(closing.until()),
        }
    }

    /// The terms that it was made with.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// What this member knows of every function.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// How a member stands, as this one sees it.
    pub fn standing(&self, member: MemberIndex) -> Standing {
        self.roster.standing(member)
    }

    /// The attempts under way here that have not been preempted, with their functions.
    pub fn live(&self) -> impl Iterator<Item = (AttemptId, FunctionIndex)> {
        self.live
            .iter()
            .map(|(attempt, live)| (*attempt, live.function))
    }

    /// Whether the flight is decided.
    pub fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Settled(_) | Phase::Closed)
    }

    fn leads(&self) -> bool {
        self.charter.me.leads()
    }

    fn recruits_until(&self) -> Moment {
        self.began + self.charter.join_timeout
    }

    fn push(&mut self, command: Command) {
        self.commands.push_back(command);
    }

    fn notice(&mut self, notice: Notice) {
        self.push(Command::Notice(notice));
    }

    fn on_begin(&mut self, event: Event) {
        assert_eq!(event, Event::Begin, "a flight begins with its beginning");
        self.phase = Phase::Flying;
        self.began = self.now;
        if self.leads() {
            for member in 1..self.charter.size {
                self.push(Command::Recruit {
                    member: MemberIndex(member),
                });
            }
        } else {
            self.push(Command::Join { to: Audience::All });
        }
        self.advance();
    }

    /// Does all that what is known now calls for. Called after every event, it asks the state and
    /// not the event, so that no order of events can make it forget something.
    fn advance(&mut self) {
        if self.is_settled() {
            return self.conclude();
        }
        self.seal();
        self.preempt_void();
        match self.verdict() {
            Some(verdict) => self.settle(verdict),
            None => self.launch(),
        }
    }

    /// The leader makes the first value that it can accept of each function final.
    fn seal(&mut self) {
        while self.leads()
            && let Some((function, attempt, digest)) =
                self.progress.sealable(&self.charter.manifest)
        {
            self.progress
                .seal(&self.charter.manifest, function, attempt, digest);
            let report = Report::Sealed {
                function,
                attempt,
                digest,
            };
            self.push(Command::Report {
                to: Audience::All,
                report,
            });
            self.notice(Notice::Sealed { function, attempt });
        }
    }

    /// Preempts what computes a value that is known, or computes from a value that lost.
    fn preempt_void(&mut self) {
        let manifest = &self.charter.manifest;
        let cause = |live: &Live| {
            if self.progress.is_known(live.function) {
                Some(PreemptCause::Straggler)
            } else if self
                .progress
                .has_lost(manifest, live.function, &live.inputs)
            {
                Some(PreemptCause::LostInput)
            } else {
                None
            }
        };
        let void: Vec<_> = (self.live.iter())
            .filter_map(|(attempt, live)| Some((*attempt, cause(live)?)))
            .collect();
        for (attempt, cause) in void {
            self.preempt(attempt, cause);
        }
    }

    fn preempt(&mut self, attempt: AttemptId, cause: PreemptCause) {
        let live = self
            .live
            .remove(&attempt)
            .expect("only what is live is preempted");
        let function = live.function;
        let since = self.now;
        self.stopping
            .insert(attempt, Stopping { live, since, cause });
        self.push(Command::Preempt { attempt });
        self.notice(Notice::Preempted {
            attempt,
            function,
            cause,
        });
    }

    fn verdict(&self) -> Option<Verdict> {
        if self.progress.is_all_sealed() {
            let sinks = self.charter.manifest.sinks();
            let value = |sink: &FunctionIndex| Some((*sink, self.progress.value(*sink)?.clone()));
            return Some(Verdict::Landed {
                values: sinks.iter().filter_map(value).collect(),
            });
        }
        if let Some(function) = self.hopeless() {
            let faults = self.progress.faults(function);
            let faults = faults
                .map(|(attempt, fault)| (attempt, fault.clone()))
                .collect();
            return Some(Verdict::Failed { function, faults });
        }
        (self.now >= self.charter.deadline).then_some(Verdict::TimedOut)
    }

    /// A function that nobody is left to try. Only the leader judges, and only of what has its
    /// final inputs: a fault that came of others will not count.
    fn hopeless(&self) -> Option<FunctionIndex> {
        if !self.leads() {
            return None;
        }
        let manifest = &self.charter.manifest;
        let functions = manifest.order().iter().copied();
        functions
            .filter(|function| !self.progress.is_known(*function))
            .filter(|function| self.progress.is_ready(manifest, *function))
            .filter(|function| self.progress.faults(*function).len() > 0)
            .find(|function| self.is_given_up_by_all(*function))
    }

    fn settle(&mut self, verdict: Verdict) {
        let live: Vec<_> = self.live.keys().copied().collect();
        for attempt in live {
            self.preempt(attempt, PreemptCause::Settled);
        }
        let how = Settlement::of(&verdict);
        self.phase = Phase::Settled(Closing::new(how, self.closing_until()));
        if self.leads() && how != Settlement::Landed {
            self.push(Command::Report {
                to: Audience::All,
                report: Report::Ended,
            });
        }
        let took = self.now.since(self.began);
        self.push(Command::Settle(verdict));
        self.notice(Notice::Settled { how, took });
        self.conclude();
    }
}

impl Settlement {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Landed { .. } => Self::Landed,
            Verdict::Failed { .. } => Self::Failed,
            Verdict::TimedOut => Self::TimedOut,
            Verdict::Cancelled => Self::Cancelled,
            Verdict::Abandoned => Self::Abandoned,
        }
    }
}
