//! What a scenario flies.

mod form;
mod single;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raptor_cluster::{Bundle, Manifest};
use raptor_functions::distribution::Distribution;

use crate::policy::Policy;

pub(crate) use form::Form;
pub(crate) use single::SingleError;

/// What a scenario flies, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    /// The whole of it.
    pub(crate) action: Action,
    /// Its manifest, as it was written.
    pub(crate) manifest_text: String,
    /// Where its files are; none if it has no files.
    pub(crate) directory: Option<PathBuf>,
    /// What each attempt's time is drawn from, where the scenario says so.
    pub(crate) service: Option<Distribution>,
    /// With which probability an attempt is to fail.
    pub(crate) fault: f64,
    /// How long it may take.
    pub(crate) timeout: Duration,
    /// By whom it is to be flown.
    pub(crate) policies: Vec<Policy>,
    /// The largest flight that it is to be flown by.
    pub(crate) size_max: u16,
}

/// An action with its parameters, ready to be flown.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    /// Its manifest and its files.
    pub(crate) bundle: Bundle,
    /// Its manifest.
    pub(crate) manifest: Arc<Manifest>,
    /// Its parameters: the text of a JSON object.
    pub(crate) params: Bytes,
}
