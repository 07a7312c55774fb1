//! What one policy did.

use std::time::Duration;

use crate::run::Run;
use crate::sample::{Ending, Sample};
use crate::statistics::bootstrap::{self, CONFIDENCE, Statistic};
use crate::statistics::{binomial, quantile};

use super::super::summary::{
    Failures, Latency, LatencyOfAll, Lateness, Measure, PolicySummary, Share, WorkSummary,
};
use super::super::work;
use super::{SEED, counted, latencies, zones};

/// What a policy of a run did.
pub(super) fn summary(run: &Run, policy: usize) -> PolicySummary {
    let samples: Vec<_> = counted(&run.samples, policy).collect();
    let landed = samples.iter().filter(|sample| sample.has_landed()).count();
    let all = run.samples.iter().filter(|sample| sample.policy == policy);
    PolicySummary {
        policy: run.policies[policy].to_string(),
        members: run.policies[policy].size,
        n: samples.len() as u64,
        warm_up: all.filter(|sample| sample.is_warm_up).count() as u64,
        landed: landed as u64,
        failures: failures(&samples),
        latency: latency(&latencies(&run.samples, policy)),
        latency_of_all: latency_of_all(&samples),
        throughput_per_s: throughput(landed, span(&run.samples)),
        lateness: lateness(&samples),
        work: work_summary(&samples),
        zones: zones::zones(run, &samples),
    }
}

fn failures(samples: &[&Sample]) -> Failures {
    let share = |is: fn(&Ending) -> bool| {
        let count = samples.iter().filter(|sample| is(&sample.ending)).count();
        share(count as u64, samples.len() as u64)
    };
    Failures {
        all: share(|ending| *ending != Ending::Landed),
        failed: share(|ending| matches!(ending, Ending::Failed(_))),
        refused: share(|ending| matches!(ending, Ending::Refused(_))),
        timed_out: share(|ending| *ending == Ending::TimedOut),
        lost: share(|ending| matches!(ending, Ending::Lost(_))),
    }
}

/// How many of so many. Of none, nothing is known: any share may be the true one.
fn share(count: u64, of: u64) -> Share {
    let value = count as f64 / of.max(1) as f64;
    let interval = binomial::interval(count, of, CONFIDENCE);
    Share {
        count,
        share: Measure::new(value, interval),
    }
}

/// What these took, in seconds; none if there are none.
pub(super) fn latency(latencies: &[f64]) -> Option<Latency> {
    let measure = |statistic| {
        let estimate = bootstrap::estimate(statistic, latencies, SEED);
        estimate.map(Measure::from)
    };
    Some(Latency {
        mean_s: measure(Statistic::Mean)?,
        p50_s: measure(Statistic::Quantile(0.5))?,
        p90_s: measure(Statistic::Quantile(0.9))?,
        p99_s: measure(Statistic::Quantile(0.99))?,
        p999_s: measure(Statistic::Quantile(0.999))?,
        max_s: latencies.iter().copied().fold(0.0, f64::max),
    })
}

/// What these took, as if those that timed out or were lost took for ever.
fn latency_of_all(samples: &[&Sample]) -> LatencyOfAll {
    let latencies = samples.iter().filter_map(|sample| match sample.ending {
        Ending::Landed => Some(sample.latency().as_secs_f64()),
        Ending::TimedOut | Ending::Lost(_) => Some(f64::INFINITY),
        Ending::Failed(_) | Ending::Refused(_) => None,
    });
    let latencies: Vec<_> = latencies.collect();
    let quantile = |share| {
        let estimate = bootstrap::estimate(Statistic::Quantile(share), &latencies, SEED)?;
        estimate.value.is_finite().then(|| estimate.into())
    };
    LatencyOfAll {
        p50_s: quantile(0.5),
        p99_s: quantile(0.99),
        p999_s: quantile(0.999),
    }
}

/// From the first intended start to the last end, of all that count.
fn span(samples: &[Sample]) -> Duration {
    let counted = || samples.iter().filter(|sample| !sample.is_warm_up);
    let first = counted().map(|sample| sample.intended).min();
    let last = counted().map(|sample| sample.done).max();
    let span = first
        .zip(last)
        .map(|(first, last)| last.saturating_sub(first));
    span.unwrap_or_default()
}

fn throughput(landed: usize, span: Duration) -> f64 {
    if span.is_zero() {
        return 0.0;
    }
    landed as f64 / span.as_secs_f64()
}

fn lateness(samples: &[&Sample]) -> Option<Lateness> {
    let lateness = samples.iter().map(|sample| sample.lateness().as_secs_f64());
    let sorted = quantile::sorted(&lateness.collect::<Vec<_>>());
    Some(Lateness {
        p50_s: quantile::of_sorted(&sorted, 0.5)?,
        p99_s: quantile::of_sorted(&sorted, 0.99)?,
        max_s: *sorted.last()?,
    })
}

fn work_summary(samples: &[&Sample]) -> Option<WorkSummary> {
    let works: Vec<_> = samples
        .iter()
        .filter_map(|sample| work::of(sample))
        .collect();
    let all: Vec<_> = works.iter().map(|work| work.all.as_secs_f64()).collect();
    let wasted: Vec<_> = works.iter().map(|work| work.wasted.as_secs_f64()).collect();
    let work_s: Measure = bootstrap::mean(&all, SEED)?.into();
    let wasted_s: Measure = bootstrap::mean(&wasted, SEED)?.into();
    let attempts = || samples.iter().flat_map(|sample| &sample.attempts);
    Some(WorkSummary {
        workflows: works.len() as u64,
        attempts: attempts().count() as f64 / works.len() as f64,
        work_s,
        wasted_s,
        wasted_share: if work_s.value > 0.0 {
            wasted_s.value / work_s.value
        } else {
            0.0
        },
        unknown: attempts()
            .filter(|attempt| attempt.service().is_none())
            .count() as u64,
    })
}
