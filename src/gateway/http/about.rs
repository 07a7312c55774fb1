//! What the interface says of itself, and of namespaces.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::actions::listed;
use super::caller::Caller;
use super::error::{Answer, ApiError};
use super::query::Query;
use crate::gateway::platform::Platform;

/// `GET /api/v1`: without a key.
pub(super) async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "description": "OpenWhisk API",
        "api_version": "1.0.0",
        "api_version_path": "v1",
        "build": concat!("raptor-", env!("CARGO_PKG_VERSION")),
        "buildno": env!("CARGO_PKG_VERSION"),
        "swagger_paths": { "ui": "/docs", "api-docs": "/api-docs" },
    }))
}

/// `GET /`: what is here, without a key.
pub(super) async fn root(platform: web::Data<Platform>) -> HttpResponse {
    let kinds: Vec<_> = platform.invoker.runtimes.names().collect();
    HttpResponse::Ok().json(json!({
        "description": "OpenWhisk",
        "api_paths": ["/api/v1"],
        "runtimes": kinds,
        "limits": {
            "actions_per_minute": platform.settings.invocations_per_minute.get(),
            "concurrent_actions": platform.settings.concurrent_invocations.get(),
            "sequence_length": platform.settings.sequence_actions_max.get(),
            "min_action_duration": platform.limits.timeout_ms.0,
            "max_action_duration": platform.limits.timeout_ms.1,
            "min_action_memory": platform.limits.memory_mb.0 << 20,
            "max_action_memory": platform.limits.memory_mb.1 << 20,
            "min_action_logs": platform.limits.logs_mb.0 << 20,
            "max_action_logs": platform.limits.logs_mb.1 << 20,
        },
    }))
}

/// `GET /namespaces`: those that the key opens.
pub(super) async fn namespaces(caller: Caller) -> HttpResponse {
    HttpResponse::Ok().json([caller.0.namespace])
}

/// `GET /namespaces/{namespace}/limits`.
pub(super) async fn limits(
    platform: web::Data<Platform>,
    caller: Caller,
    namespace: web::Path<String>,
) -> Answer {
    caller.enter(&namespace)?;
    let limits = &platform.limits;
    let rates = platform.throttle.limits(&caller.0.namespace);
    Ok(HttpResponse::Ok().json(json!({
        "invocationsPerMinute": rates.per_minute_max,
        "concurrentInvocations": rates.concurrent_max,
        "firesPerMinute": 0,
        "minActionTimeout": limits.timeout_ms.0,
        "maxActionTimeout": limits.timeout_ms.1,
        "minActionMemory": limits.memory_mb.0,
        "maxActionMemory": limits.memory_mb.1,
        "minActionLogs": limits.logs_mb.0,
        "maxActionLogs": limits.logs_mb.1,
        "minActionConcurrency": limits.concurrency.0,
        "maxActionConcurrency": limits.concurrency.1,
    })))
}

/// What OpenWhisk has and this platform has not.
fn unsupported(what: &str) -> ApiError {
    let text = format!("{what} are not supported by this platform.");
    ApiError::new(StatusCode::NOT_FOUND, text)
}

/// `GET /namespaces/{namespace}/triggers`, or `rules`: there are none, and tools that list everything
/// that a namespace has ask for them too.
pub(super) async fn none(
    request: HttpRequest,
    caller: Caller,
    namespace: web::Path<String>,
    query: Query,
) -> Answer {
    caller.enter(&namespace)?;
    let path = request.path().trim_end_matches('/');
    let collection = path.rsplit('/').next().unwrap_or_default();
    Ok(listed(collection, &[], query.page(collection)?))
}

/// `/namespaces/{namespace}/triggers`.
pub(super) async fn triggers(_: Caller) -> Answer {
    Err(unsupported("Triggers"))
}

/// `/namespaces/{namespace}/rules`.
pub(super) async fn rules(_: Caller) -> Answer {
    Err(unsupported("Rules"))
}

/// `/web`.
pub(super) async fn web_actions() -> Answer {
    Err(unsupported("Web actions"))
}

/// Whatever has no meaning.
pub(super) async fn nothing() -> Answer {
    Err(ApiError::not_found())
}
