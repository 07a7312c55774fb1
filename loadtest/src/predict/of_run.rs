//! What theory says of a run that was made, to stand beside what was measured.

use std::sync::Arc;
use std::time::Duration;

use raptor_core::flight;
use raptor_functions::distribution::{Distribution, Shape};

use super::{Prediction, Question, predict};
use crate::run::Run;
use crate::sample::Outcome;

/// How many flights a figure without a closed form is from: its mean is then known to about half a
/// percent.
pub(crate) const FLIGHTS: u32 = 50_000;

/// Any number: the same run is always predicted alike. Every further policy has the next one, so
/// that their errors do not depend on each other.
const SEED: u64 = 1;

/// What to expect of one of a run's policies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunPrediction {
    /// Whether its members are taken to run one attempt at once because the target does not tell
    /// how many they do.
    pub(crate) is_one_slot_assumed: bool,
    /// If attempts were exponential, and independent of each other; none where nothing says what
    /// their mean is.
    pub(crate) ideal: Option<Based<IdealBasis>>,
    /// If each attempt took one of the times that single attempts at its function were measured to
    /// take; none where some function has none.
    pub(crate) measured: Option<Based<MeasuredBasis>>,
}

/// A prediction, and what it is from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Based<B> {
    /// What it is from.
    pub(crate) basis: B,
    /// The standard error that its mean has because only so many single attempts were measured, by
    /// the mean: [`relative_error`]. 0 where the scenario declares what they take.
    pub(crate) relative_error: f64,
    /// The prediction.
    pub(crate) prediction: Prediction,
}

/// Where the means of exponential attempts are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdealBasis {
    /// The scenario says it, for every function the same.
    Declared,
    /// They are those of single attempts that were measured, of every function its own.
    Measured(MeasuredBasis),
}

/// Which single attempts were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MeasuredBasis {
    /// Attempts by themselves, while every other node ran one of the same.
    Alone,
    /// Those of the run's own fork-join workflows: [`of_fork_join`]. They ran beside whatever else
    /// was under way.
    ForkJoin,
}

/// What to expect of each of a run's policies, in their order, if a message takes so long from one
/// member to another; from so many flights where there is no closed form.
pub(crate) fn of_run(run: &Run, delay: Duration, flights: u32) -> Vec<RunPrediction> {
    let measured = measured(run);
    let ideal = ideal(run, measured.as_ref());
    let predictions = run.policies.iter().zip(SEED..).map(|(policy, seed)| {
        let question = |services| Question {
            manifest: Arc::clone(&run.workflow.manifest),
            services,
            policy: *policy,
            slots: run.target.flight_slots.unwrap_or(1).max(1),
            node_slots: run.target.node_slots,
            fault: run.workflow.fault,
            delay,
        };
        let is_flight = policy.kind == flight::Policy::Flight;
        RunPrediction {
            is_one_slot_assumed: is_flight && run.target.flight_slots.is_none(),
            ideal: (ideal.as_ref()).map(|known| known.predict(question, flights, seed)),
            measured: (measured.as_ref()).map(|known| known.predict(question, flights, seed)),
        }
    });
    predictions.collect()
}

/// What attempts take, and how that is known.
struct Known<B> {
    basis: B,
    services: Vec<Distribution>,
    relative_error: f64,
}

impl<B: Clone> Known<B> {
    fn predict(
        &self,
        question: impl Fn(Vec<Distribution>) -> Question,
        flights: u32,
        seed: u64,
    ) -> Based<B> {
        Based {
            basis: self.basis.clone(),
            relative_error: self.relative_error,
            prediction: predict(&question(self.services.clone()), flights, seed),
        }
    }
}

fn ideal(run: &Run, measured: Option<&Known<MeasuredBasis>>) -> Option<Known<IdealBasis>> {
    let exponential = |like: &Distribution| Distribution::new(Shape::Exp, like.mean());
    if let Some(declared) = &run.workflow.service {
        return Some(Known {
            basis: IdealBasis::Declared,
            services: vec![exponential(declared); run.workflow.manifest.len()],
            relative_error: 0.0,
        });
    }
    measured.map(|measured| Known {
        basis: IdealBasis::Measured(measured.basis),
        services: measured.services.iter().map(exponential).collect(),
        relative_error: measured.relative_error,
    })
}

fn measured(run: &Run) -> Option<Known<MeasuredBasis>> {
    let functions = run.workflow.manifest.len();
    let has_all = |times: &[Vec<Duration>]| {
        times.len() == functions && times.iter().all(|times| !times.is_empty())
    };
    let known = |basis, times: Vec<Vec<Duration>>| Known {
        basis,
        relative_error: relative_error(&times),
        services: times.into_iter().map(Distribution::empirical).collect(),
    };
    if has_all(&run.attempts_alone) {
        return Some(known(MeasuredBasis::Alone, run.attempts_alone.clone()));
    }
    let times = of_fork_join(run);
    has_all(&times).then(|| known(MeasuredBasis::ForkJoin, times))
}

/// The standard error of the mean of single attempts by that mean, s / (m sqrt(n)), as the mean of
/// all functions: about what the mean of a workflow of them is uncertain by. Exact for one
/// function; of several, whose errors do not depend on each other, it is rather too large, of
/// their tails too small. Infinite where a function has one attempt only.
fn relative_error(times: &[Vec<Duration>]) -> f64 {
    let errors = times.iter().map(|times| {
        let count = times.len() as f64;
        let seconds = || times.iter().map(Duration::as_secs_f64);
        let mean = seconds().sum::<f64>() / count;
        let squares: f64 = seconds().map(|it| (it - mean).powi(2)).sum();
        match times.len() {
            0 | 1 => f64::INFINITY,
            _ if squares == 0.0 => 0.0,
            _ => (squares / (count - 1.0) / count).sqrt() / mean,
        }
    });
    errors.sum::<f64>() / times.len() as f64
}

/// What attempts took that gave a value, by function, in all workflows that landed under
/// fork-join. In those none is stopped early. Where a workflow fails, or takes too long, its other
/// attempts are stopped, the longest most often: those that are left would be too short, so none
/// of them counts. Where many took too long, what is left is still too short, by the longest.
pub(crate) fn of_fork_join(run: &Run) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::new(); run.workflow.manifest.len()];
    let samples = run.samples.iter().filter(|sample| {
        let policy = run.policies.get(sample.policy);
        let is_fork_join = policy.is_some_and(|it| it.kind == flight::Policy::ForkJoin);
        is_fork_join && !sample.is_warm_up && sample.has_landed()
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

#[cfg(test)]
#[path = "of_run_tests.rs"]
mod tests;
