//! `POST /namespaces/{namespace}/actions/{name}`.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::body;
use super::error::{Answer, ApiError};
use super::frame::Transaction;
use super::query::Query;
use super::target::Target;
use crate::gateway::activation::{ActivationId, Record, Status};
use crate::gateway::clock::now_ms;
use crate::gateway::entity::Action;
use crate::gateway::invoke::{Begun, Invocation};
use crate::gateway::platform::Platform;
use crate::gateway::store::Found;

/// How long a blocking request waits (`Actions.scala`).
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The most that the parameters of an invocation may have (`whisk.activation.payload.max`).
const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// Invokes an action.
pub(super) async fn invoke(
    platform: web::Data<Platform>,
    Target { caller, path }: Target,
    query: Query,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let blocking = query.flag("blocking", false)?;
    let bare = query.flag("result", false)?;
    let wait = query.timeout(WAIT_MAX)?;
    let payload = body::object(&request, payload, PAYLOAD_BYTES_MAX).await?;
    let action = match platform.invoker.resolve(&path).await {
        Found::It(action) => action,
        Found::Another => return Err(ApiError::another()),
        Found::Nothing => return Err(ApiError::not_found()),
    };
    let payload = payload.unwrap_or_default();
    check_final(&action, &payload)?;
    let permit = platform.throttle.admit(&caller.0.namespace, now_ms())?;
    let invocation = Invocation {
        identity: caller.0,
        action,
        payload: Value::Object(payload),
        transaction: Transaction::from_request(&request),
    };
    let begun = platform.invoker.begin(invocation, permit).await;
    let Begun { id, ended } = begun.map_err(|overloaded| {
        tracing::warn!("failed to {overloaded}");
        ApiError::overloaded()
    })?;
    if !blocking {
        return Ok(accepted(&id));
    }
    match tokio::time::timeout(wait, ended).await {
        Ok(Ok(record)) => Ok(finished(&record, bare)),
        // It goes on, and its record will be found.
        Ok(Err(_)) | Err(_) => Ok(accepted(&id)),
    }
}

/// Refuses to override what a final action has bound.
fn check_final(action: &Action, payload: &Map<String, Value>) -> Result<(), ApiError> {
    let overrides = |key: &String| action.parameters.defines(key);
    if action.annotations.says("final") && payload.keys().any(overrides) {
        return Err(ApiError::bad_request(
            "Request defines parameters that are not allowed (e.g., reserved properties).",
        ));
    }
    Ok(())
}

/// The header with the activation's name.
const ACTIVATION_ID: &str = "x-openwhisk-activation-id";

fn accepted(id: &ActivationId) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((ACTIVATION_ID, id.as_str()))
        .json(json!({ "activationId": id }))
}

/// An array is always given bare, as OpenWhisk does.
fn finished(record: &Record, bare: bool) -> HttpResponse {
    let response = &record.response;
    let mut answer = match response.status {
        Status::Success => HttpResponse::Ok(),
        Status::ApplicationError | Status::DeveloperError => HttpResponse::BadGateway(),
        Status::InternalError => HttpResponse::InternalServerError(),
    };
    answer.insert_header((ACTIVATION_ID, record.id.as_str()));
    if bare || response.result.is_array() {
        answer.json(&response.result)
    } else {
        answer.json(record.without_logs())
    }
}
