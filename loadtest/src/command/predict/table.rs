//! Predictions side by side.

use serde::Serialize;

use crate::policy::Policy;
use crate::predict::{Figure, Prediction, Source};

/// The predictions of several policies, each beside the first.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<(Policy, Prediction)>);

/// A policy's prediction, and its ratios to the first one's.
#[derive(Debug, Serialize)]
struct Row<'a> {
    policy: String,
    prediction: &'a Prediction,
    ratio: Ratios,
}

/// Figures by those of the first policy.
#[derive(Debug, Serialize)]
struct Ratios {
    mean: Ratio,
    p50: Ratio,
    p99: Ratio,
    work: Ratio,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Ratio {
    value: f64,
    /// Its standard error.
    error: f64,
}

/// A figure of a prediction, by its name.
type Named = (&'static str, fn(&Prediction) -> &Figure, Unit);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Seconds,
    Share,
}

const FIGURES: [Named; 5] = [
    ("mean", |it| &it.mean, Unit::Seconds),
    ("p50", |it| &it.p50, Unit::Seconds),
    ("p99", |it| &it.p99, Unit::Seconds),
    ("work", |it| &it.work, Unit::Seconds),
    ("failure", |it| &it.failure, Unit::Share),
];

impl Table {
    /// Adds a policy.
    pub(super) fn push(&mut self, policy: Policy, prediction: Prediction) {
        self.0.push((policy, prediction));
    }

    /// For a program.
    pub(super) fn json(&self) -> String {
        let rows = self.0.iter().map(|(policy, prediction)| Row {
            policy: policy.to_string(),
            prediction,
            ratio: Ratios {
                mean: self.ratio(prediction, |it| &it.mean),
                p50: self.ratio(prediction, |it| &it.p50),
                p99: self.ratio(prediction, |it| &it.p99),
                work: self.ratio(prediction, |it| &it.work),
            },
        });
        let rows: Vec<_> = rows.collect();
        serde_json::to_string_pretty(&rows).expect("it has string keys only")
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{:14} {:8} {:>24} {:>18}  from\n",
            "policy", "", "", "ratio"
        );
        for (policy, prediction) in &self.0 {
            let policy = policy.to_string();
            for (name, figure, unit) in FIGURES {
                let ratio = match unit {
                    Unit::Seconds => self.ratio(prediction, figure).to_string(),
                    Unit::Share => String::new(),
                };
                let figure = figure(prediction);
                let (value, source) = (told(figure, unit), figure.source);
                text += &format!("{policy:14} {name:8} {value:>24} {ratio:>18}  {source}\n");
            }
        }
        text + "Mean, p50 and p99 are those of the workflows that land."
    }

    fn ratio(&self, prediction: &Prediction, of: fn(&Prediction) -> &Figure) -> Ratio {
        let (_, first) = &self.0[0];
        let (value, error) = of(prediction).ratio_to(of(first));
        // What is compared with itself is the same, however uncertain.
        let is_itself = std::ptr::eq(prediction, first);
        Ratio {
            value,
            error: if is_itself { 0.0 } else { error },
        }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { value, error } = self;
        match error {
            _ if !value.is_finite() => f.write_str("-"),
            0.0 => write!(f, "{value:.4}"),
            error => write!(f, "{value:.4} ± {error:.4}"),
        }
    }
}

/// A figure with its standard error.
fn told(figure: &Figure, unit: Unit) -> String {
    let Figure { value, error, .. } = *figure;
    let is_exact = matches!(figure.source, Source::Closed { .. });
    let (factor, suffix) = match unit {
        Unit::Seconds => (1e3, " ms"),
        Unit::Share => (1e2, " %"),
    };
    let (value, error) = (value * factor, error * factor);
    match () {
        () if !value.is_finite() => "-".to_owned(),
        () if is_exact => format!("{value:.3}{suffix}"),
        () => format!("{value:.3} ± {error:.3}{suffix}"),
    }
}
