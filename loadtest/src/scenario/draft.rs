//! A scenario as its file has it: every value is read, and nothing is yet made of them together.

use std::path::PathBuf;
use std::time::Duration;

use raptor_functions::distribution::Distribution;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::arrival::Arrivals;
use crate::policy::Policy;
use crate::targets::Settings;

use super::count::{Count, share, timeout};
use super::drawn::Drawn;
use super::think::Think;
use crate::text;
use crate::workflow::Form;

/// A million workflows, each with a dozen attempts, take half a gigabyte.
pub(super) const REQUESTS_MAX: u32 = 1_000_000;

/// Each client of a closed loop has a workflow under way at every time.
pub(super) const CLIENTS_MAX: u32 = 10_000;

/// Single attempts are measured one after the other on every node.
pub(super) const ALONE_MAX: u32 = 100_000;

/// More than that under way at once is no load but a pile.
pub(super) const IN_FLIGHT_MAX: u32 = 1_000_000;

/// The file of a scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    pub(super) title: String,
    #[serde(deserialize_with = "text::parsed_list")]
    pub(super) policies: Vec<Policy>,
    pub(super) requests: Option<Count<1, REQUESTS_MAX>>,
    pub(super) warm_up: Option<Count<0, REQUESTS_MAX>>,
    #[serde(default, deserialize_with = "timeout")]
    pub(super) timeout: Option<Duration>,
    #[serde(default, deserialize_with = "text::duration_option")]
    pub(super) time_max: Option<Duration>,
    pub(super) seed: Option<u64>,
    pub(super) attempts_alone: Option<Count<0, ALONE_MAX>>,
    pub(super) workflow: WorkflowDraft,
    pub(super) target: Settings,
    pub(super) load: LoadDraft,
}

/// What is flown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowDraft {
    pub(super) action: Option<PathBuf>,
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub(super) shape: Option<Form>,
    pub(super) exec: Option<Vec<String>>,
    #[serde(default)]
    pub(super) params: Map<String, Value>,
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub(super) service: Option<Drawn<Distribution>>,
    #[serde(default, deserialize_with = "share")]
    pub(super) fault: f64,
}

/// When it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadDraft {
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub(super) arrivals: Option<Arrivals>,
    pub(super) in_flight_max: Option<Count<1, IN_FLIGHT_MAX>>,
    pub(super) clients: Option<Count<1, CLIENTS_MAX>>,
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub(super) think: Option<Drawn<Think>>,
}
