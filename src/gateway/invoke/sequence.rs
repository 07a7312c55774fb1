//! Sequences: actions one after the other, each given what the one before has given.
//!
//! As `SequenceActions.scala` has it.

use std::sync::Arc;

use super::{Budget, Invocation, Invoker, annotations, memory_of};
use crate::gateway::activation::{ActivationId, Record, Response, Status};
use crate::gateway::clock::now_ms;
use crate::gateway::entity::ActionPath;
use crate::gateway::store::Found;

/// What a sequence says whose component is gone.
const COMPONENT_MISSING: &str = "Sequence component does not exist.";

/// What a sequence says that has run too many actions.
pub(crate) const TOO_LONG: &str = "Too many actions in the sequence.";

/// What a sequence says whose component could not be begun.
const FAILED: &str = "Sequence failed.";

impl Invoker {
    pub(super) async fn run_sequence(
        self: &Arc<Self>,
        id: ActivationId,
        invocation: Invocation,
        components: &[ActionPath],
        cause: Option<ActivationId>,
        budget: &mut Budget,
    ) -> Record {
        let start = now_ms();
        let mut response = Response::of_result(invocation.payload.clone());
        let (mut logs, mut duration, mut memory) = (Vec::new(), 0, None);
        for component in components {
            let payload = response.result;
            let stepped = self
                .step(&invocation, component, payload, &id, budget)
                .await;
            let record = match stepped {
                Ok(record) => record,
                Err(failed) => {
                    response = failed;
                    break;
                }
            };
            logs.push(record.id.to_string());
            duration += record.duration;
            memory = memory.max(memory_of(&record));
            response = record.response;
            if response.has_error() || !response.is_success() {
                break;
            }
        }
        let action = &invocation.action;
        Record {
            id,
            namespace: invocation.identity.namespace.to_string(),
            action: action.path.clone(),
            version: action.version,
            subject: invocation.identity.subject.clone(),
            start,
            end: now_ms(),
            duration,
            response,
            logs,
            annotations: annotations(action, cause.is_none(), memory),
            cause,
        }
    }

    /// Runs one component.
    async fn step(
        self: &Arc<Self>,
        invocation: &Invocation,
        component: &ActionPath,
        payload: serde_json::Value,
        cause: &ActivationId,
        budget: &mut Budget,
    ) -> Result<Record, Response> {
        let application = |text| Response::error(Status::ApplicationError, text);
        if budget.atoms >= self.actions_max {
            return Err(application(TOO_LONG));
        }
        let Found::It(action) = self.resolve(component).await else {
            return Err(application(COMPONENT_MISSING));
        };
        let next = invocation.of(action, payload);
        if next.is_flight() || next.action.is_conductor() {
            budget.atoms += 1;
        }
        let ran = self.run(next, cause, budget).await;
        ran.map_err(|overloaded| {
            tracing::warn!("failed to {overloaded}");
            Response::error(Status::InternalError, FAILED)
        })
    }
}
