//! The record of a flight's attempts.

use std::collections::BTreeMap;

use crate::outcome::Ending;
use crate::outcome::Signal;
use crate::{AttemptId, FunctionIndex, MemberIndex, Moment};

/// One attempt, as the member that made it saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// The attempt.
    pub attempt: AttemptId,
    /// What it computed.
    pub function: FunctionIndex,
    /// Its process, if it got that far.
    pub pid: Option<u32>,
    /// When it was launched.
    pub launched: Moment,
    /// When its end was seen, and how it ended; none while it runs, or where nobody was left to say.
    pub end: Option<(Moment, AttemptOutcome)>,
}

/// How an attempt ended, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// It gave a value.
    Value,
    /// It failed.
    Fault,
    /// It was stopped because its result was no longer needed.
    Preempted {
        /// The signal that ended its process, if it had one and did not end by itself.
        signal: Option<Signal>,
    },
    /// It was stopped because the flight was ended without landing.
    Cancelled {
        /// The signal that ended its process, if it had one and did not end by itself.
        signal: Option<Signal>,
    },
}

/// Every attempt that a member knows of.
#[derive(Clone, Debug, Default)]
pub(super) struct Logbook {
    records: BTreeMap<AttemptId, AttemptRecord>,
}

impl Logbook {
    pub(super) fn on_launched(&mut self, now: Moment, attempt: AttemptId, function: FunctionIndex) {
        self.records.entry(attempt).or_insert(AttemptRecord {
            attempt,
            function,
            pid: None,
            launched: now,
            end: None,
        });
    }

    pub(super) fn on_started(&mut self, attempt: AttemptId, pid: u32) {
        if let Some(record) = self.records.get_mut(&attempt) {
            record.pid = Some(pid);
        }
    }

    pub(super) fn on_ended(&mut self, now: Moment, attempt: AttemptId, outcome: AttemptOutcome) {
        if let Some(record) = self.records.get_mut(&attempt) {
            record.end.get_or_insert((now, outcome));
        }
    }

    /// Takes a member's own log, which knows better than what was heard of it.
    pub(super) fn on_logged(&mut self, from: MemberIndex, records: Vec<AttemptRecord>) {
        let own = records
            .into_iter()
            .filter(|record| record.attempt.member == from);
        self.records
            .extend(own.map(|record| (record.attempt, record)));
    }

    /// What `member` did, in the order of its attempts.
    pub(super) fn of(&self, member: MemberIndex) -> Vec<AttemptRecord> {
        let own = self
            .records
            .values()
            .filter(|record| record.attempt.member == member);
        own.cloned().collect()
    }

    /// Everything, by the time of launch.
    pub(super) fn all(&self) -> Vec<AttemptRecord> {
        let mut all: Vec<_> = self.records.values().cloned().collect();
        all.sort_by_key(|record| (record.launched, record.attempt));
        all
    }
}

impl AttemptOutcome {
    /// How an attempt ended that the flight had not stopped.
    pub(super) fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Value(_) => Self::Value,
            Ending::Fault(_) => Self::Fault,
            Ending::Stopped { signal } => Self::Cancelled { signal: *signal },
        }
    }
}
