//! One flight, to look at.

use raptor_core::flight;

use crate::plot::timeline::{Bar, Lane, Look, Timeline};
use crate::run::Run;
use crate::sample::{Attempt, Outcome, Sample};
use crate::statistics::quantile;

use super::super::tally::{counted, latencies};
use super::figure::time;

/// The timeline of a flight that took about as long as most: of those with a preemption the one
/// whose latency is nearest to the median. None where no workflow tells of its attempts.
pub(super) fn timeline(run: &Run) -> Option<Timeline> {
    let policies = run.policies.iter().enumerate();
    let (flights, others): (Vec<_>, Vec<_>) =
        policies.partition(|(_, policy)| policy.kind == flight::Policy::Flight);
    let ordered = flights.into_iter().chain(others);
    let chosen = ordered.map(|(at, policy)| Some((policy, typical(run, at)?)));
    let (policy, sample) = chosen.flatten().next()?;
    let took = time(sample.latency().as_secs_f64());
    Some(Timeline {
        title: format!("One workflow of {policy} that took {took}"),
        unit: "ms since the workflow reached its leader".to_owned(),
        lanes: lanes(run, sample),
    })
}

/// The workflow of a policy that is nearest to its median, first of those with a preemption.
fn typical(run: &Run, policy: usize) -> Option<&Sample> {
    let sorted = quantile::sorted(&latencies(&run.samples, policy));
    let median = quantile::of_sorted(&sorted, 0.5)?;
    let has_stopped = |sample: &Sample| {
        let mut attempts = sample.attempts.iter();
        attempts.any(|attempt| attempt.outcome == Outcome::Stopped)
    };
    let distance = |sample: &Sample| (sample.latency().as_secs_f64() - median).abs();
    let told = counted(&run.samples, policy).filter(|it| it.has_landed());
    told.filter(|it| !it.attempts.is_empty()).min_by(|a, b| {
        let stopped = has_stopped(b).cmp(&has_stopped(a));
        stopped.then(distance(a).total_cmp(&distance(b)))
    })
}

fn lanes(run: &Run, sample: &Sample) -> Vec<Lane> {
    let ends = sample.attempts.iter().filter_map(|attempt| attempt.end_us);
    let last_us = ends.max().unwrap_or(0);
    let members = sample.attempts.iter().map(|attempt| attempt.member).max();
    let lanes = (0..=members.unwrap_or(0)).map(|member| {
        let attempts = || sample.attempts.iter().filter(move |it| it.member == member);
        let zone = attempts().find_map(|attempt| attempt.zone);
        let zone = zone.map(|zone| format!(" · {}", run.target.zones[zone]));
        Lane {
            name: format!("member {member}{}", zone.unwrap_or_default()),
            bars: attempts()
                .map(|attempt| bar(run, attempt, last_us))
                .collect(),
        }
    });
    lanes.collect()
}

/// An attempt as a bar; one whose end nobody knows lasts until the last end that is known.
fn bar(run: &Run, attempt: &Attempt, last_us: i64) -> Bar {
    let end_us = attempt.end_us.unwrap_or(last_us).max(attempt.start_us);
    Bar {
        label: run.workflow.functions[attempt.function].clone(),
        from: attempt.start_us as f64 / 1e3,
        to: end_us as f64 / 1e3,
        look: match attempt.outcome {
            Outcome::Value => Look::Value,
            Outcome::Fault => Look::Fault,
            Outcome::Stopped => Look::Stopped,
            Outcome::Unknown => Look::Unknown,
        },
    }
}
