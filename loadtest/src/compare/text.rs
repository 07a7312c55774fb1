//! A comparison for a terminal.

use std::fmt::Write;

use crate::report::page::figure::range;

use super::Comparison;
use super::row::Row;

/// What warnings begin with.
const WARNING: &str = "warning: ";

/// The comparison as text, with a line's end at its end.
pub(crate) fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    let Comparison { a, b, .. } = comparison;
    for (side, run) in [("A", a), ("B", b)] {
        line(
            &mut text,
            &format!("{side}: {} ({}, {})", run.directory, run.title, run.began),
        );
    }
    for warning in comparison.warnings() {
        line(&mut text, &format!("{WARNING}{warning}"));
    }
    line(&mut text, "");
    table(&mut text, &comparison.rows);
    line(&mut text, "");
    for words in comparison.words() {
        line(&mut text, &words);
    }
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a text takes whatever is written to it");
}

/// The figures, in columns as wide as what stands in them.
fn table(text: &mut String, rows: &[Row]) {
    let head = ["", "A", "B", "B - A", "95 %", "verdict"].map(str::to_owned);
    let cells: Vec<_> = std::iter::once(head)
        .chain(rows.iter().map(cells))
        .collect();
    let width = |column: usize| {
        let widths = cells.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..6).map(width).collect();
    for row in &cells {
        let [name, figures @ ..] = row;
        let mut out = format!("{name:0$}", widths[0]);
        for (cell, width) in figures.iter().zip(&widths[1..]) {
            out += &format!("  {cell:>width$}");
        }
        line(text, out.trim_end());
    }
}

fn cells(row: &Row) -> [String; 6] {
    let write = |value| row.quantity.write(value);
    [
        row.name(),
        write(row.a.value),
        write(row.b.value),
        write(row.difference.value),
        range(&row.difference, write),
        row.verdict.words().to_owned(),
    ]
}
