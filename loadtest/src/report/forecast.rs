//! What was predicted of a run, in the words of its report.

use crate::predict::of_run::{IdealBasis, MeasuredBasis, RunPrediction};
use crate::predict::{Figure, Prediction};

/// What was predicted of a run, from one basis.
#[derive(Clone, Debug)]
pub(super) struct Forecast<'a> {
    /// What service times it was predicted from.
    pub(super) basis: String,
    /// What each of the run's policies should do, in their order.
    pub(super) policies: Vec<&'a Prediction>,
}

/// What was predicted, basis by basis. One that not every policy was predicted from is left out.
pub(super) fn forecasts(predictions: &[RunPrediction]) -> Vec<Forecast<'_>> {
    let ideal = predictions.iter().map(|it| {
        let based = it.ideal.as_ref()?;
        Some((ideal_name(based.basis), &based.prediction))
    });
    let measured = predictions.iter().map(|it| {
        let based = it.measured.as_ref()?;
        Some((measured_name(based.basis).to_owned(), &based.prediction))
    });
    let forecasts = [ideal.collect(), measured.collect()].into_iter();
    forecasts.filter_map(forecast).collect()
}

fn forecast(predictions: Option<Vec<(String, &Prediction)>>) -> Option<Forecast<'_>> {
    let predictions = predictions?;
    let basis = predictions.first()?.0.clone();
    let policies = predictions.into_iter().map(|(_, it)| it).collect();
    Some(Forecast { basis, policies })
}

fn ideal_name(basis: IdealBasis) -> String {
    match basis {
        IdealBasis::Declared => "the ideal exponential of the declared mean".to_owned(),
        IdealBasis::Measured(basis) => {
            format!(
                "the ideal exponential of the mean of {}",
                measured_name(basis)
            )
        }
    }
}

fn measured_name(basis: MeasuredBasis) -> &'static str {
    match basis {
        MeasuredBasis::Alone => "single attempts",
        MeasuredBasis::ForkJoin => "fork-join's attempts",
    }
}

/// The figures of a prediction, under the names that `summary.json` has for them.
pub(super) fn figures(prediction: &Prediction) -> [(&'static str, &Figure); 5] {
    [
        ("mean", &prediction.mean),
        ("p50", &prediction.p50),
        ("p99", &prediction.p99),
        ("work", &prediction.work),
        ("failure", &prediction.failure),
    ]
}
