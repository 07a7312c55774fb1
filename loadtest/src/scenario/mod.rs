//! Scenarios: what a load test shall do, as a TOML file says it.
//!
//! A file is read in two steps: every value where it stands ([`draft`]), and then all together
//! ([`Scenario`]). After that nothing is checked again.

mod count;
mod draft;
mod drawn;
mod making;
mod think;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::arrival::Arrivals;
use crate::policy::Policy;
use crate::targets::{Address, Settings, Terms, TermsError};
use crate::workflow::Workflow;

pub(crate) use think::Think;

/// What a load test shall do.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) title: String,
    /// Its file, as it was written.
    pub(crate) text: String,
    /// What is flown.
    pub(crate) workflow: Workflow,
    /// The policies that meet: at least one, no two alike.
    pub(crate) policies: Vec<Policy>,
    /// How many workflows of each policy count.
    pub(crate) requests: usize,
    /// How many of each go before them, and do not count.
    pub(crate) warm_up: usize,
    /// How long a workflow may take.
    pub(crate) timeout: Duration,
    /// After how long nothing more is asked for, whatever is left.
    pub(crate) time_max: Duration,
    /// What the dice are seeded with.
    pub(crate) seed: u64,
    /// How many single attempts of each function are measured; none if zero.
    pub(crate) attempts_alone: usize,
    /// What answers.
    pub(crate) target: Terms,
    /// Its URL.
    pub(crate) url: Address,
    /// When workflows are asked for.
    pub(crate) load: Load,
}

/// When workflows are asked for.
#[derive(Clone, Debug)]
pub(crate) enum Load {
    /// At times that do not depend on how the target does.
    Open {
        /// Which.
        arrivals: Arrivals,
        /// How many may be under way; what comes beyond is not sent, and recorded as refused.
        in_flight_max: usize,
    },
    /// By clients of which each waits for one workflow to end before the next.
    Closed {
        /// How many.
        clients: usize,
        /// How long each waits between.
        think: Think,
    },
}

/// What the command line says over the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Another target; what the file says of a target of another kind is left out.
    pub(crate) target: Option<Address>,
    /// Another number of workflows of each policy.
    pub(crate) requests: Option<u32>,
    /// Another seed.
    pub(crate) seed: Option<u64>,
}

/// Why a scenario cannot be run. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScenarioError {
    /// There is no such file, or it cannot be read.
    #[error("read the scenario {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML, or a value of it makes no sense where it stands.
    #[error("read the scenario {}: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where, and why.
        source: toml::de::Error,
    },
    /// Values do not fit together.
    #[error("use {key} of the scenario {}: {why}", path.display())]
    Unfit {
        /// Which scenario.
        path: PathBuf,
        /// Which of its keys.
        key: &'static str,
        /// Why, and what would fit.
        why: String,
    },
    /// What it says of its target does not fit together.
    #[error("run the scenario {}: failed to {source}", path.display())]
    Target {
        /// Which scenario.
        path: PathBuf,
        /// Why.
        source: TermsError,
    },
}

impl Scenario {
    /// Reads a scenario and the action that it flies.
    ///
    /// # Errors
    ///
    /// If either cannot be read, or makes no sense.
    pub(crate) fn read(path: &Path, changes: &Changes) -> Result<Self, ScenarioError> {
        let text = fs::read_to_string(path).map_err(|source| ScenarioError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let draft = toml::from_str(&text).map_err(|source| ScenarioError::Malformed {
            path: path.to_owned(),
            source,
        })?;
        making::make(path, text, draft, changes)
    }
}

impl Changes {
    /// The target that is left when these are made.
    fn target(&self, settings: Settings) -> Settings {
        let Some(url) = self.target.clone() else {
            return settings;
        };
        if std::mem::discriminant(&url) == std::mem::discriminant(&settings.url) {
            return Settings { url, ..settings };
        }
        Settings::at(url)
    }
}

#[cfg(test)]
mod tests;
