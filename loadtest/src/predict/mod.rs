//! What theory says of a workflow before it is flown: exactly where that is known, else by flying
//! it many times in virtual time.
//!
//! Predicted are workflows that wait for nobody else: every member has a node for itself, and what
//! is stopped is dead at once. Mean and quantiles are those of the workflows that land; how
//! many do not stands beside them.

mod closed;
mod law;
mod monte_carlo;
pub(crate) mod of_run;
mod steps;
mod structure;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use raptor_core::manifest::Manifest;
use raptor_functions::distribution::Distribution;
use serde::Serialize;

use crate::policy::Policy;

/// What a prediction is made from.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The workflow.
    pub(crate) manifest: Arc<Manifest>,
    /// What one attempt at each of its functions takes, in the manifest's order.
    pub(crate) services: Vec<Distribution>,
    /// Who runs what.
    pub(crate) policy: Policy,
    /// How many attempts a member runs at once. Fork-join has no such limit.
    pub(crate) slots: u16,
    /// How much weight of attempts the node of each member runs at once, all of it this workflow's:
    /// others wait. None waits where this is not said.
    pub(crate) node_slots: Option<u16>,
    /// With which probability an attempt fails, when its time is over.
    pub(crate) fault: f64,
    /// How long a message takes from one member to another. Where it takes some, attempts are taken
    /// to give values of their own, as keys are: two that end at once contradict each other.
    pub(crate) delay: Duration,
}

/// What to expect of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Prediction {
    /// The mean time of those that land, in seconds.
    pub(crate) mean: Figure,
    /// What half of those that land do not exceed, in seconds.
    pub(crate) p50: Figure,
    /// What 99 of 100 that land do not exceed, in seconds.
    pub(crate) p99: Figure,
    /// The mean time that all attempts at a workflow take together, landed or not, in seconds.
    pub(crate) work: Figure,
    /// Which share of the workflows fails.
    pub(crate) failure: Figure,
}

/// A predicted figure. Not a number (and none in JSON) where nothing lands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Figure {
    /// Seconds, or a share.
    pub(crate) value: f64,
    /// Its standard error: 0 where it is exact. It says how well the figure was computed, and
    /// nothing of how well the distributions of its question are known.
    pub(crate) error: f64,
    /// Where it comes from.
    pub(crate) source: Source,
}

/// Where a predicted figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// It is exact.
    Closed {
        /// The formula, for K functions, N members and a mean of m.
        formula: &'static str,
        /// Where that was shown.
        from: &'static str,
    },
    /// It was observed in virtual time.
    MonteCarlo {
        /// How many workflows were flown, landed or not.
        flights: u32,
    },
}

/// Says what to expect: in closed form where there is one, else from so many flights in virtual
/// time, which depend on nothing but the seed.
///
/// # Panics
///
/// If there is not one distribution for each function, the fault is no probability, there is no
/// slot or no flight.
pub(crate) fn predict(question: &Question, flights: u32, seed: u64) -> Prediction {
    question.check();
    assert!(flights > 0, "nothing is predicted from no flights");
    let closed = closed::Forms::of(question);
    closed.complete(|| monte_carlo::fly(question, flights, seed))
}

impl Question {
    fn check(&self) {
        let (functions, services) = (self.manifest.len(), self.services.len());
        assert_eq!(functions, services, "each function has one distribution");
        let is_share = (0.0..=1.0).contains(&self.fault);
        assert!(is_share, "{} is no probability", self.fault);
        let has_slots = self.slots > 0 && self.node_slots != Some(0);
        assert!(has_slots, "without a slot nothing runs");
    }
}

impl Figure {
    /// A figure that is exact.
    fn exact(value: f64, formula: &'static str, from: &'static str) -> Self {
        let source = Source::Closed { formula, from };
        let error = 0.0;
        Self {
            value,
            error,
            source,
        }
    }

    /// So many times the figure.
    fn times(&self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            error: self.error * factor,
            source: self.source,
        }
    }

    /// This figure by another, which does not depend on it, and the standard error of that.
    pub(crate) fn ratio_to(&self, other: &Self) -> (f64, f64) {
        let ratio = self.value / other.value;
        let relative = (self.error / self.value).hypot(other.error / other.value);
        (ratio, ratio * relative)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { formula, from } => write!(f, "{formula} ({from})"),
            Self::MonteCarlo { flights } => write!(f, "{flights} flights in virtual time"),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
