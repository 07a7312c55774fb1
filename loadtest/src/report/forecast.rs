//! What was predicted of a run, in the words of its report.

use crate::predict::of_run::{IdealBasis, MeasuredBasis, RunPrediction};
use crate::predict::{Figure, Prediction};

/// What was predicted of a run, from one basis.
#[derive(Clone, Debug)]
pub(super) struct Forecast<'a> {
    /// What service times it was predicted from.
    pub(super) basis: String,
    /// How uncertain its mean is because so few of them were measured, by the mean.
    pub(super) relative_error: f64,
    /// What each of the run's policies should do, in their order.
    pub(super) policies: Vec<&'a Prediction>,
}

/// What was predicted, basis by basis. One that not every policy was predicted from is left out.
pub(super) fn forecasts(predictions: &[RunPrediction]) -> Vec<Forecast<'_>> {
    let ideal = predictions.iter().map(|it| {
        let based = it.ideal.as_ref()?;
        let basis = ideal_name(based.basis);
        Some((basis, based.relative_error, &based.prediction))
    });
    let measured = predictions.iter().map(|it| {
        let based = it.measured.as_ref()?;
        let basis = measured_name(based.basis).to_owned();
        Some((basis, based.relative_error, &based.prediction))
    });
    let is_assumed = predictions.iter().any(|it| it.is_one_slot_assumed);
    let assumed = if is_assumed { ASSUMED } else { "" };
    let forecasts = [ideal.collect(), measured.collect()].into_iter();
    forecasts.filter_map(|it| forecast(it, assumed)).collect()
}

/// What a basis says where nobody tells how many attempts a member runs at once.
const ASSUMED: &str = " (taking flight.slots, which the target does not tell, to be 1)";

/// Of every policy the words for its basis, its relative error, and the prediction.
type Based<'a> = (String, f64, &'a Prediction);

fn forecast<'a>(predictions: Option<Vec<Based<'a>>>, assumed: &str) -> Option<Forecast<'a>> {
    let predictions = predictions?;
    let (basis, relative_error, _) = predictions.first()?;
    Some(Forecast {
        basis: format!("{basis}{assumed}"),
        relative_error: *relative_error,
        policies: predictions.iter().map(|(_, _, it)| *it).collect(),
    })
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
