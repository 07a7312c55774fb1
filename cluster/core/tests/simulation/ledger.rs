//! What really happened, as nobody in the flight can see it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use raptor_core::flight::{
    AttemptRecord, Audience, Finding, Outcome, Policy, Progress, Report, Verdict,
};
use raptor_core::manifest::Manifest;
use raptor_core::{AttemptId, Digest, FunctionIndex, MemberIndex, Value};

use crate::executor::{Run, RunState};
use crate::invariant::{Invariant, Violation};

/// The true record of a flight.
#[derive(Debug)]
pub(crate) struct Ledger {
    manifest: Arc<Manifest>,
    policy: Policy,
    slots: usize,
    pub(crate) runs: BTreeMap<AttemptId, Run>,
    /// By member: what runs there and has not been preempted.
    live: Vec<BTreeSet<AttemptId>>,
    /// Every value that an attempt gave of which the end was believed.
    believed: BTreeSet<(FunctionIndex, Digest)>,
    seals: Vec<Option<Seal>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seal {
    attempt: AttemptId,
    digest: Digest,
}

impl Ledger {
    pub(crate) fn new(manifest: &Arc<Manifest>, policy: Policy, slots: u16) -> Self {
        Self {
            manifest: Arc::clone(manifest),
            policy,
            slots: usize::from(slots),
            runs: BTreeMap::new(),
            live: vec![BTreeSet::new(); usize::from(manifest.flight_size())],
            believed: BTreeSet::new(),
            seals: vec![None; manifest.len()],
        }
    }

    /// The digest of a function's final value.
    pub(crate) fn sealed(&self, function: FunctionIndex) -> Option<Digest> {
        self.seals[function.at()].map(|seal| seal.digest)
    }

    /// What is final of every function.
    pub(crate) fn sealed_digests(&self) -> impl Iterator<Item = (FunctionIndex, Option<Digest>)> {
        let indices = self.manifest.indices();
        indices.map(|function| (function, self.sealed(function)))
    }

    /// What runs on a member and has not been preempted.
    pub(crate) fn live(&self, member: MemberIndex) -> impl Iterator<Item = (AttemptId, &Run)> {
        let live = self.live[member.at()].iter();
        live.map(|attempt| (*attempt, &self.runs[attempt]))
    }

    /// Every attempt at a function.
    pub(crate) fn tries(&self, function: FunctionIndex) -> impl Iterator<Item = (AttemptId, &Run)> {
        let runs = self.runs.iter();
        runs.map(|(attempt, run)| (*attempt, run))
            .filter(move |(_, run)| run.function == function)
    }

    /// The values that a member had found by then of functions that are not sealed, but for those
    /// that come of values that lost.
    pub(crate) fn found_by(
        &self,
        member: MemberIndex,
        then: u64,
    ) -> impl Iterator<Item = (AttemptId, &Run)> {
        let stands = |run: &Run| {
            let needs = &self.manifest.function(run.function).depends;
            std::iter::zip(needs, &run.inputs)
                .all(|(need, used)| self.sealed(*need).is_none_or(|sealed| sealed == *used))
        };
        let runs = self.runs.iter().map(|(attempt, run)| (*attempt, run));
        let own = runs.filter(move |(attempt, _)| attempt.member == member);
        let found = own.filter(move |(_, run)| run.believed_value().is_some() && run.ends <= then);
        found.filter(move |(_, run)| self.sealed(run.function).is_none() && stands(run))
    }

    /// Whether the member may launch the function from these values now.
    pub(crate) fn check_launch(
        &self,
        attempt: AttemptId,
        function: FunctionIndex,
        inputs: &[Value],
    ) -> Result<(), Violation> {
        let (member, terms) = (attempt.member, self.manifest.function(function));
        Invariant::ReportsAreTrue.check(!self.runs.contains_key(&attempt), || {
            format!("{attempt:?} is launched twice")
        })?;
        Invariant::SlotsAreRespected.check(
            self.policy == Policy::ForkJoin || self.live[member.at()].len() < self.slots,
            || format!("{attempt:?} is one more than {} slots", self.slots),
        )?;
        let real = terms.depends.len() == inputs.len()
            && std::iter::zip(&terms.depends, inputs)
                .all(|(need, value)| self.believed.contains(&(*need, value.digest())));
        Invariant::InputsAreReal.check(real, || {
            format!("{attempt:?} is to compute from {inputs:?}")
        })?;
        Invariant::TheNonIdempotentRunsOnce.check(
            terms.idempotent || self.is_once(attempt, function, inputs),
            || format!("{attempt:?} at {function:?} may not be the only one"),
        )?;
        let same = |run: &Run| {
            run.inputs
                .iter()
                .copied()
                .eq(inputs.iter().map(Value::digest))
        };
        let failed = self
            .tries(function)
            .filter(|(other, run)| other.member == member && run.has_failed() && same(run));
        Invariant::TriesAreBounded.check(failed.count() <= terms.retries as usize, || {
            format!("{attempt:?} at {function:?}, after all retries")
        })
    }

    /// Whether it is the first attempt at the function, and none will have to follow.
    fn is_once(&self, attempt: AttemptId, function: FunctionIndex, inputs: &[Value]) -> bool {
        let needs = self.manifest.function(function).depends.iter();
        let sealed = needs.map(|need| self.sealed(*need));
        let is_final = sealed.eq(inputs.iter().map(|value| Some(value.digest())));
        attempt.member.leads() && self.tries(function).next().is_none() && is_final
    }

    /// Whether a member's log has all its attempts, and their ends as far as they were seen.
    pub(crate) fn check_log(
        &self,
        member: MemberIndex,
        log: &[AttemptRecord],
        in_time: bool,
    ) -> Result<(), Violation> {
        let own = self
            .runs
            .iter()
            .filter(|(attempt, _)| attempt.member == member);
        for (attempt, run) in own {
            let record = log.iter().find(|record| record.attempt == *attempt);
            let is_true = record.is_some_and(|record| {
                let end = record.end.map(|(_, outcome)| outcome);
                record.function == run.function && run.has_ended_as(end, !in_time)
            });
            Invariant::LogsAreTrue
                .check(is_true, || format!("{member:?} logs {record:?} of {run:?}"))?;
        }
        Ok(())
    }

    pub(crate) fn on_launched(&mut self, attempt: AttemptId, run: Run) {
        self.runs.insert(attempt, run);
        self.live[attempt.member.at()].insert(attempt);
    }

    /// Marks what is to be preempted; the caller orders its end.
    pub(crate) fn on_preempted(&mut self, attempt: AttemptId) -> Result<&mut Run, Violation> {
        Invariant::OnlyTheLiveIsPreempted
            .check(self.live[attempt.member.at()].remove(&attempt), || {
                format!("{attempt:?} does not run")
            })?;
        Ok(self
            .runs
            .get_mut(&attempt)
            .expect("what is live was launched"))
    }

    /// An attempt ends now.
    pub(crate) fn on_ended(&mut self, attempt: AttemptId) {
        let run = self.runs.get_mut(&attempt).expect("what ends was launched");
        run.is_over = true;
        if self.live[attempt.member.at()].remove(&attempt) {
            run.state = RunState::Ended;
            if let Some(value) = run.believed_value() {
                self.believed.insert((run.function, value.digest()));
            }
        }
    }

    /// A node is killed, and all that runs on it.
    pub(crate) fn on_crashed(&mut self, member: MemberIndex) {
        for attempt in std::mem::take(&mut self.live[member.at()]) {
            let run = self
                .runs
                .get_mut(&attempt)
                .expect("what is live was launched");
            run.state = RunState::Killed;
        }
    }

    /// Whether `by` may tell this, and it is so.
    pub(crate) fn on_report(
        &mut self,
        by: MemberIndex,
        to: Audience,
        report: &Report,
    ) -> Result<(), Violation> {
        let (holds, invariant) = match report {
            Report::Started {
                attempt, function, ..
            } => {
                let run = self.runs.get(attempt);
                let true_start = run.is_some_and(|run| run.function == *function);
                (
                    true_start && attempt.member == by,
                    Invariant::ReportsAreTrue,
                )
            }
            Report::Finished(finding) => return self.check_finding(by, to, finding),
            Report::Sealed {
                function,
                attempt,
                digest,
            } => {
                let (attempt, digest) = (*attempt, *digest);
                return self.on_sealed(by, *function, Seal { attempt, digest });
            }
            Report::Out { member } => (by.leads() && !member.leads(), Invariant::ReportsAreTrue),
            Report::Closed => (by.leads(), Invariant::ReportsAreTrue),
            Report::Ended => (true, Invariant::ReportsAreTrue),
            Report::Logged(records) => {
                let own = records.iter().all(|record| record.attempt.member == by);
                (own && !by.leads(), Invariant::ReportsAreTrue)
            }
        };
        invariant.check(holds, || format!("{by:?} tells {report:?}"))
    }

    fn check_finding(
        &self,
        by: MemberIndex,
        to: Audience,
        finding: &Finding,
    ) -> Result<(), Violation> {
        let how = || format!("{by:?} tells {finding:?}");
        let Some(run) = self.runs.get(&finding.attempt) else {
            return Invariant::ReportsAreTrue.broken(how());
        };
        Invariant::ThePreemptedIsNeverBelieved.check(run.state != RunState::Preempted, how)?;
        let outcome = match &finding.outcome {
            Outcome::Value(value) => run.believed_value() == Some(value),
            Outcome::Fault(_) => run.has_failed(),
        };
        let may =
            by == finding.attempt.member || by.leads() || to == Audience::One(MemberIndex::LEADER);
        let known =
            outcome && may && (run.function, &run.inputs) == (finding.function, &finding.inputs);
        Invariant::ReportsAreTrue.check(known, how)
    }

    fn on_sealed(
        &mut self,
        by: MemberIndex,
        function: FunctionIndex,
        seal: Seal,
    ) -> Result<(), Violation> {
        let how = || format!("{by:?} seals {seal:?} for {function:?}");
        let before = self.seals[function.at()];
        Invariant::SealsAreFinal.check(
            by.leads() && before.is_none_or(|before| before == seal),
            how,
        )?;
        let run = self.runs.get(&seal.attempt);
        let Some(run) = run.filter(|run| run.function == function) else {
            return Invariant::ReportsAreTrue.broken(how());
        };
        let value = run.believed_value().map(Value::digest);
        Invariant::ThePreemptedIsNeverBelieved.check(value == Some(seal.digest), how)?;
        let needs = self.manifest.function(function).depends.iter();
        let sealed = needs.map(|need| self.sealed(*need));
        Invariant::TheExecutionIsConsistent
            .check(sealed.eq(run.inputs.iter().map(|input| Some(*input))), how)?;
        self.seals[function.at()] = Some(seal);
        Ok(())
    }

    /// Whether what a member knows is so.
    pub(crate) fn check_progress(
        &self,
        member: MemberIndex,
        progress: &Progress,
    ) -> Result<(), Violation> {
        for (function, sealed) in self.sealed_digests() {
            let known = progress.sealed_digest(function);
            Invariant::SealsAreFinal.check(known.is_none() || known == sealed, || {
                format!("{member:?} takes {known:?} for the final value of {function:?}")
            })?;
            let Some(value) = progress.value(function) else {
                continue;
            };
            let is_believed = Some(value.digest()) == known
                || self.believed.contains(&(function, value.digest()));
            Invariant::ThePreemptedIsNeverBelieved.check(is_believed, || {
                format!("{member:?} takes {value:?} for a value of {function:?}")
            })?;
            Invariant::SealsAreFinal
                .check(known.is_none_or(|known| known == value.digest()), || {
                    format!("{member:?} holds {value:?} for {function:?}, not {known:?}")
                })?;
        }
        self.check_live(member, progress)
    }

    fn check_live(&self, member: MemberIndex, progress: &Progress) -> Result<(), Violation> {
        for (attempt, run) in self.live(member) {
            Invariant::NothingKnownIsComputed.check(!progress.is_known(run.function), || {
                format!("{attempt:?} computes {:?}", run.function)
            })?;
        }
        Ok(())
    }

    /// Whether the client is told the sealed values, if it is told any.
    pub(crate) fn check_answer(&self, verdict: &Verdict) -> Result<(), Violation> {
        let Verdict::Landed { values } = verdict else {
            return Ok(());
        };
        let told = values
            .iter()
            .map(|(function, value)| (*function, Some(value.digest())));
        let sinks = self.manifest.sinks().iter();
        let sealed = sinks.map(|sink| (*sink, self.sealed(*sink)));
        let intact = |value: &Value| Digest::of(value.body()) == value.digest();
        let complete = self.seals.iter().all(Option::is_some) && told.eq(sealed);
        Invariant::TheAnswerIsSealed.check(
            complete && values.iter().all(|(_, value)| intact(value)),
            || format!("{values:?} is answered"),
        )
    }
}
