//! What happened in which zone.

use std::time::Duration;

use crate::run::Run;
use crate::sample::{Attempt, Outcome, Sample};

use super::super::summary::ZoneSummary;
use super::super::work;
use super::policy;

/// What happened in which zone: nothing where the target does not tell of zones.
pub(super) fn zones(run: &Run, samples: &[&Sample]) -> Vec<ZoneSummary> {
    let tells = |sample: &&Sample| {
        let mut attempts = sample.attempts.iter();
        sample.zone.is_some() || attempts.any(|attempt| attempt.zone.is_some())
    };
    if !samples.iter().any(tells) {
        return Vec::new();
    }
    let attempts: Vec<_> = samples.iter().flat_map(|it| told(it)).collect();
    let tells_leaders = samples.iter().any(|sample| sample.zone.is_some());
    let tells_attempts = attempts.iter().any(|(attempt, _)| attempt.zone.is_some());
    let zones = run.target.zones.iter().enumerate();
    let zones = zones.map(|(zone, name)| {
        let led = samples.iter().filter(|sample| sample.zone == Some(zone));
        let led: Vec<_> = led.copied().collect();
        let attempts = attempts.iter().filter(|(it, _)| it.zone == Some(zone));
        let attempts: Vec<_> = attempts.copied().collect();
        summary(
            name,
            tells_leaders.then_some(led.as_slice()),
            tells_attempts.then_some(attempts.as_slice()),
        )
    });
    zones.collect()
}

/// Every attempt, and whether its value counted.
fn told(sample: &Sample) -> impl Iterator<Item = (&Attempt, bool)> {
    sample.attempts.iter().zip(work::won(sample))
}

/// The workflows that a zone led, and the attempts in it, where these are known.
fn summary(
    zone: &str,
    led: Option<&[&Sample]>,
    attempts: Option<&[(&Attempt, bool)]>,
) -> ZoneSummary {
    let landed = led.unwrap_or_default().iter();
    let landed = landed.filter(|sample| sample.has_landed());
    let latencies = landed.map(|sample| sample.latency().as_secs_f64());
    let count = |is: fn(&(&Attempt, bool)) -> bool| {
        attempts.map(|all| all.iter().filter(|it| is(it)).count() as u64)
    };
    let values = attempts.unwrap_or_default().iter().map(|(it, _)| it);
    let values = values.filter(|attempt| attempt.outcome == Outcome::Value);
    ZoneSummary {
        zone: zone.to_owned(),
        led: led.map(|all| all.len() as u64),
        latency: policy::latency(&latencies.collect::<Vec<_>>()),
        attempts: count(|_| true),
        won: count(|(_, has_won)| *has_won),
        stopped: count(|(attempt, _)| attempt.outcome == Outcome::Stopped),
        value_mean_s: mean(values.filter_map(|attempt| attempt.service())),
    }
}

fn mean(services: impl Iterator<Item = Duration>) -> Option<f64> {
    let services: Vec<_> = services.collect();
    let sum: Duration = services.iter().sum();
    (!services.is_empty()).then(|| sum.as_secs_f64() / services.len() as f64)
}
