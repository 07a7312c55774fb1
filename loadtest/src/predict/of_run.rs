//! What theory says of a run that was made, to stand beside what was measured.

use std::sync::Arc;
use std::time::Duration;

use raptor_core::flight;
use raptor_functions::distribution::{Distribution, Shape};
use serde::Serialize;

use super::{Prediction, Question, predict};
use crate::policy::Policy;
use crate::run::Run;
use crate::sample::Outcome;

/// How many flights a figure without a closed form is from: its mean is then known to about half a
/// percent.
pub(crate) const FLIGHTS: u32 = 50_000;

/// Any number: the same run is always predicted alike.
const SEED: u64 = 1;

/// What to expect of one of a run's policies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RunPrediction {
    /// The policy, as it is written.
    #[serde(serialize_with = "as_written")]
    pub(crate) policy: Policy,
    /// If attempts were exponential, and independent of each other; none where nothing says what
    /// their mean is.
    pub(crate) ideal: Option<Based<IdealBasis>>,
    /// If each attempt took one of the times that single attempts at its function were measured to
    /// take; none where some function has none.
    pub(crate) measured: Option<Based<MeasuredBasis>>,
}

/// A prediction, and what it is from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Based<B> {
    /// What it is from.
    pub(crate) basis: B,
    /// The mean of single attempts that it takes, in seconds, by function.
    pub(crate) means: Vec<f64>,
    /// The prediction.
    pub(crate) prediction: Prediction,
}

/// Where the means of exponential attempts are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdealBasis {
    /// The scenario says it, for every function the same.
    Declared,
    /// They are those of single attempts that were measured, of every function its own.
    Measured(MeasuredBasis),
}

/// Which single attempts were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MeasuredBasis {
    /// Attempts by themselves, while every other node ran one of the same.
    Alone,
    /// Those of the run's own fork-join workflows that gave a value: they ran beside whatever else
    /// was under way.
    ForkJoin,
}

/// What to expect of each of a run's policies, in their order, if a message takes so long from one
/// member to another; from so many flights where there is no closed form.
pub(crate) fn of_run(run: &Run, delay: Duration, flights: u32) -> Vec<RunPrediction> {
    let measured = measured(run);
    let ideal = ideal(run, measured.as_ref());
    let policies = run.policies.iter();
    let predictions = policies.map(|policy| RunPrediction {
        policy: *policy,
        ideal: (ideal.as_ref()).map(|known| known.predict(run, *policy, delay, flights)),
        measured: (measured.as_ref()).map(|known| known.predict(run, *policy, delay, flights)),
    });
    predictions.collect()
}

/// What attempts take, and how that is known.
struct Known<B> {
    basis: B,
    services: Vec<Distribution>,
}

impl<B: Clone> Known<B> {
    fn predict(&self, run: &Run, policy: Policy, delay: Duration, flights: u32) -> Based<B> {
        let question = Question {
            manifest: Arc::clone(&run.workflow.manifest),
            services: self.services.clone(),
            policy,
            slots: run.target.flight_slots.unwrap_or(1).max(1),
            node_slots: run.target.node_slots,
            fault: run.workflow.fault,
            delay,
        };
        let means = self.services.iter().map(|it| it.mean().as_secs_f64());
        Based {
            basis: self.basis.clone(),
            means: means.collect(),
            prediction: predict(&question, flights, SEED),
        }
    }
}

fn ideal(run: &Run, measured: Option<&Known<MeasuredBasis>>) -> Option<Known<IdealBasis>> {
    let exponential = |like: &Distribution| Distribution::new(Shape::Exp, like.mean());
    if let Some(declared) = &run.workflow.service {
        return Some(Known {
            basis: IdealBasis::Declared,
            services: vec![exponential(declared); run.workflow.manifest.len()],
        });
    }
    measured.map(|measured| Known {
        basis: IdealBasis::Measured(measured.basis),
        services: measured.services.iter().map(exponential).collect(),
    })
}

fn measured(run: &Run) -> Option<Known<MeasuredBasis>> {
    let functions = run.workflow.manifest.len();
    let has_all = |times: &[Vec<Duration>]| {
        times.len() == functions && times.iter().all(|times| !times.is_empty())
    };
    let known = |basis, times: Vec<Vec<Duration>>| Known {
        basis,
        services: times.into_iter().map(Distribution::empirical).collect(),
    };
    if has_all(&run.attempts_alone) {
        return Some(known(MeasuredBasis::Alone, run.attempts_alone.clone()));
    }
    let times = of_fork_join(run);
    has_all(&times).then(|| known(MeasuredBasis::ForkJoin, times))
}

/// What attempts took that gave a value under fork-join, where none is stopped early, by function.
fn of_fork_join(run: &Run) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::new(); run.workflow.manifest.len()];
    let samples = run.samples.iter().filter(|sample| {
        let policy = run.policies.get(sample.policy);
        let is_fork_join = policy.is_some_and(|it| it.kind == flight::Policy::ForkJoin);
        is_fork_join && !sample.is_warm_up
    });
    for attempt in samples.flat_map(|sample| &sample.attempts) {
        if attempt.outcome == Outcome::Value
            && let Some(service) = attempt.service()
            && let Some(times) = times.get_mut(attempt.function)
        {
            times.push(service);
        }
    }
    times
}

fn as_written<S: serde::Serializer>(policy: &Policy, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(policy)
}

#[cfg(test)]
#[path = "of_run_tests.rs"]
mod tests;
