//! From an action and its parameters to the activation's record.
//!
//! The node that gets a request leads: a single action is a flight, a sequence and a composition
//! are several, one after the other. Nobody but the throttle has a say in how many there are, since
//! Raptor places the members of a flight itself. What was begun goes on whether somebody waits for
//! it or not.

mod account;
mod bundles;
mod composition;
mod flight;
mod outcome;
mod sequence;

use std::sync::{Arc, Weak};

use raptor_cluster::Node;
use serde_json::Value;
use tokio::sync::{oneshot, watch};

pub(crate) use bundles::Bundles;
pub(crate) use sequence::TOO_LONG;

use super::activation::{ActivationId, Book, Record, Status};
use super::entity::{Action, ActionPath, Annotations, EntityName, Exec};
use super::identity::Identity;
use super::meter;
use super::runtimes::Runtimes;
use super::store::{Found, Store};
use super::throttle::Permit;

/// What invocations need.
pub(crate) struct Invoker {
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<Book>,
    /// Flies them. Those who wait for activations must not keep it from ending.
    pub(crate) node: Weak<Node>,
    pub(crate) runtimes: Runtimes,
    pub(crate) bundles: Bundles,
    /// Where actions find this interface.
    pub(crate) api_host: String,
    /// How many actions a sequence, or a composition, may run.
    pub(crate) actions_max: usize,
    /// Where activations run: not with the requests that they come from, which may be given up.
    pub(crate) runtime: tokio::runtime::Handle,
    /// How many are under way.
    pub(crate) underway: watch::Sender<usize>,
}

/// One invocation.
#[derive(Clone)]
pub(crate) struct Invocation {
    pub(crate) identity: Identity,
    /// With the parameters of its package.
    pub(crate) action: Arc<Action>,
    pub(crate) payload: Value,
    /// The request that it came from.
    pub(crate) transaction: String,
}

/// An activation that was begun.
pub(crate) struct Begun {
    pub(crate) id: ActivationId,
    /// How it ended; nothing if this node is ending.
    pub(crate) ended: oneshot::Receiver<Record>,
}

/// An activation was not begun. It fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("begin an activation: {0}")]
pub(crate) struct Overloaded(pub(crate) String);

impl Invoker {
    /// Begins an activation, which goes on by itself. The permit is given back at its end.
    ///
    /// # Errors
    ///
    /// If the node does not take it on.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        invocation: Invocation,
        permit: Permit,
    ) -> Result<Begun, Overloaded> {
        let (tell, ended) = oneshot::channel();
        let invoker = Arc::clone(self);
        if invocation.is_flight() {
            let takeoff = self.take_off(&invocation, None).await?;
            let id = takeoff.id();
            self.spawn(async move {
                // Whoever waited may have gone.
                let _ = tell.send(invoker.land(takeoff).await);
                drop(permit);
            });
            return Ok(Begun { id, ended });
        }
        let id = ActivationId::fresh();
        let own = id.clone();
        self.spawn(async move {
            let _ = tell.send(
                invoker
                    .run_as(own, invocation, None, &mut Budget::default())
                    .await,
            );
            drop(permit);
        });
        Ok(Begun { id, ended })
    }

    /// Runs what a sequence or a composition invokes.
    async fn run(
        self: &Arc<Self>,
        invocation: Invocation,
        cause: &ActivationId,
        budget: &mut Budget,
    ) -> Result<Record, Overloaded> {
        if invocation.is_flight() {
            let takeoff = self.take_off(&invocation, Some(cause.clone())).await?;
            return Ok(self.land(takeoff).await);
        }
        let (id, cause) = (ActivationId::fresh(), Some(cause.clone()));
        // They may hold each other.
        Ok(Box::pin(self.run_as(id, invocation, cause, budget)).await)
    }

    /// Runs a sequence or a composition.
    async fn run_as(
        self: &Arc<Self>,
        id: ActivationId,
        invocation: Invocation,
        cause: Option<ActivationId>,
        budget: &mut Budget,
    ) -> Record {
        let record = match &invocation.action.exec {
            Exec::Sequence { components } => {
                let components = components.clone();
                self.run_sequence(id, invocation, &components, cause, budget)
                    .await
            }
            Exec::Code { .. } | Exec::Blackbox { .. } => {
                self.run_composition(id, invocation, cause, budget).await
            }
        };
        self.book.write(record.clone());
        record
    }

    /// An action with the parameters of its package.
    pub(crate) async fn resolve(&self, path: &ActionPath) -> Found<Arc<Action>> {
        let mut action = match self.store.action(path).await {
            Found::It(action) => action,
            Found::Another => return Found::Another,
            Found::Nothing => return Found::Nothing,
        };
        if let Some(package) = path.package_path() {
            match self.store.package(&package).await {
                Found::It(package) => {
                    action.parameters = action.parameters.over(&package.parameters);
                }
                Found::Another | Found::Nothing => return Found::Nothing,
            }
        }
        Found::It(Arc::new(action))
    }

    /// Runs something that the gateway waits for before it ends.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let underway = self.underway.clone();
        underway.send_modify(|count| {
            *count += 1;
            meter::on_underway(*count);
        });
        let ended = Underway(underway);
        self.runtime.spawn(async move {
            task.await;
            drop(ended);
        });
    }
}

/// One that is under way, until it is dropped.
struct Underway(watch::Sender<usize>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.send_modify(|count| {
            *count -= 1;
            meter::on_underway(*count);
        });
    }
}

/// What a sequence or composition, and all in it, has spent.
#[derive(Debug, Default)]
struct Budget {
    /// Actions that sequences have run.
    atoms: usize,
    /// Actions that compositions have run, a sequence being one.
    components: usize,
    /// How often conductors have been asked.
    conductors: usize,
}

impl Invocation {
    /// Whether it is one flight.
    fn is_flight(&self) -> bool {
        !matches!(self.action.exec, Exec::Sequence { .. }) && !self.action.is_conductor()
    }

    /// Another action for the same caller.
    fn of(&self, action: Arc<Action>, payload: Value) -> Self {
        Self {
            action,
            payload,
            ..self.clone()
        }
    }

    fn namespace(&self) -> &EntityName {
        &self.identity.namespace
    }
}

/// What records of sequences and compositions say beside their results.
fn annotations(action: &Action, is_topmost: bool, memory_mb: Option<u64>) -> Annotations {
    let mut annotations = Annotations::default();
    annotations.set("topmost", is_topmost);
    annotations.set("path", action.path.to_string());
    annotations.set("kind", "sequence");
    if !is_topmost {
        annotations.set("causedBy", "sequence");
    }
    if let Some(memory) = memory_mb {
        let limits = super::entity::ActionLimits {
            memory,
            ..action.limits
        };
        annotations.set("limits", limits.to_json());
    }
    annotations
}

/// The memory that an activation's action could have, as its record says.
fn memory_of(record: &Record) -> Option<u64> {
    record.annotations.get("limits")?.get("memory")?.as_u64()
}

/// Whether the interface, and not the action, is to blame.
fn is_internal(record: &Record) -> bool {
    record.response.status == Status::InternalError
}
