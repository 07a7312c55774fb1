//! What was measured beside what was predicted.

use crate::predict::Figure;
use crate::statistics::binomial;

use super::super::forecast::{Forecast, figures};
use super::super::summary::{Beside, Measure, PolicySummary, RatioPredicted};

/// How many of a hundred runs have a number of failures that is called likely.
const FAILURES_CONFIDENCE: f64 = 0.99;

/// Every figure that was predicted, beside what was measured of it. Those that there are none of,
/// such as times where nothing should land, are left out.
pub(super) fn beside(policies: &[PolicySummary], forecasts: &[Forecast<'_>]) -> Vec<Beside> {
    let mut rows = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        for forecast in forecasts {
            let predicted = figures(forecast.policies[at]).into_iter();
            let known = predicted.filter(|(_, it)| it.value.is_finite());
            rows.extend(known.map(|(name, it)| row(policy, &forecast.basis, name, it)));
        }
    }
    rows
}

fn row(policy: &PolicySummary, basis: &str, figure: &str, predicted: &Figure) -> Beside {
    let measured = measured(policy, figure);
    Beside {
        policy: policy.policy.clone(),
        basis: basis.to_owned(),
        figure: figure.to_owned(),
        measured,
        predicted: predicted.value,
        standard_error: predicted.error,
        source: predicted.source.to_string(),
        holds: match figure {
            "failure" => is_likely(policy, predicted.value),
            _ => measured.map(|it| it.holds(predicted.value)),
        },
        excess: measured
            .filter(|_| predicted.value != 0.0)
            .map(|it| it.value / predicted.value - 1.0),
    }
}

/// Whether so many failures are among the likely ones, if this share of workflows is to fail.
fn is_likely(policy: &PolicySummary, share: f64) -> Option<bool> {
    let likely = binomial::acceptance(share, policy.n, FAILURES_CONFIDENCE);
    (policy.n > 0).then(|| likely.contains(&policy.failures.all.count))
}

/// The figure of that name, where the target tells of it.
fn measured(policy: &PolicySummary, figure: &str) -> Option<Measure> {
    match figure {
        "mean" => Some(policy.latency?.mean_s),
        "p50" => Some(policy.latency?.p50_s),
        "p99" => Some(policy.latency?.p99_s),
        "work" => Some(policy.work?.work_s),
        "failure" => (policy.n > 0).then_some(policy.failures.all.share),
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
