//! Processes: they start, take their time, and end as they will, or a little after they should.

use std::time::Duration;

use raptor_core::flight::AttemptOutcome;
use raptor_core::manifest::Function;
use raptor_core::{AttemptId, Digest, Ending, Fault, FaultKind, FunctionIndex, Signal, Value};

use crate::plan::{Values, Work};
use crate::prng::Prng;

/// One attempt as it really goes.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) function: FunctionIndex,
    pub(crate) inputs: Vec<Digest>,
    pub(crate) state: RunState,
    /// When its process starts, if it does.
    pub(crate) starts: Option<u64>,
    /// When and how it ends, as things stand.
    pub(crate) ends: u64,
    pub(crate) ending: Ending,
    /// Counts how often its end was ordered.
    pub(crate) order: u32,
    /// Whether its end was seen.
    pub(crate) is_over: bool,
}

/// How far an attempt is, in the eyes of who launched it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// Under way.
    Live,
    /// Told to stop, and perhaps ended since: never to be believed.
    Preempted,
    /// Ended by itself: what it gave counts.
    Ended,
    /// Its node was killed.
    Killed,
}

/// Of a thousand preempted processes, so many give a value before the signal takes effect; and so
/// many fail because of it.
const RACES_PER_MILLE: u64 = 150;

impl Run {
    /// An attempt that is launched now, with all that is to become of it.
    pub(crate) fn launch(
        now: u64,
        prng: &mut Prng,
        work: &Work,
        attempt: AttemptId,
        (function, terms): (FunctionIndex, &Function),
        inputs: Vec<Digest>,
    ) -> Self {
        let starts = now + prng.between(0, work.launch_max);
        let service = work.services[function.at()].draw(prng);
        let limit = terms.timeout.map_or(u64::MAX, micros);
        let (length, ending) = if prng.chance(work.fault_per_mille) {
            fault(prng, service.min(limit))
        } else if service > limit {
            let kind = FaultKind::TimedOut(Duration::from_micros(limit));
            (limit, Ending::Fault(kind.into()))
        } else {
            let value = value(work.values[function.at()], attempt, function, &inputs);
            (service, Ending::Value(value))
        };
        let is_started = !matches!(&ending, Ending::Fault(fault) if is_stillborn(fault));
        Self {
            function,
            inputs,
            state: RunState::Live,
            starts: is_started.then_some(starts),
            ends: starts + length,
            ending,
            order: 0,
            is_over: false,
        }
    }

    /// Orders its end: it comes soon, and mostly but not always without a value.
    pub(crate) fn preempt(&mut self, now: u64, prng: &mut Prng, work: &Work) {
        self.state = RunState::Preempted;
        self.order += 1;
        let stops = now + prng.between(0, work.stop_max);
        if self.ends <= stops {
            return;
        }
        self.ends = stops;
        let is_running = self.starts.is_some_and(|starts| starts <= now);
        if prng.chance(1_000 - 2 * RACES_PER_MILLE) || !is_running {
            let signal = is_running.then_some(Signal::Terminate);
            self.ending = Ending::Stopped { signal };
        } else if prng.chance(500) {
            self.ending = Ending::Fault(FaultKind::Exited(143).into());
        }
    }

    /// What it gave, if that is a value that counts.
    pub(crate) fn believed_value(&self) -> Option<&Value> {
        match (&self.state, &self.ending) {
            (RunState::Ended, Ending::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// Whether it ended so, as its member sees it; or is not known to have ended, where it may not.
    pub(crate) fn has_ended_as(&self, end: Option<AttemptOutcome>, may_run: bool) -> bool {
        match (end, self.state) {
            (None, _) => may_run && !self.is_over,
            (Some(AttemptOutcome::Value), RunState::Ended) => self.believed_value().is_some(),
            (Some(AttemptOutcome::Fault), RunState::Ended) => {
                matches!(self.ending, Ending::Fault(_))
            }
            // An executor that stopped an attempt unasked.
            (Some(AttemptOutcome::Cancelled { signal }), RunState::Ended) => {
                self.ending == Ending::Stopped { signal }
            }
            (
                Some(AttemptOutcome::Preempted { .. } | AttemptOutcome::Cancelled { .. }),
                RunState::Preempted,
            ) => self.is_over,
            (
                Some(_),
                RunState::Live | RunState::Killed | RunState::Ended | RunState::Preempted,
            ) => false,
        }
    }

    /// Whether it ended by itself, without a value.
    pub(crate) fn has_failed(&self) -> bool {
        self.state == RunState::Ended && !matches!(self.ending, Ending::Value(_))
    }
}

/// How an attempt fails that would have taken `service`: at once, at its end, or somewhere between.
fn fault(prng: &mut Prng, service: u64) -> (u64, Ending) {
    let length = prng.between(1, service);
    let kind = match prng.below(6) {
        0 => {
            return (
                1,
                Ending::Fault(FaultKind::NotStarted("no such file".into()).into()),
            );
        }
        1 => return (0, Ending::Fault(FaultKind::Busy.into())),
        2 => return (length, Ending::Stopped { signal: None }),
        3 => FaultKind::Signalled(11),
        4 => FaultKind::Application(Value::new(r#"{"error":"no"}"#)),
        _ => FaultKind::Exited(1),
    };
    (length, Ending::Fault(Fault::new(kind, "Traceback")))
}

/// Whether a fault means that there never was a process.
fn is_stillborn(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::NotStarted(_) | FaultKind::Busy)
}

fn value(values: Values, attempt: AttemptId, function: FunctionIndex, inputs: &[Digest]) -> Value {
    let body = match values {
        Values::Fresh => format!(r#"{{"of":{},"by":"{attempt}"}}"#, function.0),
        Values::Determined => format!(r#"{{"of":{},"from":"{inputs:?}"}}"#, function.0),
        Values::Constant => format!(r#"{{"of":{}}}"#, function.0),
    };
    Value::new(body)
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}
