//! Where values lie along an axis, and where its ticks are.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::Scale;

/// About how many spaces there are between ticks of a linear axis.
const SPACES: f64 = 6.0;

/// More decades than this on a logarithmic axis, and the ticks between them are left out.
const DECADES_CLOSE: i32 = 3;

/// An axis with its ends and its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
    /// Where labels stand.
    ticks: Vec<f64>,
    /// How many digits labels have behind the point.
    digits: usize,
}

impl Ruler {
    /// One that all these values fit on. Those that have no place on the scale are left out; where
    /// none is left, it runs from 0, or 1, to 1 or 10.
    pub(super) fn over(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let mut ends: Option<(f64, f64)> = None;
        for value in values.filter(|it| has_place(scale, *it)) {
            let (low, high) = ends.unwrap_or((value, value));
            ends = Some((low.min(value), high.max(value)));
        }
        match scale {
            Scale::Linear => Self::linear(ends.unwrap_or((0.0, 1.0))),
            Scale::Log => Self::log(ends.unwrap_or((1.0, 10.0))),
        }
    }

    /// From a tick to a tick. Zero is on it unless all values are far from it.
    fn linear((low, high): (f64, f64)) -> Self {
        let low = if low > 0.0 && low <= high / 2.0 {
            0.0
        } else {
            low
        };
        let spread = if high > low {
            high - low
        } else {
            high.abs().max(1.0)
        };
        let (step, digits) = step(spread / SPACES);
        let first = (low / step).floor();
        let last = (high / step).ceil().max(first + 1.0);
        let count = (last - first).round() as usize;
        let ticks: Vec<f64> = (0..=count).map(|at| (first + at as f64) * step).collect();
        Self {
            scale: Scale::Linear,
            low: ticks[0],
            high: ticks[count],
            ticks,
            digits,
        }
    }

    /// From 1, 2 or 5 times a power of ten to such a one.
    fn log((low, high): (f64, f64)) -> Self {
        let (first, last) = (decade(low), decade(high) + 1);
        let factors: &[f64] = if last - first > DECADES_CLOSE {
            &[1.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let all = (first..=last).flat_map(|exponent| factors.iter().map(move |it| (it, exponent)));
        let all: Vec<f64> = all.map(|(it, exponent)| it * power(exponent)).collect();
        let from = all.iter().rposition(|it| *it <= low).unwrap_or(0);
        let to = all.iter().position(|it| *it >= high && *it > all[from]);
        let ticks = all[from..=to.unwrap_or(all.len() - 1)].to_vec();
        Self {
            scale: Scale::Log,
            low: ticks[0],
            high: ticks[ticks.len() - 1],
            ticks,
            digits: 0,
        }
    }

    /// Where labels stand.
    pub(super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }

    /// Whether a value can be shown on it.
    pub(super) fn has_place(&self, value: f64) -> bool {
        has_place(self.scale, value)
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper one.
    pub(super) fn share(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        }
    }

    /// What stands at a tick.
    pub(super) fn label(&self, tick: f64) -> String {
        match self.scale {
            Scale::Linear if tick.abs() < 1e7 => format!("{tick:.*}", self.digits),
            Scale::Log if (1e-4..1e7).contains(&tick) => {
                let digits = usize::try_from(-decade(tick)).unwrap_or(0);
                format!("{tick:.digits$}")
            }
            Scale::Linear | Scale::Log => format!("{tick:.1e}"),
        }
    }
}

fn has_place(scale: Scale, value: f64) -> bool {
    value.is_finite() && (scale == Scale::Linear || value > 0.0)
}

/// The greatest power of ten that is not above a positive value.
fn decade(value: f64) -> i32 {
    // A power of ten itself may come out a little below its exponent.
    (value.log10() + 1e-9).floor() as i32
}

/// A power of ten, as it would be written: `powi(-3)` is not always the nearest to 0.001.
fn power(exponent: i32) -> f64 {
    format!("1e{exponent}")
        .parse()
        .expect("a power of ten is a number")
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below a positive value, and how many
/// digits behind the point it has.
fn step(least: f64) -> (f64, usize) {
    let exponent = decade(least);
    let factors = [1.0, 2.0, 5.0].map(|it| (it * power(exponent), exponent));
    let all = factors
        .into_iter()
        .chain([(power(exponent + 1), exponent + 1)]);
    let mut fitting = all.filter(|(step, _)| *step >= least * (1.0 - 1e-9));
    let (step, exponent) = fitting.next().expect("the next power of ten is above it");
    (step, usize::try_from(-exponent).unwrap_or(0))
}

impl Ranged for Ruler {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (self.share(*value) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Ruler {
    fn format_ext(&self, value: &f64) -> String {
        self.label(*value)
    }
}
