//! One figure of two runs.

use serde::Serialize;

use crate::report::Saved;
use crate::report::page::figure::{digits, percent, range, time};
use crate::report::summary::{Measure, PolicySummary, Ratio};
use crate::report::tally::{SEED, counted, latencies};
use crate::report::work;
use crate::statistics::bootstrap::{self, Statistic};

/// One figure of two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    /// Of whom: a policy, or one by another.
    pub(crate) of: String,
    /// Which figure: `mean`, `p50`, `p99`, `failures`, `work`.
    pub(crate) figure: &'static str,
    /// What it counts.
    pub(crate) quantity: Quantity,
    /// What it was in the first run.
    pub(crate) a: Measure,
    /// What it was in the second.
    pub(crate) b: Measure,
    /// How much more it was in the second.
    pub(crate) difference: Measure,
    /// The same by the first; null where that was 0.
    pub(crate) change: Option<f64>,
    /// What the difference's interval says of it.
    pub(crate) verdict: Verdict,
}

/// What the interval of a difference says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It excludes 0: the runs differ beyond noise.
    Differs,
    /// It holds 0: the difference may be noise.
    WithinNoise,
    /// An end of it is not known, and the other does not exclude 0.
    TooFewSamples,
}

impl Verdict {
    fn of(difference: &Measure) -> Self {
        let is_known = difference.low.is_some() && difference.high.is_some();
        match (difference.holds(0.0), is_known) {
            (false, _) => Self::Differs,
            (true, true) => Self::WithinNoise,
            (true, false) => Self::TooFewSamples,
        }
    }

    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::WithinNoise => "within noise",
            Self::TooFewSamples => "too few samples",
        }
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quantity {
    /// Seconds.
    Time,
    /// Attempt-seconds of a workflow.
    Work,
    /// A share of all workflows.
    Share,
    /// A time by another.
    Ratio,
}

impl Quantity {
    /// A value of it, as people read it.
    pub(crate) fn write(self, value: f64) -> String {
        match self {
            Self::Time | Self::Work => time(value),
            Self::Share => percent(value),
            Self::Ratio => digits(value),
        }
    }

    /// What it is called where there is more of it, or less.
    fn changed(self, is_more: bool) -> &'static str {
        match (self, is_more) {
            (Self::Time, true) => "longer",
            (Self::Time, false) => "shorter",
            (Self::Work, true) => "more",
            (Self::Work, false) => "less",
            (Self::Share | Self::Ratio, true) => "higher",
            (Self::Share | Self::Ratio, false) => "lower",
        }
    }
}

impl Row {
    fn new(
        (of, figure, quantity): (&str, &'static str, Quantity),
        [a, b]: [Measure; 2],
        difference: Measure,
    ) -> Self {
        Self {
            of: of.to_owned(),
            figure,
            quantity,
            a,
            b,
            difference,
            change: (a.value != 0.0).then(|| b.value / a.value - 1.0),
            verdict: Verdict::of(&difference),
        }
    }

    /// Whose, and which.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.of, self.figure)
    }

    /// How it differs, in words.
    pub(crate) fn words(&self) -> String {
        let write = |value| self.quantity.write(value);
        let changed = self.quantity.changed(self.difference.value > 0.0);
        let by = match self.change {
            Some(change) => percent(change.abs()),
            None => write(self.difference.value.abs()),
        };
        let [a, b] = [self.a, self.b].map(|it| write(it.value));
        let range = range(&self.difference, write);
        let name = self.name();
        format!("{name} is {by} {changed}: {b} instead of {a} (difference, 95 %: {range}).")
    }
}

/// Every figure that both runs have, policy by policy, and then the ratios.
pub(super) fn rows(a: &Saved, b: &Saved) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at_a, policy_a) in a.summary.policies.iter().enumerate() {
        let policies = b.summary.policies.iter();
        if let Some(at_b) = policies.clone().position(|it| it.policy == policy_a.policy) {
            let policy_b = &b.summary.policies[at_b];
            let samples = [(a, at_a), (b, at_b)];
            rows.extend(times(policy_a, policy_b, samples));
            rows.extend(failures(policy_a, policy_b));
            rows.extend(works(policy_a, policy_b, samples));
        }
    }
    for ratio in &a.summary.ratios {
        let ratios = b.summary.ratios.iter();
        let mut same = ratios.filter(|it| it.policy == ratio.policy && it.to == ratio.to);
        if let Some(other) = same.next() {
            rows.extend(ratios_of(ratio, other));
        }
    }
    rows
}

fn times(a: &PolicySummary, b: &PolicySummary, samples: [(&Saved, usize); 2]) -> Vec<Row> {
    let (Some(of_a), Some(of_b)) = (a.latency, b.latency) else {
        return Vec::new();
    };
    let [latencies_a, latencies_b] =
        samples.map(|(saved, policy)| latencies(&saved.samples, policy));
    let figures = [
        ("mean", Statistic::Mean, [of_a.mean_s, of_b.mean_s]),
        ("p50", Statistic::Quantile(0.5), [of_a.p50_s, of_b.p50_s]),
        ("p99", Statistic::Quantile(0.99), [of_a.p99_s, of_b.p99_s]),
    ];
    let rows = figures
        .into_iter()
        .filter_map(|(figure, statistic, sides)| {
            let difference = bootstrap::difference(statistic, &latencies_b, &latencies_a, SEED)?;
            let name = (a.policy.as_str(), figure, Quantity::Time);
            Some(Row::new(name, sides, difference.into()))
        });
    rows.collect()
}

fn failures(a: &PolicySummary, b: &PolicySummary) -> Option<Row> {
    if a.n == 0 || b.n == 0 {
        return None;
    }
    let sides = [a.failures.all.share, b.failures.all.share];
    let name = (a.policy.as_str(), "failures", Quantity::Share);
    Some(Row::new(name, sides, difference(sides)))
}

fn works(a: &PolicySummary, b: &PolicySummary, samples: [(&Saved, usize); 2]) -> Option<Row> {
    let sides = [a.work?.work_s, b.work?.work_s];
    let [works_a, works_b] = samples.map(|(saved, policy)| {
        let works = counted(&saved.samples, policy).filter_map(work::of);
        works.map(|work| work.all.as_secs_f64()).collect::<Vec<_>>()
    });
    let difference = bootstrap::difference(Statistic::Mean, &works_b, &works_a, SEED)?;
    let name = (a.policy.as_str(), "work", Quantity::Work);
    Some(Row::new(name, sides, difference.into()))
}

fn ratios_of(a: &Ratio, b: &Ratio) -> Vec<Row> {
    let of = format!("{} by {}", a.policy, a.to);
    let figures = [
        ("mean", a.mean, b.mean),
        ("p50", a.p50, b.p50),
        ("p99", a.p99, b.p99),
    ];
    let rows = figures.into_iter().filter_map(|(figure, a, b)| {
        let sides = [a?, b?];
        let name = (of.as_str(), figure, Quantity::Ratio);
        Some(Row::new(name, sides, difference(sides)))
    });
    rows.collect()
}

/// How much more the second of two independent figures is, from the interval of each.
///
/// Source: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a
/// general approach", Statistics in Medicine 27 (2008); for shares before them R. G. Newcombe,
/// "Interval estimation for the difference between independent proportions", the same journal, 17
/// (1998).
fn difference([a, b]: [Measure; 2]) -> Measure {
    let value = b.value - a.value;
    let low = b.low.zip(a.high);
    let high = b.high.zip(a.low);
    Measure {
        value,
        low: low.map(|(low, high)| value - (b.value - low).hypot(high - a.value)),
        high: high.map(|(high, low)| value + (high - b.value).hypot(a.value - low)),
    }
}
