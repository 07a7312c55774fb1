//! A load test that was made: all that reports are written from.

use std::time::Duration;

use crate::policy::Policy;
use crate::sample::Sample;

/// A load test that was made.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// What was asked for.
    pub(crate) title: String,
    /// The command that makes it again.
    pub(crate) command: String,
    /// The scenario, as it was written.
    pub(crate) scenario: String,
    /// When it began.
    pub(crate) began: std::time::SystemTime,
    /// What answered.
    pub(crate) target: TargetView,
    /// What was flown.
    pub(crate) workflow: WorkflowView,
    /// The policies that met, in the scenario's order: the first is what others are compared with.
    pub(crate) policies: Vec<Policy>,
    /// Every workflow, in the order of their intended starts.
    pub(crate) samples: Vec<Sample>,
    /// Service times of single attempts, by function, with the start of their processes, each
    /// measured while every other node ran one of the same; empty where the scenario did not ask for them.
    pub(crate) attempts_alone: Vec<Vec<Duration>>,
    /// What whoever reads its figures must know: that not all was asked for, and why; on what its
    /// predictions rest beside the samples.
    pub(crate) notes: Vec<String>,
    /// How long it took, from the first intended start to the last end.
    pub(crate) took: Duration,
}

/// What answered, as far as that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct TargetView {
    /// Its URL.
    pub(crate) url: String,
    /// Its zones.
    pub(crate) zones: Vec<String>,
    /// How many nodes it has.
    pub(crate) nodes: Option<usize>,
    /// How many attempts a member runs at once.
    pub(crate) flight_slots: Option<u16>,
    /// How much weight of attempts a node runs at once.
    pub(crate) node_slots: Option<u16>,
    /// The processors of the machine that the harness runs on.
    pub(crate) processors: usize,
}

/// What was flown.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowView {
    /// Its functions, in the manifest's order.
    pub(crate) functions: Vec<String>,
    /// Its manifest.
    pub(crate) manifest: std::sync::Arc<raptor_core::manifest::Manifest>,
    /// What each attempt's time was drawn from, where the scenario says so.
    pub(crate) service: Option<raptor_functions::distribution::Distribution>,
    /// With which probability an attempt was to fail.
    pub(crate) fault: f64,
}
