//! Compositions: an action that says, again and again, what is to be run next.
//!
//! The grammar of `PrimitiveActions.scala`: conductor (component conductor)*.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::flight::Takeoff;
use super::{Budget, Invocation, Invoker, Overloaded, annotations, is_internal, memory_of};
use crate::gateway::activation::{ActivationId, Record, Response, Status};
use crate::gateway::clock::now_ms;
use crate::gateway::entity::ActionPath;
use crate::gateway::store::Found;

/// What a composition says that has run too many actions.
const TOO_LONG: &str = "Too many actions in the composition.";

/// What a composition says one of whose activations could not be begun.
const FAILED: &str = "Activation failure during composition.";

/// A composition under way.
struct Session {
    id: ActivationId,
    invocation: Invocation,
    duration: u64,
    memory: u64,
    state: Option<Map<String, Value>>,
    logs: Vec<String>,
}

/// What a conductor has said.
struct Direction {
    action: Option<Value>,
    params: Value,
}

impl Invoker {
    pub(super) async fn run_composition(
        self: &Arc<Self>,
        id: ActivationId,
        invocation: Invocation,
        cause: Option<ActivationId>,
        budget: &mut Budget,
    ) -> Record {
        let start = now_ms();
        let payload = invocation.payload.clone();
        let memory = invocation.action.limits.memory;
        let mut session = Session {
            id,
            invocation,
            duration: 0,
            memory,
            state: None,
            logs: Vec::new(),
        };
        let response = self.conduct(&mut session, payload, budget).await;
        let Invocation {
            identity, action, ..
        } = &session.invocation;
        let mut annotations = annotations(action, cause.is_none(), Some(session.memory));
        annotations.set("conductor", true);
        Record {
            namespace: identity.namespace.to_string(),
            action: action.path.clone(),
            version: action.version,
            subject: identity.subject.clone(),
            cause,
            start,
            end: now_ms(),
            duration: session.duration,
            response,
            annotations,
            id: session.id,
            logs: session.logs,
        }
    }

    /// Asks the conductor, and runs what it says, until it says no more.
    async fn conduct(
        self: &Arc<Self>,
        session: &mut Session,
        mut payload: Value,
        budget: &mut Budget,
    ) -> Response {
        loop {
            if budget.conductors > 2 * self.actions_max {
                return Response::error(Status::ApplicationError, TOO_LONG);
            }
            budget.conductors += 1;
            let record = match self.ask_conductor(session, payload).await {
                Ok(record) => record,
                Err(response) => return response,
            };
            let status = record.response.status;
            let direction = session.heed(record.response.result);
            let Some(next) = direction.action else {
                return Response::new(status, direction.params);
            };
            payload = match self.perform(session, &next, direction.params, budget).await {
                Ok(result) => result,
                Err(response) => return response,
            };
        }
    }

    async fn ask_conductor(
        self: &Arc<Self>,
        session: &mut Session,
        payload: Value,
    ) -> Result<Record, Response> {
        let payload = match (payload, session.state.take()) {
            (Value::Object(mut payload), Some(state)) => {
                payload.extend(state);
                Value::Object(payload)
            }
            (payload, _) => payload,
        };
        let action = Arc::clone(&session.invocation.action);
        let next = session.invocation.of(action, payload);
        let cause = Some(session.id.clone());
        let takeoff: Result<Takeoff, Overloaded> = self.take_off(&next, cause).await;
        let record = match takeoff {
            Ok(takeoff) => self.land(takeoff).await,
            Err(overloaded) => return Err(failure(&overloaded)),
        };
        session.count(&record)
    }

    /// Runs what the conductor has named, and gives what the conductor is told next.
    async fn perform(
        self: &Arc<Self>,
        session: &mut Session,
        name: &Value,
        params: Value,
        budget: &mut Budget,
    ) -> Result<Value, Response> {
        let parsed = name
            .as_str()
            .and_then(|text| ActionPath::resolve(text, session.invocation.namespace()).ok());
        let Some(path) = parsed else {
            let text =
                format!("Failed to parse action name from json value {name} during composition.");
            return Ok(json!({ "error": text }));
        };
        if budget.components >= self.actions_max {
            return Ok(json!({ "error": TOO_LONG }));
        }
        if path.namespace != *session.invocation.namespace() {
            let text = format!(
                "Failed entitlement check for action with name '{path}' during composition."
            );
            return Ok(json!({ "error": text }));
        }
        let Found::It(action) = self.resolve(&path).await else {
            let text = format!("Failed to resolve action with name '{path}' during composition.");
            return Ok(json!({ "error": text }));
        };
        if !action.is_conductor() {
            budget.components += 1;
        }
        let next = session.invocation.of(action, params);
        // What runs in a sequence there is counted by itself.
        budget.atoms = 0;
        let ran = self.run(next, &session.id, budget).await;
        let record = ran.map_err(|overloaded| failure(&overloaded))?;
        Ok(session.count(&record)?.response.result)
    }
}

fn failure(overloaded: &Overloaded) -> Response {
    tracing::warn!("failed to {overloaded}");
    Response::error(Status::InternalError, FAILED)
}

impl Session {
    /// An activation of it has ended.
    fn count(&mut self, record: &Record) -> Result<Record, Response> {
        self.logs.push(record.id.to_string());
        self.duration += record.duration;
        self.memory = self.memory.max(memory_of(record).unwrap_or_default());
        match is_internal(record) {
            true => Err(record.response.clone()),
            false => Ok(record.clone()),
        }
    }

    /// Takes apart what the conductor has given; what is no object becomes one.
    fn heed(&mut self, result: Value) -> Direction {
        let boxed = |value: &Value, key: &str| match value {
            Value::Object(object) => object.clone(),
            other => Map::from_iter([(key.to_owned(), other.clone())]),
        };
        let given = |key: &str| result.get(key);
        self.state = given("state").map(|state| boxed(state, "state"));
        let params = given("params").map(|params| Value::Object(boxed(params, "value")));
        let action = given("action").cloned();
        let params = match (params, &action) {
            (Some(params), _) => params,
            // It is over, and this is what it gave.
            (None, None) => result,
            (None, Some(_)) => json!({}),
        };
        Direction { action, params }
    }
}
