//! What a run gave, in short: a line of JSON for each policy, and a table for a person.

use serde::Serialize;

use crate::run::Run;
use crate::sample::{Ending, Sample};
use crate::statistics::histogram::Histogram;

/// What one policy gave; latencies are of the workflows that landed, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    policy: String,
    /// How many workflows counted.
    n: usize,
    landed: usize,
    failed: usize,
    refused: usize,
    timed_out: usize,
    lost: usize,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    /// How much later than intended workflows were sent.
    lateness_p99_ms: Option<f64>,
    /// How many single attempts of all functions were measured.
    attempts_alone: usize,
}

/// What each policy gave, in the scenario's order.
pub(super) fn rows(run: &Run) -> Vec<Row> {
    let policies = run.policies.iter().enumerate();
    policies.map(|(at, _)| Row::new(run, at)).collect()
}

impl Row {
    fn new(run: &Run, policy: usize) -> Self {
        let counts = |sample: &&Sample| sample.policy == policy && !sample.is_warm_up;
        let samples: Vec<_> = run.samples.iter().filter(counts).collect();
        let of = |fits: fn(&Ending) -> bool| {
            let fit = samples.iter().filter(|sample| fits(&sample.ending));
            fit.count()
        };
        let landed = samples.iter().filter(|sample| sample.has_landed());
        let latencies: Histogram = landed.map(|sample| sample.latency()).collect();
        let lateness: Histogram = samples.iter().map(|sample| sample.lateness()).collect();
        let ms = |duration: Option<std::time::Duration>| duration.map(|it| it.as_secs_f64() * 1e3);
        Self {
            policy: run.policies[policy].to_string(),
            n: samples.len(),
            landed: of(|it| matches!(it, Ending::Landed)),
            failed: of(|it| matches!(it, Ending::Failed(_))),
            refused: of(|it| matches!(it, Ending::Refused(_))),
            timed_out: of(|it| matches!(it, Ending::TimedOut)),
            lost: of(|it| matches!(it, Ending::Lost(_))),
            mean_ms: ms(latencies.mean()),
            p50_ms: ms(latencies.quantile(0.5)),
            p99_ms: ms(latencies.quantile(0.99)),
            lateness_p99_ms: ms(lateness.quantile(0.99)),
            attempts_alone: run.attempts_alone.iter().map(Vec::len).sum(),
        }
    }
}

/// All of them, for a person.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:14} {:>7} {:>9} {:>9} {:>9} {:>7} {:>7}\n",
        "policy", "n", "mean ms", "p50 ms", "p99 ms", "failed", "other"
    );
    let or_dash = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.2}"));
    for row in rows {
        let [mean, p50, p99] = [row.mean_ms, row.p50_ms, row.p99_ms].map(or_dash);
        let Row {
            policy, n, failed, ..
        } = row;
        let other = n - row.landed - failed;
        text += &format!("{policy:14} {n:>7} {mean:>9} {p50:>9} {p99:>9} {failed:>7} {other:>7}\n");
    }
    text
}

/// Why workflows did not land, the most frequent first, and how often each was said.
pub(super) fn complaints(run: &Run) -> Vec<(String, usize)> {
    let mut complaints: Vec<(String, usize)> = Vec::new();
    for sample in &run.samples {
        if sample.has_landed() {
            continue;
        }
        let why = sample.ending.to_string();
        match complaints.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => complaints.push((why, 1)),
        }
    }
    complaints.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    complaints
}
