//! The answer, in one sentence for every policy.

use super::super::summary::{Measure, PolicySummary, Ratio, Summary};
use super::figure::{digits, percent, range, time};

/// What the run says: who took how much of whose time, and what was predicted.
pub(crate) fn sentences(summary: &Summary) -> Vec<String> {
    if summary.ratios.is_empty() {
        return summary.policies.iter().map(alone).collect();
    }
    summary
        .ratios
        .iter()
        .map(|it| compared(it, summary))
        .collect()
}

fn alone(policy: &PolicySummary) -> String {
    let PolicySummary {
        policy: name, n, ..
    } = policy;
    match &policy.latency {
        Some(latency) => {
            let mean = &latency.mean_s;
            let (value, range) = (time(mean.value), range(mean, time));
            let failed = failed(&[policy]);
            format!("{name} took {value} on average (95 %: {range}).{failed}")
        }
        None => format!("{name} landed none of its {n} workflows."),
    }
}

fn compared(ratio: &Ratio, summary: &Summary) -> String {
    let Some(mean) = &ratio.mean else {
        let landed_none = |it: &&PolicySummary| {
            it.latency.is_none() && [&ratio.policy, &ratio.to].contains(&&it.policy)
        };
        let mut without = summary.policies.iter().filter(landed_none).map(alone);
        return without
            .next()
            .unwrap_or_else(|| format!("{} and {} cannot be compared.", ratio.policy, ratio.to));
    };
    let (policy, to) = (&ratio.policy, &ratio.to);
    let (value, range) = (digits(mean.value), range(mean, digits));
    let predicted = predicted(ratio);
    let judged = judged(mean);
    let both = [policy, to].map(|name| summary.policies.iter().find(|it| it.policy == *name));
    let failed = failed(&both.into_iter().flatten().collect::<Vec<_>>());
    format!("{policy} took {value} of {to}'s mean (95 %: {range}), {judged}{predicted}.{failed}")
}

/// Of whom the times are, where not all landed.
fn failed(policies: &[&PolicySummary]) -> String {
    if policies.iter().all(|it| it.failures.all.count == 0) {
        return String::new();
    }
    let shares = policies.iter().map(|it| {
        let share = percent(it.failures.all.share.value);
        format!("{share} of {}'s", it.policy)
    });
    let shares = shares.collect::<Vec<_>>().join(" and ");
    format!(" That is of those that landed; {shares} workflows failed.")
}

fn predicted(ratio: &Ratio) -> String {
    let all = ratio.mean_predicted.iter();
    let all: Vec<_> = all
        .map(|it| format!("{} from {}", digits(it.value), it.basis))
        .collect();
    if all.is_empty() {
        return String::new();
    }
    format!("; predicted {}", all.join(" and "))
}

fn judged(ratio: &Measure) -> String {
    if ratio.holds(1.0) {
        return "no difference beyond noise".to_owned();
    }
    let change = percent((ratio.value - 1.0).abs());
    if ratio.value < 1.0 {
        format!("{change} shorter")
    } else {
        format!("{change} longer")
    }
}
