//! What a run's numbers say: `summary.json`.
//!
//! Keys that are times end in `_s` and are seconds. Every figure with an interval is an object of
//! `value`, `low` and `high`: the true value is between them with 95 % confidence; an end that the
//! samples are too few for is null. Only workflows that count are in here, not those that warmed
//! up.
//!
//! Intervals take workflows to be independent of each other: [`crate::statistics::bootstrap`].

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::statistics::{Estimate, Interval};

use super::ReportError;

/// The structure below. It is raised whenever a key changes its meaning or goes.
pub(crate) const FORMAT: u32 = 1;

/// The name of the file in a run's directory.
pub(super) const FILE: &str = "summary.json";

/// What a run's numbers say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// [`FORMAT`].
    pub(crate) format: u32,
    /// What was asked for.
    pub(crate) title: String,
    /// The command that makes it again.
    pub(crate) command: String,
    /// The scenario, as it was written.
    pub(crate) scenario: String,
    /// When it began, as RFC 3339 in UTC.
    pub(crate) began: String,
    /// From the first intended start to the last end.
    pub(crate) took_s: f64,
    /// What whoever reads the figures must know, such as that not all was asked for.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// Where the harness ran.
    pub(crate) machine: Machine,
    /// What answered.
    pub(crate) target: Target,
    /// What was flown.
    pub(crate) workflow: Workflow,
    /// What each policy did, in the scenario's order.
    pub(crate) policies: Vec<PolicySummary>,
    /// Every further policy by the first.
    pub(crate) ratios: Vec<Ratio>,
    /// What single attempts took, by function; empty where the scenario did not ask for them.
    pub(crate) attempts_alone: Vec<Alone>,
    /// What was measured beside what was predicted.
    pub(crate) beside: Vec<Beside>,
}

/// Where the harness ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Its processors.
    pub(crate) processors: usize,
    /// The release of its kernel.
    pub(crate) kernel: String,
}

/// What answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    /// Its URL.
    pub(crate) url: String,
    /// Its zones.
    pub(crate) zones: Vec<String>,
    /// How many nodes it has; null where it does not tell.
    pub(crate) nodes: Option<usize>,
    /// How many attempts a member runs at once.
    pub(crate) flight_slots: Option<u16>,
    /// How much weight of attempts a node runs at once.
    pub(crate) node_slots: Option<u16>,
}

/// What was flown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Workflow {
    /// Its functions, in the manifest's order.
    pub(crate) functions: Vec<String>,
    /// What each depends on, in the same order.
    pub(crate) depends: Vec<Vec<String>>,
    /// What each attempt's time was drawn from; null where the scenario does not say.
    pub(crate) service: Option<String>,
    /// With which probability an attempt was to fail.
    pub(crate) fault: f64,
}

/// A figure, and where the true one is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// The figure.
    pub(crate) value: f64,
    /// Not below this; null where the samples are too few to say.
    pub(crate) low: Option<f64>,
    /// Not above this; null where the samples are too few to say.
    pub(crate) high: Option<f64>,
}

/// What one policy did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicySummary {
    /// Which: `flight:3`.
    pub(crate) policy: String,
    /// N: how many members it has.
    pub(crate) members: u16,
    /// How many workflows counted.
    pub(crate) n: u64,
    /// How many warmed up before them.
    pub(crate) warm_up: u64,
    /// How many gave their result.
    pub(crate) landed: u64,
    /// Those that did not: how many, and which share.
    pub(crate) failures: Failures,
    /// From the intended start to the end, of those that landed; null if none did.
    pub(crate) latency: Option<Latency>,
    /// The same with those that timed out or were lost, as the longest.
    #[serde(default)]
    pub(crate) latency_of_all: LatencyOfAll,
    /// How many landed in a second, from the first intended start to the last end of all policies:
    /// policies that meet in one run share the time, and that in which single attempts are
    /// measured between is part of it.
    pub(crate) throughput_per_s: f64,
    /// How much later than intended workflows were sent: the harness's share of their latency.
    pub(crate) lateness: Option<Lateness>,
    /// What attempts took; null where the target told of none.
    pub(crate) work: Option<WorkSummary>,
    /// What happened in which zone; empty where the target does not tell.
    pub(crate) zones: Vec<ZoneSummary>,
}

/// Workflows that gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failures {
    /// All of them.
    pub(crate) all: Share,
    /// A function failed on every member that might have run it.
    pub(crate) failed: Share,
    /// They were refused.
    pub(crate) refused: Share,
    /// They took too long.
    pub(crate) timed_out: Share,
    /// Their end was not heard of.
    pub(crate) lost: Share,
}

/// How many of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Share {
    /// How many.
    pub(crate) count: u64,
    /// By all that counted, in [0, 1], with the interval of Clopper and Pearson.
    pub(crate) share: Measure,
}

/// How long workflows took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// The mean.
    pub(crate) mean_s: Measure,
    /// The median.
    pub(crate) p50_s: Measure,
    /// What 90 % of them did not exceed.
    pub(crate) p90_s: Measure,
    /// What 99 % of them did not exceed.
    pub(crate) p99_s: Measure,
    /// What 99.9 % of them did not exceed.
    pub(crate) p999_s: Measure,
    /// The longest that was seen.
    pub(crate) max_s: f64,
}

/// How long workflows took, where those that timed out or were lost rank as the longest: without
/// them, a stall that is longer than the timeout would make quantiles shorter. Those that failed
/// or were refused are left out. Null where the quantile is among those that did not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LatencyOfAll {
    /// The median.
    pub(crate) p50_s: Option<Measure>,
    /// What 99 % of them did not exceed.
    pub(crate) p99_s: Option<Measure>,
    /// What 99.9 % of them did not exceed.
    pub(crate) p999_s: Option<Measure>,
}

/// How late workflows were sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lateness {
    /// The median.
    pub(crate) p50_s: f64,
    /// What 99 % of them did not exceed.
    pub(crate) p99_s: f64,
    /// The most that was seen.
    pub(crate) max_s: f64,
}

/// What attempts took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WorkSummary {
    /// Of how many workflows the target told attempts.
    pub(crate) workflows: u64,
    /// How many attempts a workflow had, on average.
    pub(crate) attempts: f64,
    /// Attempt-seconds of a workflow, on average: of all attempts.
    pub(crate) work_s: Measure,
    /// Those of them, on average, that gave no value that counted: stopped, failed, or second.
    pub(crate) wasted_s: Measure,
    /// All that was wasted, by all work.
    pub(crate) wasted_share: f64,
    /// How many attempts ended without anybody to say when: they are in none of these times.
    pub(crate) unknown: u64,
}

/// What happened in one zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ZoneSummary {
    /// Its name.
    pub(crate) zone: String,
    /// How many workflows it led; null where the target does not tell who did.
    pub(crate) led: Option<u64>,
    /// How long those took that it led and that landed; null where there are none.
    #[serde(default)]
    pub(crate) latency: Option<Latency>,
    /// How many attempts ran in it; null, as the next two, where the target does not tell.
    pub(crate) attempts: Option<u64>,
    /// How many of them gave the value that counted.
    pub(crate) won: Option<u64>,
    /// How many of them were stopped.
    pub(crate) stopped: Option<u64>,
    /// What attempts took on average that ended with a value; null if there were none. Those that
    /// were stopped would have taken longer: this is less than what an attempt takes alone.
    pub(crate) value_mean_s: Option<f64>,
}

/// One policy by the first: 0.5 is half as long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ratio {
    /// Which.
    pub(crate) policy: String,
    /// The first.
    pub(crate) to: String,
    /// Of their mean latencies; null if one has none.
    pub(crate) mean: Option<Measure>,
    /// Of their medians.
    pub(crate) p50: Option<Measure>,
    /// Of their 99th percentiles.
    pub(crate) p99: Option<Measure>,
    /// What was predicted for the mean's, from every basis.
    pub(crate) mean_predicted: Vec<RatioPredicted>,
}

/// What a ratio was predicted to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RatioPredicted {
    /// What service times it was predicted from.
    pub(crate) basis: String,
    /// The ratio.
    pub(crate) value: f64,
    /// Its standard error; 0 in closed form.
    pub(crate) standard_error: f64,
}

/// What single attempts of one function took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alone {
    /// Which function.
    pub(crate) function: String,
    /// How many were measured.
    pub(crate) n: u64,
    /// What they took on average.
    pub(crate) mean_s: Measure,
    /// Standard deviation by mean: 1 for the exponential distribution, 0 where all are equal.
    pub(crate) variation: f64,
    /// How far they are from the exponential distribution of their mean, at most, as a difference
    /// of probabilities (Kolmogorov and Smirnov); null where they cannot be fitted.
    pub(crate) exponential_distance: Option<f64>,
    /// How probable it is that exponential times are at least so far from their own fit.
    pub(crate) exponential_p_value: Option<f64>,
}

/// One figure, measured and predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Beside {
    /// Of which policy.
    pub(crate) policy: String,
    /// What service times it was predicted from.
    pub(crate) basis: String,
    /// Which figure: `mean`, `p50`, `p99` (seconds), `work` (attempt-seconds a workflow),
    /// `failure` (of workflows that failed or landed, the share that failed).
    pub(crate) figure: String,
    /// What was measured; null where the target could not tell.
    pub(crate) measured: Option<Measure>,
    /// What was predicted.
    pub(crate) predicted: f64,
    /// The standard error with which it was computed; 0 in closed form.
    pub(crate) standard_error: f64,
    /// The standard error that it has because only so many single attempts were measured: the
    /// mean's by the mean, as a share of every time; 0 of failures, and where their mean is
    /// declared; null where they are too few to say.
    #[serde(default)]
    pub(crate) basis_error: Option<f64>,
    /// How it was predicted: the formula and where it is from, or how many flights were simulated.
    pub(crate) source: String,
    /// Whether the measured interval, wider at both ends by 1.96 times both standard errors (the
    /// root of their squares' sum), holds the prediction; of failures, whether so many of those
    /// that failed or landed are in the 99 % binomial interval of the predicted share. Null where
    /// there is nothing to judge by.
    pub(crate) holds: Option<bool>,
    /// By which share the measured value exceeds the predicted one; null where that is 0.
    pub(crate) excess: Option<f64>,
}

impl Measure {
    /// Whether a value may be the true one, as far as the samples say.
    pub(crate) fn holds(&self, value: f64) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value <= high)
    }
}

impl From<Estimate> for Measure {
    fn from(Estimate { value, interval }: Estimate) -> Self {
        Self::new(value, interval)
    }
}

impl Measure {
    /// A figure with its interval, of which only ends that are finite are known.
    pub(crate) fn new(value: f64, Interval { low, high }: Interval) -> Self {
        let [low, high] = [low, high].map(|end| end.is_finite().then_some(end));
        Self { value, low, high }
    }
}

impl Summary {
    /// Reads the summary of a run's directory.
    ///
    /// # Errors
    ///
    /// If there is none, or it is of another format.
    pub(crate) fn read(directory: &Path) -> Result<Self, ReportError> {
        let path = directory.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| ReportError::NoRun {
            directory: directory.to_owned(),
            source,
        })?;
        let malformed = |source| ReportError::Malformed {
            path: path.clone(),
            source,
        };
        // Of another format nothing else needs to make sense.
        let Versioned { format } = serde_json::from_str(&text).map_err(malformed)?;
        if format != FORMAT {
            return Err(ReportError::OtherFormat { path, format });
        }
        serde_json::from_str(&text).map_err(malformed)
    }

    /// Writes it into a run's directory.
    pub(super) fn write(&self, directory: &Path) -> Result<(), ReportError> {
        let mut text = serde_json::to_string_pretty(self).expect("it has string keys only");
        text.push('\n');
        super::write_file(&directory.join(FILE), &text)
    }
}

/// What every format has.
#[derive(Deserialize)]
struct Versioned {
    format: u32,
}
