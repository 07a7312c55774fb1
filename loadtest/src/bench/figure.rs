//! What was measured, and how it is told.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use crate::statistics::quantile;

/// One figure: a line of JSON.
#[derive(Clone, Debug, Serialize)]
struct Figure {
    bench: &'static str,
    figure: String,
    unit: &'static str,
    value: f64,
    /// What the operating system alone takes for the same, measured in turns with it.
    floor: Option<f64>,
    ratio: Option<f64>,
    /// How many samples the value is of.
    n: usize,
}

/// How long something took, again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub(super) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The smallest of them that at least this share does not exceed: 0.5 is the median.
    pub(super) fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[quantile::rank(sorted.len(), share).min(sorted.len()) - 1]
    }

    fn quantile_us(&self, share: f64) -> f64 {
        self.quantile(share).as_secs_f64() * 1e6
    }
}

impl Extend<Duration> for Samples {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

/// Which quantiles are told, under which name.
const QUANTILES: [(&str, f64); 2] = [("p50", 0.5), ("p99", 0.99)];

/// The figures of one run, told as they come.
pub(super) struct Sheet {
    bench: &'static str,
    figures: Vec<Figure>,
}

impl Sheet {
    /// An empty one.
    pub(super) fn new(bench: &'static str) -> Self {
        let figures = Vec::new();
        Self { bench, figures }
    }

    /// Tells median and 99th percentile of `value`, beside those of its floor.
    pub(super) fn compare(&mut self, name: &str, value: &Samples, floor: &Samples) {
        for (quantile, share) in QUANTILES {
            let floor = floor.quantile_us(share);
            self.tell(
                format!("{name}_{quantile}"),
                value.quantile_us(share),
                Some(floor),
                value.0.len(),
            );
        }
    }

    /// Tells median and maximum of what has no floor.
    pub(super) fn state(&mut self, name: &str, value: &Samples) {
        for (quantile, share) in [("p50", 0.5), ("max", 1.0)] {
            self.tell(
                format!("{name}_{quantile}"),
                value.quantile_us(share),
                None,
                value.0.len(),
            );
        }
    }

    /// Tells median, 99th percentile and maximum of what has no floor.
    pub(super) fn spread(&mut self, name: &str, value: &Samples) {
        for (quantile, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let figure = format!("{name}_{quantile}");
            self.tell(figure, value.quantile_us(share), None, value.0.len());
        }
    }

    /// Tells what is known as a mean of `n` only, and has no floor.
    pub(super) fn single(&mut self, name: &str, mean: Duration, n: usize) {
        self.tell(name.to_owned(), mean.as_secs_f64() * 1e6, None, n);
    }

    fn tell(&mut self, figure: String, value: f64, floor: Option<f64>, n: usize) {
        let figure = Figure {
            bench: self.bench,
            figure,
            unit: "us",
            value: rounded(value, 10.0),
            floor: floor.map(|floor| rounded(floor, 10.0)),
            ratio: floor.map(|floor| rounded(value / floor, 100.0)),
            n,
        };
        let line = serde_json::to_string(&figure).expect("it has string keys only");
        let mut output = io::stdout().lock();
        // Whoever reads may have enough.
        let _ = writeln!(output, "{line}").and_then(|()| output.flush());
        self.figures.push(figure);
    }

    /// All of them, for a person.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:32} {:>12} {:>12} {:>6} {:>6}\n",
            self.bench, "us", "floor", "ratio", "n"
        );
        let or_dash = |number: Option<f64>| number.map_or("-".to_owned(), |it| it.to_string());
        for figure in &self.figures {
            let (floor, ratio) = (or_dash(figure.floor), or_dash(figure.ratio));
            let Figure {
                figure, value, n, ..
            } = figure;
            text += &format!("{figure:32} {value:>12} {floor:>12} {ratio:>6} {n:>6}\n");
        }
        text
    }
}

/// To the given number of parts of one: more would be noise.
fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}
