//! `report.html`: everything about a run on one page, without anything from outside.

pub(crate) mod answer;
pub(crate) mod figure;
mod flight;
pub(crate) mod plots;
mod single;
mod tables;
mod zones;

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::run::Run;

use super::summary::{Machine, Summary};

/// How pages look, on light and on dark ground.
pub(crate) const STYLE: &str = include_str!("style.css");

/// The page of a run.
pub(super) fn page(run: &Run, summary: &Summary) -> String {
    let body = html! {
        (head(summary))
        (tables::policies(summary))
        (tables::beside(summary))
        (plots(run))
        (tables::work(summary))
        (zones::zones(summary))
        (tables::alone(summary))
        (tables::lateness(summary))
        (origin(summary))
    };
    document(&summary.title, &body)
}

/// A page with that title around these elements.
pub(crate) fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// The answer, and under which circumstances it holds.
fn head(summary: &Summary) -> Markup {
    let target = &summary.target;
    let members = summary.policies.iter().map(|it| it.members);
    let members: BTreeSet<_> = members.collect();
    let members: Vec<_> = members.iter().map(ToString::to_string).collect();
    let zones = match target.zones.as_slice() {
        [] => "unknown".to_owned(),
        zones => zones.join(", "),
    };
    let flight_slots = figure::known(target.flight_slots);
    let node_slots = figure::known(target.node_slots);
    let service = summary
        .workflow
        .service
        .as_deref()
        .unwrap_or("the functions' own");
    let functions = summary.workflow.functions.len();
    let Machine { processors, kernel } = &summary.machine;
    html! {
        header {
            h1 { (summary.title) }
            @for sentence in answer::sentences(summary) { p class="answer" { (sentence) } }
            @for note in &summary.notes { p class="note" { "Note: " (note) "." } }
            dl class="facts" {
                (fact("members (N)", &members.join(", ")))
                (fact("flight.slots", &flight_slots))
                (fact("node.slots", &node_slots))
                (fact("nodes", &figure::known(target.nodes)))
                (fact("zones", &zones))
                (fact("functions (K)", &functions.to_string()))
                (fact("service times", service))
                (fact("faults", &figure::percent(summary.workflow.fault)))
                (fact("target", &target.url))
                (fact("machine", &format!("{processors} processors, Linux {kernel}")))
                (fact("began", &summary.began))
                (fact("took", &figure::time(summary.took_s)))
            }
        }
    }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn plots(run: &Run) -> Markup {
    let single = single::single(run);
    let timeline = flight::timeline(run);
    let figure = |svg: String, caption: &str| {
        html! { figure { (PreEscaped(svg)) figcaption { (caption) } } }
    };
    html! {
        section {
            h2 { "Plots" }
            div class="plots" {
                (figure(plots::cumulative(run).svg(), "Further to the left is faster."))
                (figure(plots::histogram(run).svg(), "Each policy's bars add up to 100 %."))
                (figure(plots::tail(run).svg(), "A straight line is an exponential tail."))
                (figure(plots::throughput(run).svg(), throughput_caption(run)))
                @if let Some(single) = &single {
                    (figure(plots::quantiles(single).svg(), QUANTILES))
                }
                @if let Some(timeline) = timeline {
                    (figure(timeline.svg(), TIMELINE))
                }
            }
            @if single.is_none() { p class="note" { (NO_SINGLE) } }
            @if flight::timeline(run).is_none() { p class="note" { (NO_ATTEMPTS) } }
        }
    }
}

fn throughput_caption(run: &Run) -> &'static str {
    if run.attempts_alone.is_empty() {
        "Policies of one run share its time."
    } else {
        "Policies of one run share its time. Nothing lands while single attempts are measured."
    }
}

const QUANTILES: &str = "On the dashed line, attempts are as exponential ones of the same mean; \
    below it on the right, long ones are rarer than that, and copies help less.";
const TIMELINE: &str = "The workflow whose latency is nearest to the median, with an attempt that \
    was stopped where there is such a one.";
const NO_SINGLE: &str = "No quantiles of single attempts: the scenario did not measure attempts on \
    their own (attempts_alone), and those of flights are cut short by each other.";
const NO_ATTEMPTS: &str = "No timeline: the target did not tell what its members did.";

/// How to make it again.
fn origin(summary: &Summary) -> Markup {
    html! {
        section {
            h2 { "Made with" }
            pre { (summary.command) }
            h2 { "Scenario" }
            pre { (summary.scenario) }
            p class="note" {
                "Every figure of this page, with its interval, is in summary.json; every workflow \
                 in samples.csv, every attempt in attempts.csv."
            }
        }
    }
}
