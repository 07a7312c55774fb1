//! Any host that speaks OpenWhisk's REST interface: OpenWhisk itself, Raptor's gateway, the
//! miniature one.
//!
//! | policy | what runs there |
//! | --- | --- |
//! | `flight:N` | the workflow as one action whose activations fly with N members |
//! | `fork-join:K` | every function as an action of its own, composed by the client: the paper's baseline |
//!
//! What is created is deleted at the end. A host cancels nothing: what a client gives up goes on.

mod activation;
mod api;
mod archive;
mod deployment;
mod fork_join;
mod key;
mod origin;

use std::cell::RefCell;
use std::time::Instant;

use bytes::Bytes;

use super::{Call, Reply};
use crate::run::TargetView;
use crate::sample::Ending;
use crate::workflow::Workflow;
use activation::End;
use api::{Api, ApiError};
use fork_join::Joined;

pub(crate) use api::ClientError;
pub(crate) use deployment::{DeployError, Deployment};
pub(crate) use key::{Key, KeyError, KeyPlace};
pub(crate) use origin::Origin;

/// HTTP statuses by which a host says that there is too much to do: `Too Many Requests` for a
/// namespace, `Service Unavailable` for all.
const BUSY: [u16; 2] = [429, 503];

/// A host, and the workflow's actions there.
#[derive(Debug)]
pub(crate) struct OpenWhisk {
    api: Api,
    deployment: Deployment,
    params: Bytes,
    /// In the order in which they were heard of.
    zones: RefCell<Vec<String>>,
}

/// Where a host is, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// Where it is.
    pub(crate) origin: Origin,
    /// Whether its certificate is checked.
    pub(crate) checked: bool,
    /// The kind of the actions, such as `python:default`.
    pub(crate) kind: String,
}

/// What a host takes the functions of Raptor's own examples by: they are executed by the runtime,
/// whichever interpreter it has beside it.
const KIND: &str = "python:default";

impl Host {
    /// A host whose certificate is checked, and whose actions are of the default kind.
    pub(crate) fn new(origin: Origin) -> Self {
        Self {
            origin,
            checked: true,
            kind: KIND.to_owned(),
        }
    }
}

/// A host is not ready. Fits after "failed to"; what was created there has been deleted, if the
/// host still answers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenWhiskError {
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There can be no client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The workflow does not become actions there.
    #[error(transparent)]
    Deploy(#[from] DeployError),
}

impl OpenWhisk {
    /// Creates the workflow's actions at a host.
    ///
    /// # Errors
    ///
    /// If the host does not take them.
    pub(crate) async fn start(
        host: &Host,
        key: Key,
        workflow: &Workflow,
    ) -> Result<Self, OpenWhiskError> {
        let api = Api::new(&host.origin.to_string(), key, host.checked)?;
        let deployment = Deployment::create(&api, &host.kind, workflow).await?;
        Ok(Self {
            api,
            deployment,
            params: workflow.action.params.clone(),
            zones: RefCell::default(),
        })
    }

    /// Zones that are known before they are heard of.
    pub(crate) fn expect_zones(&mut self, zones: Vec<String>) {
        *self.zones.get_mut() = zones;
    }

    /// The actions that were created.
    pub(crate) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Runs the workflow once.
    pub(crate) async fn call(&self, call: Call) -> Reply {
        let deadline = Instant::now() + call.timeout;
        match self.deployment.flight(call.policy) {
            Some(action) => self.fly(action, deadline).await,
            None => self.join(deadline).await,
        }
    }

    async fn fly(&self, action: &str, deadline: Instant) -> Reply {
        let came = self.api.invoke(action, self.params.clone(), deadline).await;
        let done = Instant::now();
        let (ending, zone) = match came {
            Ok(activation) => (landed(activation.end), activation.zone),
            Err(error) => (ending(error), None),
        };
        Reply {
            ending,
            done,
            zone: zone.map(|zone| self.zone(&zone)),
            attempts: Vec::new(),
        }
    }

    async fn join(&self, deadline: Instant) -> Reply {
        let fork_join = self.deployment.fork_join();
        let joined = fork_join.run(&self.api, &self.params, deadline).await;
        let Joined {
            ending,
            mut attempts,
            zones,
        } = joined;
        let done = Instant::now();
        for (attempt, zone) in attempts.iter_mut().zip(zones) {
            attempt.zone = zone.map(|zone| self.zone(&zone));
        }
        Reply {
            ending,
            done,
            // Nobody leads: the client does.
            zone: None,
            attempts,
        }
    }

    /// The place of a zone among those that were heard of.
    fn zone(&self, zone: &str) -> usize {
        let mut zones = self.zones.borrow_mut();
        zones.iter().position(|it| it == zone).unwrap_or_else(|| {
            zones.push(zone.to_owned());
            zones.len() - 1
        })
    }

    /// What is known of it.
    pub(crate) fn view(&self) -> TargetView {
        TargetView {
            zones: self.zones.borrow().clone(),
            ..TargetView::default()
        }
    }

    /// Deletes the actions.
    pub(crate) async fn stop(self) {
        self.deployment.delete(&self.api).await;
    }
}

fn landed(end: End) -> Ending {
    match end {
        End::Success(_) => Ending::Landed,
        End::TimedOut => Ending::TimedOut,
        End::Error(why) => Ending::Failed(why),
    }
}

/// How a workflow ends of which, or of whose function, nothing was heard but an error.
fn ending(error: ApiError) -> Ending {
    match error {
        ApiError::TimedOut => Ending::TimedOut,
        ApiError::Lost(why) => Ending::Lost(why),
        ApiError::Refused { status, .. } if BUSY.contains(&status) => {
            Ending::Refused(error.to_string())
        }
        // Neither the functions nor how much there is to do: nobody knows what became of it.
        ApiError::Refused { .. } => Ending::Lost(error.to_string()),
    }
}

#[cfg(test)]
pub(super) mod tests;
#[cfg(test)]
mod tls_tests;
