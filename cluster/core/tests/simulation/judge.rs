//! A second opinion on failure: the rules, applied to what the leader was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use raptor_core::flight::{Event, Finding, Outcome, Policy, Report, Verdict};
use raptor_core::manifest::Manifest;
use raptor_core::{AttemptId, Ending, FunctionIndex, MemberIndex};

use crate::executor::RunState;
use crate::invariant::{Invariant, Violation};
use crate::ledger::Ledger;

/// Who is there to try, and what has failed, by all that the leader was ever told.
#[derive(Debug)]
pub(crate) struct Judge {
    manifest: Arc<Manifest>,
    policy: Policy,
    joins_until: u64,
    awaited: BTreeSet<MemberIndex>,
    up: BTreeSet<MemberIndex>,
    told: BTreeMap<AttemptId, Finding>,
}

impl Judge {
    pub(crate) fn new(manifest: &Arc<Manifest>, policy: Policy, join_timeout: u64) -> Self {
        Self {
            manifest: Arc::clone(manifest),
            policy,
            joins_until: join_timeout,
            awaited: (1..manifest.flight_size()).map(MemberIndex).collect(),
            up: BTreeSet::from([MemberIndex::LEADER]),
            told: BTreeMap::new(),
        }
    }

    /// The leader, which has not settled, is told something.
    pub(crate) fn on_event(&mut self, now: u64, event: &Event, ledger: &Ledger) {
        match event {
            Event::PeerJoined { member } => {
                self.awaited.remove(member);
                self.up.insert(*member);
            }
            Event::PeerRefused { member } | Event::PeerLost { member } => self.on_out(*member),
            Event::PeerReported { from, report } => self.on_report(*from, report),
            Event::Welcomed { from, reports } => {
                reports
                    .iter()
                    .for_each(|report| self.on_report(*from, report));
            }
            Event::AttemptEnded { attempt, ending } => self.on_ended(*attempt, ending, ledger),
            Event::Tick if now >= self.joins_until => self.awaited.clear(),
            Event::Begin
            | Event::PeerReachable { .. }
            | Event::AttemptStarted { .. }
            | Event::AttemptWrote { .. }
            | Event::Cancelled
            | Event::Tick => {}
        }
    }

    fn on_report(&mut self, from: MemberIndex, report: &Report) {
        match report {
            Report::Finished(finding) => {
                self.told.insert(finding.attempt, finding.clone());
            }
            Report::Ended => self.on_out(from),
            Report::Started { .. }
            | Report::Sealed { .. }
            | Report::Out { .. }
            | Report::Logged(_)
            | Report::Closed => {}
        }
    }

    fn on_out(&mut self, member: MemberIndex) {
        self.awaited.remove(&member);
        self.up.remove(&member);
    }

    fn on_ended(&mut self, attempt: AttemptId, ending: &Ending, ledger: &Ledger) {
        let run = &ledger.runs[&attempt];
        if run.state != RunState::Ended {
            return;
        }
        let outcome = match ending {
            Ending::Value(value) => Outcome::Value(value.clone()),
            Ending::Fault(fault) => Outcome::Fault(fault.clone()),
            Ending::Stopped { .. } => {
                Outcome::Fault(raptor_core::FaultKind::Lost(String::new()).into())
            }
        };
        let finding = Finding {
            attempt,
            function: run.function,
            inputs: run.inputs.clone(),
            outcome,
        };
        self.told.insert(attempt, finding);
    }

    /// The leader has settled on this, or on nothing yet.
    pub(crate) fn check(
        &self,
        verdict: Option<&Verdict>,
        ledger: &Ledger,
    ) -> Result<(), Violation> {
        let mut hopeless = self
            .manifest
            .indices()
            .filter(|f| self.is_hopeless(*f, ledger));
        match verdict {
            None => {
                let function = hopeless.next();
                Invariant::FailuresFollowTheRules.check(function.is_none(), || {
                    format!("nobody is left to try {function:?}, and the leader flies on")
                })
            }
            Some(Verdict::Failed { function, faults }) => {
                let told = self
                    .faults(*function, ledger)
                    .map(|finding| finding.attempt);
                let complete = told.eq(faults.iter().map(|(attempt, _)| *attempt));
                Invariant::FailuresFollowTheRules
                    .check(complete && self.is_hopeless(*function, ledger), || {
                        format!("{function:?} is given up after {faults:?}")
                    })
            }
            Some(
                Verdict::Landed { .. }
                | Verdict::TimedOut
                | Verdict::Cancelled
                | Verdict::Abandoned,
            ) => Ok(()),
        }
    }

    /// Whether nobody is left who may try the function, and it has failed.
    fn is_hopeless(&self, function: FunctionIndex, ledger: &Ledger) -> bool {
        let needs = &self.manifest.function(function).depends;
        if needs.iter().any(|need| ledger.sealed(*need).is_none())
            || self.faults(function, ledger).next().is_none()
            || self.is_known(function, ledger)
        {
            return false;
        }
        match self.lone_runner(function) {
            Some(runner) => self.is_exhausted(runner, function, ledger),
            None => {
                let mut up = self.up.iter();
                self.awaited.is_empty() && up.all(|m| self.is_exhausted(*m, function, ledger))
            }
        }
    }

    fn is_known(&self, function: FunctionIndex, ledger: &Ledger) -> bool {
        let is_value = |finding: &Finding| matches!(finding.outcome, Outcome::Value(_));
        ledger.sealed(function).is_some() || self.valid(function, ledger).any(is_value)
    }

    fn faults(&self, function: FunctionIndex, ledger: &Ledger) -> impl Iterator<Item = &Finding> {
        let is_fault = |finding: &&Finding| matches!(finding.outcome, Outcome::Fault(_));
        self.valid(function, ledger).filter(is_fault)
    }

    /// What was told of the function and was not computed from values that lost.
    fn valid(&self, function: FunctionIndex, ledger: &Ledger) -> impl Iterator<Item = &Finding> {
        let needs = &self.manifest.function(function).depends;
        let stands = |finding: &&Finding| {
            std::iter::zip(needs, &finding.inputs)
                .all(|(need, used)| ledger.sealed(*need).is_none_or(|sealed| sealed == *used))
        };
        let told = self
            .told
            .values()
            .filter(move |finding| finding.function == function);
        told.filter(stands).collect::<Vec<_>>().into_iter()
    }

    fn lone_runner(&self, function: FunctionIndex) -> Option<MemberIndex> {
        if !self.manifest.function(function).idempotent {
            return Some(MemberIndex::LEADER);
        }
        match self.policy {
            Policy::Flight => None,
            Policy::ForkJoin => {
                let size = self.manifest.flight_size();
                let turns = (0..size).map(|step| MemberIndex((function.0 + step) % size));
                let mut there = turns.filter(|m| self.up.contains(m) || self.awaited.contains(m));
                there.next()
            }
        }
    }

    fn is_exhausted(&self, member: MemberIndex, function: FunctionIndex, ledger: &Ledger) -> bool {
        let terms = self.manifest.function(function);
        let tries = if terms.idempotent {
            terms.retries + 1
        } else {
            1
        };
        let faults = self.faults(function, ledger);
        faults
            .filter(|finding| finding.attempt.member == member)
            .count()
            >= tries as usize
    }
}
