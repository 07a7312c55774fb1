//! The table of zones.

use maud::{Markup, html};

use super::super::summary::{PolicySummary, Summary, ZoneSummary};
use super::figure::{cell, time};

/// What happened in which zone.
pub(super) fn zones(summary: &Summary) -> Markup {
    let zones = || {
        let policies = summary.policies.iter();
        policies.flat_map(|policy| policy.zones.iter().map(move |zone| (policy, zone)))
    };
    html! {
        section {
            h2 { "Zones" }
            @if zones().next().is_none() {
                p class="note" { "The target did not tell what happened in which zone." }
            } @else {
                p class="note" {
                    "Mean, p50 and p99 are latencies of workflows that the zone led and that \
                     landed. A dash: the target does not tell."
                }
                div class="wide" { table {
                    thead { tr {
                        th { "policy" } th class="text" { "zone" }
                        @for name in ["workflows led", "mean", "p50", "p99", "attempts",
                            "values that counted", "stopped", "mean to a value"] { th { (name) } }
                    } }
                    tbody { @for (policy, zone) in zones() { (zone_row(policy, zone)) } }
                } }
            }
        }
    }
}

fn zone_row(policy: &PolicySummary, zone: &ZoneSummary) -> Markup {
    let known = |count: Option<u64>| count.map_or("–".to_owned(), |it| it.to_string());
    let latency = zone.latency.as_ref();
    html! {
        tr {
            td { (policy.policy) }
            td class="text" { (zone.zone) }
            td { (known(zone.led)) }
            (cell(latency.map(|it| &it.mean_s), time))
            (cell(latency.map(|it| &it.p50_s), time))
            (cell(latency.map(|it| &it.p99_s), time))
            td { (known(zone.attempts)) }
            td { (known(zone.won)) }
            td { (known(zone.stopped)) }
            td { (zone.value_mean_s.map_or("–".to_owned(), time)) }
        }
    }
}
