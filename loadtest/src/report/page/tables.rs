//! The tables of a page.

use maud::{Markup, html};

use super::super::summary::{Alone, Beside, Measure, PolicySummary, Summary, ZoneSummary};
use super::figure::{cell, digits, percent, time};

/// Every policy with its latencies and failures.
pub(super) fn policies(summary: &Summary) -> Markup {
    let ratio = |policy: &PolicySummary| {
        let mut ratios = summary.ratios.iter();
        ratios
            .find(|it| it.policy == policy.policy)
            .and_then(|it| it.mean)
    };
    html! {
        section {
            h2 { "Policies" }
            p class="note" {
                "Latency counts from the moment at which a workflow was to be sent, of workflows \
                 that landed. Small: where the true value is, with 95 % confidence; an ellipsis \
                 where the samples are too few to say."
            }
            div class="wide" { table {
                thead { tr {
                    th { "policy" }
                    @for name in ["workflows", "mean", "by the first", "p50", "p90", "p99", "p99.9",
                        "max", "landed /s", "failures"] { th { (name) } }
                } }
                tbody { @for policy in &summary.policies { tr {
                    td { (policy.policy) }
                    td { (policy.n) small { "after " (policy.warm_up) " to warm up" } }
                    (latencies(policy, ratio(policy).as_ref()))
                    td { (digits(policy.throughput_per_s)) }
                    (failures(policy))
                } } }
            } }
        }
    }
}

fn latencies(policy: &PolicySummary, ratio: Option<&Measure>) -> Markup {
    let latency = policy.latency.as_ref();
    html! {
        (cell(latency.map(|it| &it.mean_s), time))
        (cell(ratio, digits))
        (cell(latency.map(|it| &it.p50_s), time))
        (cell(latency.map(|it| &it.p90_s), time))
        (cell(latency.map(|it| &it.p99_s), time))
        (cell(latency.map(|it| &it.p999_s), time))
        td { @if let Some(latency) = latency { (time(latency.max_s)) } @else { "–" } }
    }
}

/// How many failed, and of what.
fn failures(policy: &PolicySummary) -> Markup {
    let failures = &policy.failures;
    let kinds = [
        (failures.failed, "failed"),
        (failures.refused, "refused"),
        (failures.timed_out, "timed out"),
        (failures.lost, "lost"),
    ];
    let range = super::figure::range(&failures.all.share, percent);
    html! {
        td {
            (percent(failures.all.share.value))
            small { (range) }
            @for (share, name) in kinds.iter().filter(|(share, _)| share.count > 0) {
                small { (share.count) " " (name) }
            }
        }
    }
}

/// What was measured beside what was predicted.
pub(super) fn beside(summary: &Summary) -> Markup {
    html! {
        section {
            h2 { "Measured beside predicted" }
            @if summary.beside.is_empty() {
                p class="note" {
                    "Nothing was predicted: the scenario does not say what service times are drawn \
                     from, and no single attempts were measured."
                }
            } @else {
                p class="note" {
                    "Holds: whether the measured interval holds the prediction; of failures, \
                     whether so many are in the 99 % binomial interval of what was predicted. With \
                     long runs even differences that do not matter are beyond it: see how large \
                     they are."
                }
                div class="wide" { table {
                    thead { tr {
                        th { "policy" } th { "figure" } th { "measured" } th { "predicted" }
                        th { "difference" } th class="text" { "holds" }
                        th class="text" { "predicted from" }
                    } }
                    tbody { @for row in &summary.beside { (beside_row(row)) } }
                } }
            }
        }
    }
}

fn beside_row(row: &Beside) -> Markup {
    let write = |value| match row.figure.as_str() {
        "failure" => percent(value),
        _ => time(value),
    };
    let excess = row.excess.map(|it| format!("{:+.1} %", it * 100.0));
    html! {
        tr {
            td { (row.policy) }
            td { (row.figure) }
            (cell(row.measured.as_ref(), write))
            td {
                (write(row.predicted))
                @if row.standard_error > 0.0 { small { "± " (write(row.standard_error)) } }
            }
            td { (excess.unwrap_or_else(|| "–".to_owned())) }
            @match row.holds {
                Some(true) => td class="text yes" { "yes" },
                Some(false) => td class="text no" { "no" },
                None => td class="text" { "the target does not tell" },
            }
            td class="text long" { (row.basis) small { (row.source) } }
        }
    }
}

/// What attempts took.
pub(super) fn work(summary: &Summary) -> Markup {
    let told = || {
        summary
            .policies
            .iter()
            .filter_map(|it| Some((it, it.work.as_ref()?)))
    };
    html! {
        section {
            h2 { "Work" }
            @if told().next().is_none() {
                p class="note" { "The target did not tell of attempts: no figures of work." }
            } @else {
                p class="note" {
                    "Attempt-seconds of a workflow, on average. Wasted are those of attempts that \
                     gave no value that counted: they were stopped, failed, or came second."
                }
                div class="wide" { table {
                    thead { tr {
                        th { "policy" }
                        @for name in ["workflows that tell", "attempts", "work", "wasted",
                            "wasted share", "ends unknown"] { th { (name) } }
                    } }
                    tbody { @for (policy, work) in told() { tr {
                        td { (policy.policy) }
                        td { (work.workflows) }
                        td { (digits(work.attempts)) }
                        (cell(Some(&work.work_s), time))
                        (cell(Some(&work.wasted_s), time))
                        td { (percent(work.wasted_share)) }
                        td { (work.unknown) }
                    } } }
                } }
            }
        }
    }
}

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
                div class="wide" { table {
                    thead { tr {
                        th { "policy" } th class="text" { "zone" }
                        @for name in ["workflows led", "attempts", "values that counted", "stopped",
                            "mean to a value"] { th { (name) } }
                    } }
                    tbody { @for (policy, zone) in zones() { (zone_row(policy, zone)) } }
                } }
            }
        }
    }
}

fn zone_row(policy: &PolicySummary, zone: &ZoneSummary) -> Markup {
    html! {
        tr {
            td { (policy.policy) }
            td class="text" { (zone.zone) }
            td { (zone.led) }
            td { (zone.attempts) }
            td { (zone.won) }
            td { (zone.stopped) }
            td { (zone.value_mean_s.map_or("–".to_owned(), time)) }
        }
    }
}

/// What single attempts took.
pub(super) fn alone(summary: &Summary) -> Markup {
    if summary.attempts_alone.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Single attempts" }
            p class="note" {
                "Each measured on its own, while every other node ran one of the same. The \
                 distance is the largest difference of probabilities to the exponential \
                 distribution of the same mean; p is how probable one so large is by chance."
            }
            div class="wide" { table {
                thead { tr {
                    th { "function" }
                    @for name in ["attempts", "mean", "deviation by mean", "distance", "p"] {
                        th { (name) }
                    }
                } }
                tbody { @for alone in &summary.attempts_alone { (alone_row(alone)) } }
            } }
        }
    }
}

fn alone_row(alone: &Alone) -> Markup {
    let known = |it: Option<f64>| it.map_or("–".to_owned(), digits);
    html! {
        tr {
            td { (alone.function) }
            td { (alone.n) }
            (cell(Some(&alone.mean_s), time))
            td { (digits(alone.variation)) }
            td { (known(alone.exponential_distance)) }
            td { (known(alone.exponential_p_value)) }
        }
    }
}

/// What the harness itself was late.
pub(super) fn lateness(summary: &Summary) -> Markup {
    let told = || {
        summary
            .policies
            .iter()
            .filter_map(|it| Some((it, it.lateness?)))
    };
    html! {
        section {
            h2 { "The harness itself" }
            p class="note" {
                "How much later than intended workflows were sent: it is part of their latency, \
                 and not the target's doing."
            }
            div class="wide" { table {
                thead { tr {
                    th { "policy" }
                    @for name in ["p50", "p99", "max"] { th { (name) } }
                } }
                tbody { @for (policy, lateness) in told() { tr {
                    td { (policy.policy) }
                    td { (time(lateness.p50_s)) }
                    td { (time(lateness.p99_s)) }
                    td { (time(lateness.max_s)) }
                } } }
            } }
        }
    }
}
