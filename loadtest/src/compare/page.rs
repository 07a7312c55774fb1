//! A comparison as a page of its own.

use maud::{Markup, PreEscaped, html};

use crate::report::Saved;
use crate::report::page::figure::{cell, percent};
use crate::report::page::{document, plots};
use crate::report::tally::latencies;
use crate::statistics::quantile;

use super::row::{Row, Verdict};
use super::{Comparison, Side};

/// The page of a comparison of these runs.
pub(crate) fn page(comparison: &Comparison, a: &Saved, b: &Saved) -> String {
    let body = html! {
        (head(comparison))
        section { h2 { "Figures" } (table(&comparison.rows)) }
        section {
            h2 { "Latencies" }
            div class="plots" {
                @for svg in plots_of(a, b) { figure { (PreEscaped(svg)) } }
            }
        }
    };
    let title = format!("{} and {}", comparison.a.directory, comparison.b.directory);
    document(&title, &body)
}

fn head(comparison: &Comparison) -> Markup {
    let side = |name: &str, side: &Side| {
        let told = format!("{} ({}, {})", side.directory, side.title, side.began);
        html! { div { dt { (name) } dd { (told) } } }
    };
    let count = comparison.judged(Verdict::Differs).count();
    let answer = match count {
        0 => "Nothing differs beyond noise.".to_owned(),
        1 => "One figure differs beyond noise.".to_owned(),
        _ => format!(
            "{count} of {} figures differ beyond noise.",
            comparison.rows.len()
        ),
    };
    let warnings = comparison.warnings();
    html! {
        header {
            h1 { "Two runs side by side" }
            p class="answer" { (answer) }
            dl class="facts" { (side("A", &comparison.a)) (side("B", &comparison.b)) }
            @if !warnings.is_empty() {
                h2 { "Not made alike" }
                ul { @for warning in warnings { li { (warning) } } }
            }
            h2 { "In words" }
            ul { @for words in comparison.words() { li { (words) } } }
        }
    }
}

fn table(rows: &[Row]) -> Markup {
    html! {
        div class="wide" { table {
            thead { tr {
                th { "of" } th class="text" { "figure" }
                th { "A" } th { "B" } th { "B - A" } th { "change" }
                th class="text" { "verdict" }
            } }
            tbody { @for row in rows { (table_row(row)) } }
        } }
    }
}

fn table_row(row: &Row) -> Markup {
    let write = |value| row.quantity.write(value);
    html! {
        tr {
            td { (row.of) }
            td class="text" { (row.figure) }
            (cell(Some(&row.a), write))
            (cell(Some(&row.b), write))
            (cell(Some(&row.difference), write))
            td { (row.change.map_or("–".to_owned(), percent)) }
            td class="text" {
                @let words = row.verdict.words();
                @if row.verdict == Verdict::Differs { strong { (words) } } @else { (words) }
            }
        }
    }
}

/// For every policy that both have the latencies of both.
fn plots_of(a: &Saved, b: &Saved) -> Vec<String> {
    let plots = a
        .summary
        .policies
        .iter()
        .enumerate()
        .filter_map(|(at_a, policy)| {
            let name = &policy.policy;
            let at_b = b
                .summary
                .policies
                .iter()
                .position(|it| it.policy == *name)?;
            let sides = [("A", a, at_a), ("B", b, at_b)].map(|(side, saved, at)| {
                let sorted = quantile::sorted(&latencies(&saved.samples, at));
                (side.to_owned(), sorted)
            });
            let has_landed = sides.iter().all(|(_, sorted)| !sorted.is_empty());
            let title = format!("{name}: which share took at most so long");
            has_landed.then(|| plots::cumulative_of(title, &sides).svg())
        });
    plots.collect()
}
