//! The tables of a page.

use maud::{Markup, html};

use super::super::summary::{Alone, Beside, Measure, PolicySummary, Summary};
use super::figure::{cell, digits, percent, range, time};

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
                 where the samples are too few to say. That takes workflows to be independent of \
                 each other: where they queue behind each other, intervals are too narrow."
                @if summary.policies.iter().any(has_unended) {
                    " Of all: the same where those that timed out or were lost rank as the \
                     longest; beyond the longest where it is among them."
                }
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
    let all = &policy.latency_of_all;
    html! {
        (cell(latency.map(|it| &it.mean_s), time))
        (cell(ratio, digits))
        (quantile(policy, latency.map(|it| &it.p50_s), all.p50_s))
        (cell(latency.map(|it| &it.p90_s), time))
        (quantile(policy, latency.map(|it| &it.p99_s), all.p99_s))
        (quantile(policy, latency.map(|it| &it.p999_s), all.p999_s))
        td { @if let Some(latency) = latency { (time(latency.max_s)) } @else { "–" } }
    }
}

/// Whether there are workflows whose latency nobody knows.
fn has_unended(policy: &PolicySummary) -> bool {
    policy.failures.timed_out.count + policy.failures.lost.count > 0
}

/// A quantile, and what it is of all where some did not end.
fn quantile(policy: &PolicySummary, landed: Option<&Measure>, all: Option<Measure>) -> Markup {
    html! {
        td {
            @if let Some(measure) = landed {
                (time(measure.value))
                small { (range(measure, time)) }
            } @else { "–" }
            @if has_unended(policy) {
                small { "of all: " (all.map_or("beyond".to_owned(), |it| time(it.value))) }
            }
        }
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
    let range = range(&failures.all.share, percent);
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
                    "Holds: whether the measured interval holds the prediction, if it is made wider \
                     by 1.96 standard errors of the prediction (±), of which a part is due to the \
                     number of single attempts; of failures, whether so many of those that failed \
                     or landed are in the 99 % binomial interval of what was predicted. With long \
                     runs even differences that do not matter are beyond it: see how large they \
                     are."
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
    let error = row.standard_error.hypot(row.basis_error.unwrap_or(0.0));
    html! {
        tr {
            td { (row.policy) }
            td { (row.figure) }
            (cell(row.measured.as_ref(), write))
            td {
                (write(row.predicted))
                @if error > 0.0 { small { "± " (write(error)) } }
            }
            td { (excess.unwrap_or_else(|| "–".to_owned())) }
            @match row.holds {
                Some(true) => td class="text yes" { "yes" },
                Some(false) => td class="text no" { "no" },
                None if row.measured.is_some() => td class="text" { "too few single attempts" },
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
                     gave no value that counted: they were stopped, failed, or came second, or \
                     their workflow did not land. Which of two came first is told from ends by \
                     their nodes' clocks."
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

/// What the harness itself was late. Nothing where it cannot be: in a closed loop a workflow is to
/// be sent when it is sent.
pub(super) fn lateness(summary: &Summary) -> Markup {
    let told = || {
        summary
            .policies
            .iter()
            .filter_map(|it| Some((it, it.lateness?)))
    };
    if told().all(|(_, lateness)| lateness.max_s == 0.0) {
        return html! {};
    }
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
