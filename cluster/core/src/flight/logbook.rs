//! The record of a flight's attempts.

use std::collections::BTreeMap;

use crate::log::{self, FOLLOWER_LOG_BYTES_MAX, MEMBER_LOG_BYTES_MAX};
use crate::outcome::Ending;
use crate::outcome::Signal;
use crate::{AttemptId, FunctionIndex, LogLine, MemberIndex, Moment};

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
    /// When its process ran, if it got that far: before, it waited for a slot of its node.
    pub started: Option<Moment>,
    /// When its end was seen, and how it ended; none while it runs, or where nobody was left to say.
    pub end: Option<(Moment, AttemptOutcome)>,
    /// What its function wrote, if it ended by itself.
    pub log: Vec<LogLine>,
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
            started: None,
            end: None,
            log: Vec::new(),
        });
    }

    pub(super) fn on_started(&mut self, now: Moment, attempt: AttemptId, pid: u32) {
        if let Some(record) = self.records.get_mut(&attempt) {
            record.pid = Some(pid);
            record.started.get_or_insert(now);
        }
    }

    pub(super) fn on_ended(&mut self, now: Moment, attempt: AttemptId, outcome: AttemptOutcome) {
        if let Some(record) = self.records.get_mut(&attempt) {
            record.end.get_or_insert((now, outcome));
            match outcome {
                AttemptOutcome::Value | AttemptOutcome::Fault => {}
                AttemptOutcome::Preempted { .. } | AttemptOutcome::Cancelled { .. } => {
                    record.log.clear();
                }
            }
        }
    }

    /// Takes what an attempt of this member's own wrote.
    pub(super) fn on_wrote(&mut self, attempt: AttemptId, mut log: Vec<LogLine>) {
        let kept = self.log_bytes(|member| member == attempt.member);
        if let Some(record) = self.records.get_mut(&attempt) {
            log::cut(&mut log, MEMBER_LOG_BYTES_MAX.saturating_sub(kept));
            record.log = log;
        }
    }

    /// Takes a member's own log, which knows better than what was heard of it.
    pub(super) fn on_logged(&mut self, from: MemberIndex, records: Vec<AttemptRecord>) {
        let kept = self.log_bytes(|member| !member.leads() && member != from);
        let mut room = FOLLOWER_LOG_BYTES_MAX.saturating_sub(kept);
        for mut record in records {
            if record.attempt.member == from {
                log::cut(&mut record.log, room);
                room = room.saturating_sub(log::bytes(&record.log));
                self.records.insert(record.attempt, record);
            }
        }
    }

    /// How many bytes the logs of these members take.
    fn log_bytes(&self, is_meant: impl Fn(MemberIndex) -> bool) -> usize {
        let meant = self.records.values();
        let meant = meant.filter(|record| is_meant(record.attempt.member));
        meant.map(|record| log::bytes(&record.log)).sum()
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
