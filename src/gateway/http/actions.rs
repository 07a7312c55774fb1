//! `/namespaces/{namespace}/actions`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::body;
use super::caller::Caller;
use super::error::{Answer, ApiError};
use super::query::{Page, Query};
use super::target::Target;
use crate::gateway::clock::now_ms;
use crate::gateway::entity::{Action, ActionPath, ActionPut, Exec};
use crate::gateway::invoke::TOO_LONG;
use crate::gateway::platform::Platform;
use crate::gateway::store::code::CodeError;
use crate::gateway::store::{Entity, Found};

/// The most that an action's code may have (`Exec.scala`).
const CODE_BYTES_MAX: u64 = 48 << 20;

/// The most that parameters, or annotations, may have (`Parameter.scala`).
const PARAMETERS_BYTES_MAX: u64 = 1 << 20;

/// Lists the actions of a namespace.
pub(super) async fn list(
    platform: web::Data<Platform>,
    caller: Caller,
    namespace: web::Path<String>,
    query: Query,
) -> Answer {
    let namespace = caller.enter(&namespace)?;
    let actions = platform.store.actions(&namespace, None);
    Ok(listed("actions", &actions, query.page("actions")?))
}

/// Lists the actions of a package.
pub(super) async fn list_package(
    platform: web::Data<Platform>,
    Target { path: package, .. }: Target,
    query: Query,
) -> Answer {
    match platform.store.package(&package).await {
        Found::It(_) => {}
        Found::Another => return Err(ApiError::another()),
        Found::Nothing => return Err(ApiError::not_found()),
    }
    let store = &platform.store;
    let actions = store.actions(&package.namespace, Some(&package.name));
    Ok(listed("actions", &actions, query.page("actions")?))
}

/// A part of a list, or how much there is.
pub(super) fn listed(collection: &str, entities: &[Arc<Entity>], page: Page) -> HttpResponse {
    let entities = entities.iter().skip(page.skip);
    if page.count {
        return HttpResponse::Ok().json(json!({ collection: entities.count() }));
    }
    let summary = |entity: &Arc<Entity>| match &**entity {
        Entity::Action(action) => action.summary(),
        Entity::Package(package) => package.summary(),
    };
    let summaries: Vec<Value> = entities.take(page.limit).map(summary).collect();
    HttpResponse::Ok().json(summaries)
}

/// Shows an action.
pub(super) async fn get(
    platform: web::Data<Platform>,
    Target { path, .. }: Target,
    query: Query,
) -> Answer {
    let with_code = query.flag("code", true)?;
    let action = match platform.invoker.resolve(&path).await {
        Found::It(action) => action,
        Found::Another => return Err(ApiError::another()),
        Found::Nothing => return Err(ApiError::not_found()),
    };
    let text = text(&platform, &action, with_code).await?;
    Ok(HttpResponse::Ok().json(action.to_json(text.as_deref())))
}

/// The text of an action's code, where it is wanted and there is any.
async fn text(
    platform: &Platform,
    action: &Action,
    wanted: bool,
) -> Result<Option<String>, ApiError> {
    match action.exec.code().filter(|_| wanted) {
        None => Ok(None),
        Some(code) => {
            let text = platform.store.text(code).await;
            text.map(Some).ok_or_else(ApiError::overloaded)
        }
    }
}

/// Makes or changes an action.
pub(super) async fn put(
    platform: web::Data<Platform>,
    Target { caller, path }: Target,
    query: Query,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let overwrite = query.flag("overwrite", false)?;
    let body = body::object(&request, payload, body::REQUEST_BYTES_MAX).await?;
    let body =
        body.ok_or_else(|| ApiError::bad_request("Request entity expected but not supplied"))?;
    check_sizes(&body)?;
    let put = ActionPut::parse(&body, &caller.0.namespace, &platform.invoker.runtimes)?;
    drop(body);
    if let Some(package) = path.package_path() {
        match platform.store.package(&package).await {
            Found::It(_) => {}
            Found::Another => return Err(ApiError::another()),
            Found::Nothing => return Err(ApiError::not_found()),
        }
    }
    let before = match platform.store.action(&path).await {
        Found::It(_) if !overwrite => return Err(ApiError::exists()),
        Found::It(action) => Some(action),
        Found::Another => return Err(ApiError::another()),
        Found::Nothing if platform.store.is_full() => return Err(too_many()),
        Found::Nothing => None,
    };
    if let Some(Exec::Sequence { components }) = put.exec() {
        check_sequence(&platform, &caller, &path, components).await?;
    }
    let given = put.text();
    let action = put.apply(path.clone(), before.as_ref(), now_ms())?;
    platform.limits.check(&action.limits)?;
    let kept = platform
        .store
        .put(path, Entity::Action(action.clone()), given.clone());
    kept.await.map_err(|error| full(&error))?;
    let text = match given {
        Some(text) => Some(text.to_string()),
        None => text(&platform, &action, true).await?,
    };
    Ok(HttpResponse::Ok().json(action.to_json(text.as_deref())))
}

pub(super) fn too_many() -> ApiError {
    ApiError::new(
        actix_web::http::StatusCode::PAYLOAD_TOO_LARGE,
        "There are as many actions and packages as this cluster keeps: delete some.",
    )
}

fn full(error: &CodeError) -> ApiError {
    match error {
        CodeError::Full { bytes, bytes_max } => {
            ApiError::too_large("The code of all actions", *bytes, *bytes_max)
        }
        CodeError::Unwritable { .. } => {
            tracing::error!("failed to {error}");
            ApiError::overloaded()
        }
    }
}

/// Refuses parts of an entity that are too long.
pub(super) fn check_sizes(body: &Map<String, Value>) -> Result<(), ApiError> {
    let exec = body.get("exec");
    let code = exec
        .and_then(|exec| exec.get("code")?.as_str())
        .unwrap_or_default();
    let code_bytes = code.len() as u64;
    if code_bytes > CODE_BYTES_MAX {
        return Err(ApiError::too_large("exec", code_bytes, CODE_BYTES_MAX));
    }
    for (key, name) in [("parameters", "Parameters"), ("annotations", "Annotations")] {
        let bytes = body.get(key).map_or(0, |value| value.to_string().len()) as u64;
        if bytes > PARAMETERS_BYTES_MAX {
            return Err(ApiError::too_large(name, bytes, PARAMETERS_BYTES_MAX));
        }
    }
    Ok(())
}

/// Refuses a sequence that is too long, holds itself, or what there is not.
async fn check_sequence(
    platform: &Platform,
    caller: &Caller,
    path: &ActionPath,
    components: &[ActionPath],
) -> Result<(), ApiError> {
    if components.is_empty() {
        return Err(ApiError::bad_request(
            "No component specified for the sequence.",
        ));
    }
    let actions_max = platform.invoker.actions_max;
    let too_long = || ApiError::bad_request(TOO_LONG);
    let mut atoms = 0;
    let mut open: Vec<ActionPath> = components.to_vec();
    // Sequences that were there are not cyclic, but may hold each other many times.
    let mut looked_at = 0;
    while let Some(component) = open.pop() {
        if component == *path {
            return Err(ApiError::bad_request("Sequence may not refer to itself."));
        }
        if component.namespace != caller.0.namespace {
            return Err(ApiError::forbidden());
        }
        looked_at += 1;
        if looked_at > actions_max * actions_max {
            return Err(too_long());
        }
        match platform.invoker.resolve(&component).await {
            Found::It(action) => match &action.exec {
                Exec::Sequence { components } => open.extend(components.iter().cloned()),
                Exec::Code { .. } | Exec::Blackbox { .. } => atoms += 1,
            },
            Found::Another | Found::Nothing => {
                return Err(ApiError::bad_request("Sequence component does not exist."));
            }
        }
        if atoms > actions_max {
            return Err(too_long());
        }
    }
    Ok(())
}

/// Deletes an action.
pub(super) async fn delete(platform: web::Data<Platform>, Target { path, .. }: Target) -> Answer {
    let action = match platform.store.action(&path).await {
        Found::It(action) => action,
        Found::Another => return Err(ApiError::another()),
        Found::Nothing => return Err(ApiError::not_found()),
    };
    let text = text(&platform, &action, true).await.unwrap_or_default();
    platform.store.delete(path).await;
    Ok(HttpResponse::Ok().json(action.to_json(text.as_deref())))
}
