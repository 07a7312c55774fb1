//! A workflow and an attempt as rows, and back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sample::{Attempt, Ending, Outcome, Sample};

use super::super::work;

/// A row of `samples.csv`: see [`super`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SampleRow {
    pub(super) policy: String,
    pub(super) warm_up: bool,
    pub(super) intended_us: u64,
    pub(super) sent_us: u64,
    pub(super) done_us: u64,
    pub(super) latency_us: u64,
    pub(super) lateness_us: u64,
    pub(super) ending: EndingWord,
    pub(super) detail: String,
    pub(super) zone: Option<String>,
    pub(super) attempts: usize,
    pub(super) work_us: Option<u64>,
    pub(super) wasted_us: Option<u64>,
}

/// How a workflow ended, in a word.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EndingWord {
    Landed,
    Failed,
    Refused,
    TimedOut,
    Lost,
}

/// A row of `attempts.csv`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AttemptRow {
    pub(super) workflow: usize,
    pub(super) function: String,
    pub(super) member: u16,
    pub(super) zone: Option<String>,
    pub(super) launch_us: i64,
    pub(super) start_us: i64,
    pub(super) end_us: Option<i64>,
    pub(super) outcome: OutcomeWord,
}

/// How an attempt ended, in a word.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OutcomeWord {
    Value,
    Fault,
    Stopped,
    Unknown,
}

/// A row of `alone.csv`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AloneRow {
    pub(super) function: String,
    pub(super) service_us: u64,
}

/// What rows name.
#[derive(Clone, Debug)]
pub(in crate::report) struct Names {
    /// The policies, as they are written.
    pub(in crate::report) policies: Vec<String>,
    /// The target's zones.
    pub(in crate::report) zones: Vec<String>,
    /// The workflow's functions.
    pub(in crate::report) functions: Vec<String>,
}

impl Names {
    /// A workflow as a row.
    pub(super) fn row(&self, sample: &Sample) -> SampleRow {
        let (ending, detail) = match &sample.ending {
            Ending::Landed => (EndingWord::Landed, ""),
            Ending::Failed(why) => (EndingWord::Failed, why.as_str()),
            Ending::Refused(why) => (EndingWord::Refused, why.as_str()),
            Ending::TimedOut => (EndingWord::TimedOut, ""),
            Ending::Lost(why) => (EndingWord::Lost, why.as_str()),
        };
        let work = work::of(sample);
        SampleRow {
            policy: self.policies[sample.policy].clone(),
            warm_up: sample.is_warm_up,
            intended_us: micros(sample.intended),
            sent_us: micros(sample.sent),
            done_us: micros(sample.done),
            latency_us: micros(sample.latency()),
            lateness_us: micros(sample.lateness()),
            ending,
            detail: detail.to_owned(),
            zone: sample.zone.map(|zone| self.zones[zone].clone()),
            attempts: sample.attempts.len(),
            work_us: work.map(|work| micros(work.all)),
            wasted_us: work.map(|work| micros(work.wasted)),
        }
    }

    /// An attempt as a row, of the workflow in that row.
    pub(super) fn attempt_row(&self, workflow: usize, attempt: &Attempt) -> AttemptRow {
        AttemptRow {
            workflow,
            function: self.functions[attempt.function].clone(),
            member: attempt.member,
            zone: attempt.zone.map(|zone| self.zones[zone].clone()),
            launch_us: attempt.launch_us,
            start_us: attempt.start_us,
            end_us: attempt.end_us,
            outcome: match attempt.outcome {
                Outcome::Value => OutcomeWord::Value,
                Outcome::Fault => OutcomeWord::Fault,
                Outcome::Stopped => OutcomeWord::Stopped,
                Outcome::Unknown => OutcomeWord::Unknown,
            },
        }
    }

    /// A row as a workflow, without its attempts. Fails, with why, if it names what is not there.
    pub(super) fn sample(&self, row: SampleRow) -> Result<Sample, String> {
        Ok(Sample {
            policy: find(&self.policies, "policy", &row.policy)?,
            is_warm_up: row.warm_up,
            intended: Duration::from_micros(row.intended_us),
            sent: Duration::from_micros(row.sent_us),
            done: Duration::from_micros(row.done_us),
            ending: match row.ending {
                EndingWord::Landed => Ending::Landed,
                EndingWord::Failed => Ending::Failed(row.detail),
                EndingWord::Refused => Ending::Refused(row.detail),
                EndingWord::TimedOut => Ending::TimedOut,
                EndingWord::Lost => Ending::Lost(row.detail),
            },
            zone: self.zone(row.zone)?,
            attempts: Vec::with_capacity(row.attempts.min(ATTEMPTS_AHEAD)),
        })
    }

    /// A row as an attempt, with the row of its workflow. Fails as [`sample`](Self::sample) does.
    pub(super) fn attempt(&self, row: AttemptRow) -> Result<(usize, Attempt), String> {
        let attempt = Attempt {
            function: find(&self.functions, "function", &row.function)?,
            member: row.member,
            zone: self.zone(row.zone)?,
            launch_us: row.launch_us,
            start_us: row.start_us,
            end_us: row.end_us,
            outcome: match row.outcome {
                OutcomeWord::Value => Outcome::Value,
                OutcomeWord::Fault => Outcome::Fault,
                OutcomeWord::Stopped => Outcome::Stopped,
                OutcomeWord::Unknown => Outcome::Unknown,
            },
        };
        Ok((row.workflow, attempt))
    }

    fn zone(&self, name: Option<String>) -> Result<Option<usize>, String> {
        name.map(|name| find(&self.zones, "zone", &name))
            .transpose()
    }
}

/// Room that a row may ask for before its attempts are read: it may say anything.
const ATTEMPTS_AHEAD: usize = 64;

/// Where a name is among those that are known; else what is wrong.
pub(super) fn find(names: &[String], what: &str, name: &str) -> Result<usize, String> {
    let found = names.iter().position(|known| known == name);
    found.ok_or_else(|| format!("the summary has no {what} {name:?}"))
}

/// Whole microseconds; the longest that there are for what is longer.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
