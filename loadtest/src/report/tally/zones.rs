//! What happened in which zone.

use std::time::Duration;

use crate::run::Run;
use crate::sample::{Attempt, Outcome, Sample};

use super::super::summary::ZoneSummary;
use super::super::work;

/// What happened in which zone: nothing where the target does not tell of zones.
pub(super) fn zones(run: &Run, samples: &[&Sample]) -> Vec<ZoneSummary> {
    let tells = |sample: &&Sample| {
        let mut attempts = sample.attempts.iter();
        sample.zone.is_some() || attempts.any(|attempt| attempt.zone.is_some())
    };
    if !samples.iter().any(tells) {
        return Vec::new();
    }
    let attempts: Vec<_> = samples.iter().flat_map(|it| told(&it.attempts)).collect();
    let zones = run.target.zones.iter().enumerate();
    let zones = zones.map(|(zone, name)| {
        let led = samples.iter().filter(|sample| sample.zone == Some(zone));
        let attempts = attempts.iter().filter(|(it, _)| it.zone == Some(zone));
        summary(name, led.count(), attempts.copied())
    });
    zones.collect()
}

/// Every attempt, and whether its value counted.
fn told(attempts: &[Attempt]) -> impl Iterator<Item = (&Attempt, bool)> {
    attempts.iter().zip(work::won(attempts))
}

fn summary<'a>(
    zone: &str,
    led: usize,
    attempts: impl Iterator<Item = (&'a Attempt, bool)> + Clone,
) -> ZoneSummary {
    let ended = |outcome| {
        let attempts = attempts.clone().map(|(attempt, _)| attempt);
        attempts.filter(move |attempt| attempt.outcome == outcome)
    };
    let values = ended(Outcome::Value).filter_map(Attempt::service);
    ZoneSummary {
        zone: zone.to_owned(),
        led: led as u64,
        attempts: attempts.clone().count() as u64,
        won: attempts.clone().filter(|(_, has_won)| *has_won).count() as u64,
        stopped: ended(Outcome::Stopped).count() as u64,
        value_mean_s: mean(values),
    }
}

fn mean(services: impl Iterator<Item = Duration>) -> Option<f64> {
    let services: Vec<_> = services.collect();
    let sum: Duration = services.iter().sum();
    (!services.is_empty()).then(|| sum.as_secs_f64() / services.len() as f64)
}
