//! Predictions from many flights in virtual time.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use raptor_core::FunctionIndex;

use super::{Figure, Prediction, Question, Source};
use crate::flying::solo::{self, Draw, Terms};
use crate::statistics::{binomial, quantile};

/// One standard error of a normal variate to either side has this probability.
const ONE_ERROR: f64 = 0.682_689_492;

/// Flies so many workflows. Each attempt's time and failure are drawn when it is launched.
pub(super) fn fly(question: &Question, flights: u32, seed: u64) -> Prediction {
    let terms = Terms::new(question.manifest.clone(), question.policy)
        .with_slots(question.slots)
        .with_node_slots(question.node_slots)
        .with_delay(question.delay);
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut draw = |function, _| draw(question, function, &mut dice);
    let (mut times, mut work) = (Vec::new(), Vec::with_capacity(flights as usize));
    for _ in 0..flights {
        let flown = solo::fly(&terms, &mut draw);
        work.push(flown.work.as_secs_f64());
        if flown.landed {
            times.push(flown.took.as_secs_f64());
        }
    }
    let figure = |(value, error)| Figure {
        value,
        error,
        source: Source::MonteCarlo { flights },
    };
    let landed = times.len() as u64;
    times.sort_unstable_by(f64::total_cmp);
    Prediction {
        mean: figure(mean(&times)),
        p50: figure(quantile(&times, 0.5)),
        p99: figure(quantile(&times, 0.99)),
        work: figure(mean(&work)),
        failure: figure(share(u64::from(flights) - landed, u64::from(flights))),
    }
}

/// An attempt that would take longer than it may is ended, and has failed.
fn draw(question: &Question, function: FunctionIndex, dice: &mut Xoshiro256PlusPlus) -> Draw {
    let service = question.services[function.at()].draw(dice);
    let is_fault = question.fault > 0.0 && dice.random_bool(question.fault);
    match question.manifest.function(function).timeout {
        Some(timeout) if timeout < service => Draw {
            service: timeout,
            is_fault: true,
        },
        Some(_) | None => Draw { service, is_fault },
    }
}

/// The mean, and its standard error: too small where the times have no variance, as those of
/// Pareto's distribution with a shape up to 2.
fn mean(samples: &[f64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|it| (it - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// A quantile, and its standard error.
fn quantile(sorted: &[f64], share: f64) -> (f64, f64) {
    match quantile::of_sorted(sorted, share) {
        Some(value) => (value, quantile::standard_error(sorted, share)),
        None => (f64::NAN, f64::NAN),
    }
}

/// A share, and half the width of its interval: more than nothing even if nothing was seen.
fn share(seen: u64, of: u64) -> (f64, f64) {
    let interval = binomial::interval(seen, of, ONE_ERROR);
    let share = seen as f64 / of as f64;
    (share, (interval.high - interval.low) / 2.0)
}
