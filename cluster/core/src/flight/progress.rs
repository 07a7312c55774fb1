//! What is known of each function. Merging is a join: order and repetition do not matter.

use std::collections::BTreeMap;

use crate::manifest::Manifest;
use crate::outcome::Fault;
use crate::{AttemptId, Digest, FunctionIndex, MemberIndex, Value};

use super::report::{Finding, Outcome, Report};

/// The join of everything heard and found, by function.
///
/// Of an unsealed function every candidate is kept, since any of them may be sealed; the one with
/// the lowest attempt is what members go on with. Of a sealed one only the sealed value is kept.
/// A finding that was computed from other values than the sealed ones is worth nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    functions: Vec<Knowledge>,
    sealed: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Knowledge {
    seal: Option<Seal>,
    candidates: BTreeMap<AttemptId, Candidate>,
    faults: BTreeMap<AttemptId, Failure>,
}

/// Which value of a function is final.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seal {
    attempt: AttemptId,
    digest: Digest,
    /// Missing while only its digest has been heard of.
    value: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    inputs: Vec<Digest>,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    inputs: Vec<Digest>,
    fault: Fault,
}

impl Progress {
    /// Nothing known of `functions` functions.
    pub(super) fn new(functions: usize) -> Self {
        Self {
            functions: vec![Knowledge::default(); functions],
            sealed: 0,
        }
    }

    /// Joins a finding in, unless it was computed from values that lost.
    pub(super) fn merge(&mut self, manifest: &Manifest, finding: Finding) {
        if self.has_lost(manifest, finding.function, &finding.inputs) {
            return;
        }
        let Finding {
            attempt,
            function,
            inputs,
            outcome,
        } = finding;
        let known = &mut self.functions[function.at()];
        match (&mut known.seal, outcome) {
            (None, Outcome::Value(value)) => {
                known
                    .candidates
                    .entry(attempt)
                    .or_insert(Candidate { inputs, value });
            }
            (None, Outcome::Fault(fault)) => {
                known
                    .faults
                    .entry(attempt)
                    .or_insert(Failure { inputs, fault });
            }
            (Some(seal), Outcome::Value(value)) if seal.digest == value.digest() => {
                seal.value.get_or_insert(value);
            }
            (Some(_), Outcome::Value(_) | Outcome::Fault(_)) => {}
        }
    }

    /// Makes a value final, and drops all that was computed from another one.
    pub(super) fn seal(
        &mut self,
        manifest: &Manifest,
        function: FunctionIndex,
        attempt: AttemptId,
        digest: Digest,
    ) {
        let known = &mut self.functions[function.at()];
        if known.seal.is_some() {
            return;
        }
        let candidates = std::mem::take(&mut known.candidates).into_values();
        let value = candidates
            .map(|candidate| candidate.value)
            .find(|v| v.digest() == digest);
        known.seal = Some(Seal {
            attempt,
            digest,
            value,
        });
        known.faults.clear();
        self.sealed += 1;
        for &dependent in manifest.dependents(function) {
            let at = place(manifest, dependent, function);
            let heir = &mut self.functions[dependent.at()];
            heir.candidates
                .retain(|_, candidate| candidate.inputs[at] == digest);
            heir.faults
                .retain(|_, failure| failure.inputs[at] == digest);
        }
    }

    /// The first function, in topological order, whose value can be made final: all that it depends
    /// on is, and there is a value computed from that. With whose and which value it would be.
    pub(super) fn sealable(
        &self,
        manifest: &Manifest,
    ) -> Option<(FunctionIndex, AttemptId, Digest)> {
        manifest.order().iter().find_map(|&function| {
            let known = &self.functions[function.at()];
            let (attempt, candidate) = known.candidates.first_key_value()?;
            let ready = self.is_ready(manifest, function);
            ready.then(|| (function, *attempt, candidate.value.digest()))
        })
    }

    /// The function's value: the sealed one, else that of the lowest attempt. None also where a
    /// value was sealed that has not arrived.
    pub fn value(&self, function: FunctionIndex) -> Option<&Value> {
        let known = &self.functions[function.at()];
        match &known.seal {
            Some(seal) => seal.value.as_ref(),
            None => known
                .candidates
                .values()
                .next()
                .map(|candidate| &candidate.value),
        }
    }

    /// The digest of the function's final value, if it is sealed.
    pub fn sealed_digest(&self, function: FunctionIndex) -> Option<Digest> {
        self.functions[function.at()]
            .seal
            .as_ref()
            .map(|seal| seal.digest)
    }

    /// Whose value of the function is final, if one is.
    pub fn sealed_by(&self, function: FunctionIndex) -> Option<AttemptId> {
        let seal = self.functions[function.at()].seal.as_ref();
        seal.map(|seal| seal.attempt)
    }

    /// Whether the function has a value, wherever it is.
    pub fn is_known(&self, function: FunctionIndex) -> bool {
        let known = &self.functions[function.at()];
        known.seal.is_some() || !known.candidates.is_empty()
    }

    /// Whether the function's value is final.
    pub fn is_sealed(&self, function: FunctionIndex) -> bool {
        self.functions[function.at()].seal.is_some()
    }

    /// Whether all that the function is computed from is final.
    pub(super) fn is_ready(&self, manifest: &Manifest, function: FunctionIndex) -> bool {
        let depends = &manifest.function(function).depends;
        depends.iter().all(|need| self.is_sealed(*need))
    }

    /// Whether every function's value is final.
    pub fn is_all_sealed(&self) -> bool {
        self.sealed == self.functions.len()
    }

    /// Who gave the final values that have not arrived here.
    pub(super) fn missing_from(&self) -> impl Iterator<Item = MemberIndex> {
        let seals = self
            .functions
            .iter()
            .filter_map(|known| known.seal.as_ref());
        seals
            .filter(|seal| seal.value.is_none())
            .map(|seal| seal.attempt.member)
    }

    /// Whether a computation from `inputs` is void, since another value of one of them was sealed.
    pub(super) fn has_lost(
        &self,
        manifest: &Manifest,
        function: FunctionIndex,
        inputs: &[Digest],
    ) -> bool {
        let depends = &manifest.function(function).depends;
        depends.iter().zip(inputs).any(|(need, used)| {
            self.sealed_digest(*need)
                .is_some_and(|digest| digest != *used)
        })
    }

    /// How often the member has failed at the function.
    pub(super) fn fault_count(&self, function: FunctionIndex, member: MemberIndex) -> usize {
        let faults = self.functions[function.at()].faults.keys();
        faults.filter(|attempt| attempt.member == member).count()
    }

    /// Every fault of an unsealed function.
    pub(super) fn faults(
        &self,
        function: FunctionIndex,
    ) -> impl ExactSizeIterator<Item = (AttemptId, &Fault)> {
        let faults = &self.functions[function.at()].faults;
        faults
            .iter()
            .map(|(attempt, failure)| (*attempt, &failure.fault))
    }

    /// Every unsealed value that the member has found.
    pub(super) fn candidates_of(&self, member: MemberIndex) -> Vec<Finding> {
        let functions = self.functions.iter().enumerate();
        let candidates = functions.flat_map(|(at, known)| {
            known
                .candidates
                .iter()
                .map(move |(attempt, candidate)| Finding {
                    attempt: *attempt,
                    function: FunctionIndex(at as u16),
                    inputs: candidate.inputs.clone(),
                    outcome: Outcome::Value(candidate.value.clone()),
                })
        });
        candidates
            .filter(|finding| finding.attempt.member == member)
            .collect()
    }

    /// All of it, as reports that merge into the same; findings only where `told` has them.
    pub(super) fn snapshot(
        &self,
        manifest: &Manifest,
        told: impl Fn(AttemptId) -> bool,
    ) -> Vec<Report> {
        let mut reports = Vec::new();
        for &function in manifest.order() {
            let known = &self.functions[function.at()];
            let mut finished = |attempt: AttemptId, inputs, outcome| {
                if told(attempt) {
                    let finding = Finding {
                        attempt,
                        function,
                        inputs,
                        outcome,
                    };
                    reports.push(Report::Finished(finding));
                }
            };
            for (attempt, failure) in &known.faults {
                finished(
                    *attempt,
                    failure.inputs.clone(),
                    Outcome::Fault(failure.fault.clone()),
                );
            }
            for (attempt, candidate) in &known.candidates {
                let value = Outcome::Value(candidate.value.clone());
                finished(*attempt, candidate.inputs.clone(), value);
            }
            if let Some(Seal {
                attempt,
                value: Some(value),
                ..
            }) = &known.seal
            {
                let inputs = self.sealed_inputs(manifest, function);
                finished(*attempt, inputs, Outcome::Value(value.clone()));
            }
        }
        reports
    }

    /// Every seal, as reports.
    pub(super) fn seals(&self) -> impl Iterator<Item = Report> {
        self.functions.iter().enumerate().filter_map(|(at, known)| {
            known.seal.as_ref().map(|seal| Report::Sealed {
                function: FunctionIndex(at as u16),
                attempt: seal.attempt,
                digest: seal.digest,
            })
        })
    }

    fn sealed_inputs(&self, manifest: &Manifest, function: FunctionIndex) -> Vec<Digest> {
        let depends = &manifest.function(function).depends;
        depends
            .iter()
            .filter_map(|need| self.sealed_digest(*need))
            .collect()
    }
}

/// Where `input` stands among the dependencies of `function`.
fn place(manifest: &Manifest, function: FunctionIndex, input: FunctionIndex) -> usize {
    let depends = &manifest.function(function).depends;
    let at = depends.iter().position(|need| *need == input);
    at.expect("a dependent depends on it")
}
