//! What processes that are all alike are started with.

use std::ffi::OsString;
use std::sync::Arc;

use raptor_sys::ForkServer;

use super::{Process, StartError};
use crate::runtime::Settings;
use crate::runtime::code::Recipe;

/// Starts processes of one function.
#[derive(Debug)]
pub(crate) struct Starter {
    pub(crate) recipe: Recipe,
    /// What the initialization adds to their environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) fork_server: ForkServer,
}

impl Starter {
    /// Starts one, and waits until it has loaded the action.
    pub(crate) async fn start(&self) -> Result<Process, StartError> {
        let variables = &self.settings.variables;
        Process::start(&self.recipe, variables, &self.env, &self.fork_server).await
    }
}
