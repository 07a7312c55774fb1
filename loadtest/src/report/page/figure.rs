//! Figures, as people read them.

use maud::{Markup, html};

use super::super::summary::Measure;

/// A time as three digits and its unit.
pub(crate) fn time(seconds: f64) -> String {
    let (scaled, unit) = match seconds.abs() {
        it if it >= 1.0 || it == 0.0 => (seconds, "s"),
        it if it >= 1e-3 => (seconds * 1e3, "ms"),
        _ => (seconds * 1e6, "µs"),
    };
    format!("{} {unit}", digits(scaled))
}

/// A number to three digits, or as many as stand before the point.
pub(crate) fn digits(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let before = number.abs().max(1e-9).log10().floor() as i32 + 1;
    let behind = usize::try_from(3 - before).unwrap_or(0).min(4);
    format!("{number:.behind$}")
}

/// A share, as a percentage.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// What a figure lies between: `0.53 to 0.56`. An end that nobody knows is an ellipsis.
pub(crate) fn range(measure: &Measure, write: impl Fn(f64) -> String) -> String {
    let end = |end: Option<f64>| end.map_or("…".to_owned(), &write);
    format!("{} to {}", end(measure.low), end(measure.high))
}

/// A cell with a figure, and what it lies between below it.
pub(crate) fn cell(measure: Option<&Measure>, write: impl Fn(f64) -> String) -> Markup {
    html! {
        td {
            @if let Some(measure) = measure {
                (write(measure.value))
                small { (range(measure, &write)) }
            } @else { "–" }
        }
    }
}

/// What is known, or that it is not.
pub(super) fn known<T: ToString>(what: Option<T>) -> String {
    what.map_or("unknown".to_owned(), |it| it.to_string())
}

/// A unit of time that fits to values as long as these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    /// Its name.
    pub(super) name: &'static str,
    /// How many of it a second has.
    pub(super) per_second: f64,
}

impl Unit {
    /// One in which the longest of these has not too many digits.
    pub(super) fn of(longest_s: f64) -> Self {
        let (name, per_second) = match longest_s {
            it if it >= 10.0 => ("s", 1.0),
            it if it >= 10e-3 => ("ms", 1e3),
            _ => ("µs", 1e6),
        };
        Self { name, per_second }
    }
}
