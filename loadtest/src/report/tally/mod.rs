//! From samples to figures.

mod beside;
mod policy;
mod zones;

use std::fs;
use std::time::Duration;

use crate::predict::of_run::RunPrediction;
use crate::run::Run;
use crate::sample::Sample;
use crate::statistics::bootstrap::{self, Statistic};
use crate::statistics::fit;

use super::forecast::{self, Forecast};
use super::summary::{Alone, FORMAT, Machine, Measure, Ratio, Summary, Target, Workflow};

/// Any number: the same samples are always judged alike.
pub(crate) const SEED: u64 = 0x7261_7074_6f72;

/// What a run's numbers say, beside what was predicted of it.
pub(crate) fn tally(run: &Run, predictions: &[RunPrediction]) -> Summary {
    let forecasts = forecast::forecasts(predictions);
    let policies: Vec<_> = (0..run.policies.len())
        .map(|policy| policy::summary(run, policy))
        .collect();
    Summary {
        format: FORMAT,
        title: run.title.clone(),
        command: run.command.clone(),
        scenario: run.scenario.clone(),
        began: humantime::format_rfc3339_seconds(run.began).to_string(),
        took_s: run.took.as_secs_f64(),
        notes: run.notes.clone(),
        machine: machine(run),
        target: Target {
            url: run.target.url.clone(),
            zones: run.target.zones.clone(),
            nodes: run.target.nodes,
            flight_slots: run.target.flight_slots,
            node_slots: run.target.node_slots,
        },
        workflow: workflow(run),
        ratios: ratios(run, &forecasts),
        attempts_alone: alone(run),
        beside: beside::beside(&policies, &forecasts),
        policies,
    }
}

/// Where Linux says which kernel it is: proc(5).
const KERNEL: &str = "/proc/sys/kernel/osrelease";

fn machine(run: &Run) -> Machine {
    let kernel = fs::read_to_string(KERNEL);
    Machine {
        processors: run.target.processors,
        // Where it does not say, the report does not either.
        kernel: kernel.map_or("unknown".to_owned(), |it| it.trim().to_owned()),
    }
}

fn workflow(run: &Run) -> Workflow {
    let manifest = &run.workflow.manifest;
    let name = |it| manifest.function(it).name.clone();
    let depends = |it| {
        manifest
            .function(it)
            .depends
            .iter()
            .copied()
            .map(name)
            .collect()
    };
    Workflow {
        functions: run.workflow.functions.clone(),
        depends: manifest.indices().map(depends).collect(),
        service: run.workflow.service.as_ref().map(ToString::to_string),
        fault: run.workflow.fault,
    }
}

/// The workflows of a policy that count, in the order of their intended starts.
pub(crate) fn counted(samples: &[Sample], policy: usize) -> impl Iterator<Item = &Sample> {
    let of_policy = samples.iter().filter(move |sample| sample.policy == policy);
    of_policy.filter(|sample| !sample.is_warm_up)
}

/// How long those workflows of a policy took that count and gave their result, in seconds.
pub(crate) fn latencies(samples: &[Sample], policy: usize) -> Vec<f64> {
    let landed = counted(samples, policy).filter(|sample| sample.has_landed());
    landed
        .map(|sample| sample.latency().as_secs_f64())
        .collect()
}

/// The same times in seconds.
pub(super) fn seconds(durations: &[Duration]) -> Vec<f64> {
    durations.iter().map(Duration::as_secs_f64).collect()
}

/// Every further policy by the first.
fn ratios(run: &Run, forecasts: &[Forecast<'_>]) -> Vec<Ratio> {
    let first = latencies(&run.samples, 0);
    let further = run.policies.iter().enumerate().skip(1);
    let ratios = further.map(|(at, policy)| {
        let latencies = latencies(&run.samples, at);
        let ratio =
            |statistic| bootstrap::ratio(statistic, &latencies, &first, SEED).map(Measure::from);
        Ratio {
            policy: policy.to_string(),
            to: run.policies[0].to_string(),
            mean: ratio(Statistic::Mean),
            p50: ratio(Statistic::Quantile(0.5)),
            p99: ratio(Statistic::Quantile(0.99)),
            mean_predicted: beside::ratios(at, forecasts),
        }
    });
    ratios.collect()
}

fn alone(run: &Run) -> Vec<Alone> {
    let functions = run.workflow.functions.iter();
    let measured = functions.zip(&run.attempts_alone);
    let alone = measured.filter_map(|(function, services)| {
        let services = seconds(services);
        let fit = fit::exponential(&services);
        let mean_s: Measure = bootstrap::mean(&services, SEED)?.into();
        Some(Alone {
            function: function.clone(),
            n: services.len() as u64,
            variation: variation(&services, mean_s.value),
            mean_s,
            exponential_distance: fit.map(|fit| fit.distance),
            exponential_p_value: fit.map(|fit| fit.p_value),
        })
    });
    alone.collect()
}

/// Standard deviation by mean; 0 where all are 0.
fn variation(services: &[f64], mean: f64) -> f64 {
    let squares: f64 = services.iter().map(|it| (it - mean).powi(2)).sum();
    let deviation = (squares / (services.len() as f64 - 1.0).max(1.0)).sqrt();
    if mean > 0.0 { deviation / mean } else { 0.0 }
}
