//! What was measured beside what was predicted.

use super::super::forecast::{Expectation, Forecast};
use super::super::summary::{Beside, Measure, PolicySummary, RatioPredicted};

/// Every figure that was predicted, beside what was measured of it.
pub(super) fn beside(policies: &[PolicySummary], forecasts: &[Forecast]) -> Vec<Beside> {
    let mut rows = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        let latency = policy.latency;
        let work = policy.work.map(|work| work.work_s);
        let failure = (policy.n > 0).then_some(policy.failures.all.share);
        for forecast in forecasts {
            let expected = &forecast.policies[at];
            let figures = [
                ("mean", latency.map(|it| it.mean_s), &expected.mean),
                ("p50", latency.map(|it| it.p50_s), &expected.p50),
                ("p99", latency.map(|it| it.p99_s), &expected.p99),
                ("work", work, &expected.work),
                ("failure", failure, &expected.failure),
            ];
            let of = (policy.policy.as_str(), forecast.basis.as_str());
            rows.extend(figures.map(|(figure, measured, it)| row(of, figure, measured, it)));
        }
    }
    rows
}

fn row(
    (policy, basis): (&str, &str),
    figure: &str,
    measured: Option<Measure>,
    expected: &Expectation,
) -> Beside {
    let predicted = expected.value;
    Beside {
        policy: policy.to_owned(),
        basis: basis.to_owned(),
        figure: figure.to_owned(),
        measured,
        predicted,
        standard_error: expected.standard_error,
        source: expected.source.clone(),
        holds: measured.map(|it| it.holds(predicted)),
        excess: measured
            .filter(|_| predicted != 0.0)
            .map(|it| it.value / predicted - 1.0),
    }
}

/// What the ratio of a policy's mean to the first one's was predicted to be.
pub(super) fn ratios(policy: usize, forecasts: &[Forecast]) -> Vec<RatioPredicted> {
    let ratios = forecasts.iter().filter_map(|forecast| {
        let (over, under) = (&forecast.policies[policy].mean, &forecast.policies[0].mean);
        let value = over.value / under.value;
        // Of independent figures, relative errors add up as squares.
        let [over, under] = [over, under].map(|it| it.standard_error / it.value);
        value.is_finite().then(|| RatioPredicted {
            basis: forecast.basis.clone(),
            value,
            standard_error: value * over.hypot(under),
        })
    });
    ratios.collect()
}
