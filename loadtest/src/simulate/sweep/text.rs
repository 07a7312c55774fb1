//! A sweep and a check for a terminal.

use crate::report::page::figure::{digits, percent, time};

use super::Cell;
use crate::simulate::check::Verdict;
use crate::simulate::cluster::tally::{Gauge, State, Summary};

/// The names of a sweep's columns.
pub(crate) const COLUMNS: [&str; 9] = [
    "policy",
    "load",
    "mean",
    "p50",
    "p99",
    "work",
    "utilisation",
    "failed",
    "state",
];

/// A cell as its row: its figures, with standard errors, as far as they mean something.
pub(crate) fn row(cell: &Cell) -> [String; 9] {
    let figure = |write: &dyn Fn(&Summary) -> String| {
        let sound = cell.sound();
        sound.map_or_else(|| "-".to_owned(), write)
    };
    let gauge = |pick: fn(&Summary) -> Gauge| {
        figure(&|summary| {
            let Gauge { value, error } = pick(summary);
            format!("{}{} ± {}", mark(summary), time(value), time(error))
        })
    };
    [
        cell.policy.to_string(),
        digits(cell.load),
        gauge(|summary| summary.mean),
        gauge(|summary| summary.p50),
        gauge(|summary| summary.p99),
        figure(&|summary| time(summary.work)),
        figure(&|summary| percent(summary.utilisation)),
        figure(&|summary| percent(summary.failed as f64 / summary.workflows as f64)),
        cell.state().to_owned(),
    ]
}

/// Times of a cluster that still fills are less than they will be; those of one that was not looked
/// at for long enough are known but roughly.
fn mark(summary: &Summary) -> &'static str {
    match summary.state {
        State::Growing => "> ",
        State::Short => "~ ",
        State::Steady | State::Overloaded => "",
    }
}

/// A check as a table.
pub(crate) fn verdicts(verdicts: &[Verdict]) -> String {
    let head = ["", "measured", "known", "difference", "from"].map(str::to_owned);
    let row = |verdict: &Verdict| {
        let mark = if verdict.holds() { "" } else { "  <- off" };
        let error = verdict.error / verdict.known;
        [
            verdict.name.clone(),
            format!("{:.4} ± {:.4}", verdict.measured, verdict.error),
            format!("{:.4}", verdict.known),
            format!(
                "{:+.2} % ± {:.2} %{mark}",
                verdict.difference * 100.0,
                error * 100.0
            ),
            verdict.from.to_owned(),
        ]
    };
    table(
        &std::iter::once(head)
            .chain(verdicts.iter().map(row))
            .collect::<Vec<_>>(),
    )
}

/// Rows as lines, in columns as wide as what stands in them.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let length = |text: &String| text.chars().count();
    let width = |column: usize| rows.iter().map(|row| length(&row[column])).max();
    let widths: Vec<_> = (0..COLUMNS).filter_map(width).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(text, &width)| format!("{text:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
