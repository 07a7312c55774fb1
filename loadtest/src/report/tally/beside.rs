//! What was measured beside what was predicted.

use crate::predict::Figure;
use crate::statistics::binomial;
use crate::statistics::bootstrap::CONFIDENCE;

use super::super::forecast::{Forecast, figures};
use super::super::summary::{Beside, Measure, PolicySummary, RatioPredicted};

/// How many of a hundred runs have a number of failures that is called likely.
const FAILURES_CONFIDENCE: f64 = 0.99;

/// How many standard errors a normal variate is off at most, 95 times of 100.
const ERRORS: f64 = 1.96;

/// Every figure that was predicted, beside what was measured of it. Those that there are none of,
/// such as times where nothing should land, are left out.
pub(super) fn beside(policies: &[PolicySummary], forecasts: &[Forecast<'_>]) -> Vec<Beside> {
    let mut rows = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        for forecast in forecasts {
            let predicted = figures(forecast.policies[at]).into_iter();
            let known = predicted.filter(|(_, it)| it.value.is_finite());
            rows.extend(known.map(|(name, it)| row(policy, forecast, name, it)));
        }
    }
    rows
}

fn row(
    policy: &PolicySummary,
    forecast: &Forecast<'_>,
    figure: &str,
    predicted: &Figure,
) -> Beside {
    let measured = measured(policy, figure);
    let basis_error = match figure {
        // Faults do not depend on what attempts take.
        "failure" => 0.0,
        _ => forecast.relative_error * predicted.value,
    };
    let error = predicted.error.hypot(basis_error);
    Beside {
        policy: policy.policy.clone(),
        basis: forecast.basis.clone(),
        figure: figure.to_owned(),
        measured,
        predicted: predicted.value,
        standard_error: predicted.error,
        basis_error: basis_error.is_finite().then_some(basis_error),
        source: predicted.source.to_string(),
        holds: match figure {
            "failure" => is_likely(policy, predicted.value),
            _ => measured.and_then(|it| holds(it, predicted.value, error)),
        },
        excess: measured
            .filter(|_| predicted.value != 0.0)
            .map(|it| it.value / predicted.value - 1.0),
    }
}

/// Whether the difference may be none: whether the measured interval, made wider at both ends by
/// what the prediction is uncertain of itself, holds it. None where nobody knows how uncertain
/// that is.
fn holds(measured: Measure, predicted: f64, error: f64) -> Option<bool> {
    let reach = ERRORS * error;
    let wider = Measure {
        low: measured.low.map(|low| low - reach),
        high: measured.high.map(|high| high + reach),
        ..measured
    };
    reach.is_finite().then(|| wider.holds(predicted))
}

/// Whether so many failures are among the likely ones, if this share of workflows is to fail.
fn is_likely(policy: &PolicySummary, share: f64) -> Option<bool> {
    let (failed, of) = failed(policy);
    let likely = binomial::acceptance(share, of, FAILURES_CONFIDENCE);
    (of > 0).then(|| likely.contains(&failed))
}

/// How many workflows failed, of all that ran to an end. What was refused, lost or timed out is no
/// fault of a function: it neither failed nor landed.
fn failed(policy: &PolicySummary) -> (u64, u64) {
    let failed = policy.failures.failed.count;
    (failed, policy.landed + failed)
}

fn failure(policy: &PolicySummary) -> Option<Measure> {
    let (failed, of) = failed(policy);
    let interval = binomial::interval(failed, of, CONFIDENCE);
    (of > 0).then(|| Measure::new(failed as f64 / of as f64, interval))
}

/// The figure of that name, where the target tells of it.
fn measured(policy: &PolicySummary, figure: &str) -> Option<Measure> {
    match figure {
        "mean" => Some(policy.latency?.mean_s),
        "p50" => Some(policy.latency?.p50_s),
        "p99" => Some(policy.latency?.p99_s),
        "work" => Some(policy.work?.work_s),
        "failure" => failure(policy),
        _ => unreachable!("no figure is predicted under the name {figure}"),
    }
}

/// What the ratio of a policy's mean to the first one's was predicted to be.
pub(super) fn ratios(policy: usize, forecasts: &[Forecast<'_>]) -> Vec<RatioPredicted> {
    let ratios = forecasts.iter().map(|forecast| {
        let [over, under] = [policy, 0].map(|at| &forecast.policies[at].mean);
        let (value, standard_error) = over.ratio_to(under);
        RatioPredicted {
            basis: forecast.basis.clone(),
            value,
            standard_error,
        }
    });
    ratios.filter(|it| it.value.is_finite()).collect()
}
