//! The actions of a workflow at a host.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use raptor_core::flight;
use serde_json::json;

use super::api::{Api, ApiError};
use super::archive::{Archive, ArchiveError};
use super::fork_join::ForkJoin;
use crate::policy::Policy;
use crate::workflow::Workflow;

/// How long an activation may take where nothing is said (`TimeLimit.scala`): a shorter timeout of
/// a scenario is its client's alone, whose clock starts before the host's.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// The actions of a workflow at a host.
#[derive(Debug)]
pub(crate) struct Deployment {
    /// By their size.
    flights: Vec<(u16, String)>,
    /// The workflow's functions; without actions if no policy asks for them.
    fork_join: ForkJoin,
}

/// A workflow does not become actions at a host. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeployError {
    /// It does not become code.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The host does not take an action.
    #[error("create the action {name} at the target: {source}{mend}")]
    Create {
        /// Which.
        name: String,
        /// Why.
        source: ApiError,
        /// What may help.
        mend: &'static str,
    },
}

impl Deployment {
    /// Creates what the workflow's policies need.
    ///
    /// # Errors
    ///
    /// If the host does not take it; then nothing of it is left there, if the host still answers.
    pub(super) async fn create(
        api: &Api,
        kind: &str,
        workflow: &Workflow,
    ) -> Result<Self, DeployError> {
        let mut deployment = Self {
            flights: Vec::new(),
            fork_join: ForkJoin {
                manifest: workflow.action.manifest.clone(),
                actions: Vec::new(),
            },
        };
        match deployment.create_all(api, kind, workflow).await {
            Ok(()) => Ok(deployment),
            Err(error) => {
                deployment.delete(api).await;
                Err(error)
            }
        }
    }

    async fn create_all(
        &mut self,
        api: &Api,
        kind: &str,
        workflow: &Workflow,
    ) -> Result<(), DeployError> {
        let archive = Archive::of(&workflow.manifest_text, workflow.directory.as_deref())?;
        // What others have at the host, and what earlier runs have left there, is not touched.
        let prefix = format!("loadtest-{:08x}", rand::random::<u32>());
        for policy in &workflow.policies {
            if policy.kind == flight::Policy::Flight {
                let name = format!("{prefix}-flight-{}", policy.size);
                let code = archive.flight(policy.size)?;
                create(api, &name, kind, &code, workflow.timeout).await?;
                self.flights.push((policy.size, name));
            }
        }
        if workflow.policies.iter().any(|policy| is_fork_join(*policy)) {
            for (at, function) in workflow.action.manifest.functions().iter().enumerate() {
                let name = format!("{prefix}-function-{at}");
                let code = archive.function(&function.name)?;
                create(api, &name, kind, &code, workflow.timeout).await?;
                self.fork_join.actions.push(name);
            }
        }
        Ok(())
    }

    /// The action that flies with as many members as a policy has; none if it does not speculate.
    ///
    /// # Panics
    ///
    /// If no action was created for it.
    pub(super) fn flight(&self, policy: Policy) -> Option<&str> {
        if is_fork_join(policy) {
            return None;
        }
        let mut flights = self.flights.iter();
        let flight = flights.find(|(size, _)| *size == policy.size);
        let (_, name) = flight.expect("every policy of the workflow has its action");
        Some(name)
    }

    /// The workflow as actions that a client composes.
    pub(super) fn fork_join(&self) -> &ForkJoin {
        &self.fork_join
    }

    /// The name of each action, and how many activations of it one workflow makes at once.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (&str, u16)> {
        let flights = self
            .flights
            .iter()
            .map(|(size, name)| (name.as_str(), *size));
        let functions = self.fork_join.actions.iter();
        flights.chain(functions.map(|name| (name.as_str(), 1)))
    }

    /// Deletes what was created; says so on standard error where that fails.
    pub(super) async fn delete(&self, api: &Api) {
        for (name, _) in self.actions() {
            if let Err(why) = api.delete(name).await {
                eprintln!("loadtest: failed to delete the action {name} at the target: {why}");
            }
        }
    }
}

fn is_fork_join(policy: Policy) -> bool {
    policy.kind == flight::Policy::ForkJoin
}

/// Creates an action that may invoke itself: flights need that.
async fn create(
    api: &Api,
    name: &str,
    kind: &str,
    code: &[u8],
    timeout: Duration,
) -> Result<(), DeployError> {
    let timeout_ms = timeout.max(TIMEOUT_DEFAULT).as_millis();
    let timeout_ms = u64::try_from(timeout_ms).unwrap_or(u64::MAX);
    let action = json!({
        "exec": { "kind": kind, "code": STANDARD.encode(code), "binary": true },
        "limits": { "timeout": timeout_ms },
        "annotations": [ { "key": "provide-api-key", "value": true } ],
    });
    let created = api.create(name, action.to_string()).await;
    created.map_err(|source| DeployError::Create {
        name: name.to_owned(),
        mend: mend(&source),
        source,
    })
}

/// What may help against a refusal.
fn mend(refused: &ApiError) -> &'static str {
    match refused {
        ApiError::Refused { status: 401, .. } => {
            ": see whether target.auth_env or target.auth_file has this host's key, UUID:KEY"
        }
        ApiError::Refused { status: 400, .. } => {
            ": see whether the host lets actions run as long as the scenario's timeout, and has \
             target.kind"
        }
        ApiError::Refused { .. } => ": see what the host says of it in its logs",
        ApiError::TimedOut | ApiError::Lost(_) => ": see whether target.url is that of the host",
    }
}
