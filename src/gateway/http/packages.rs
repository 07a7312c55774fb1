//! `/namespaces/{namespace}/packages`: names for actions, with parameters that they share.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::actions::{check_sizes, listed, too_many};
use super::body;
use super::caller::Caller;
use super::error::{Answer, ApiError};
use super::query::Query;
use super::target::Target;
use crate::gateway::clock::now_ms;
use crate::gateway::entity::PackagePut;
use crate::gateway::platform::Platform;
use crate::gateway::store::{Entity, Found};

/// The name that no package may have (`Packages.scala`).
const RESERVED: &str = "default";

/// Lists the packages of a namespace.
pub(super) async fn list(
    platform: web::Data<Platform>,
    caller: Caller,
    namespace: web::Path<String>,
    query: Query,
) -> Answer {
    let namespace = caller.enter(&namespace)?;
    let packages = platform.store.packages(&namespace);
    Ok(listed("packages", &packages, query.page("packages")?))
}

/// Shows a package, with the names of its actions.
pub(super) async fn get(platform: web::Data<Platform>, Target { path, .. }: Target) -> Answer {
    let package = match platform.store.package(&path).await {
        Found::It(package) => package,
        Found::Another => return Err(ApiError::another()),
        Found::Nothing => return Err(ApiError::not_found()),
    };
    let entities = platform.store.actions(&path.namespace, Some(&path.name));
    let actions = entities.iter().filter_map(|entity| entity.action());
    Ok(HttpResponse::Ok().json(package.with_actions(actions)))
}

/// Makes or changes a package.
pub(super) async fn put(
    platform: web::Data<Platform>,
    Target { path, .. }: Target,
    query: Query,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    if path.name.as_str() == RESERVED {
        let text = format!("Package name '{RESERVED}' is reserved.");
        return Err(ApiError::bad_request(text));
    }
    let overwrite = query.flag("overwrite", false)?;
    let body = body::object(&request, payload, body::REQUEST_BYTES_MAX).await?;
    let body = body.unwrap_or_default();
    check_sizes(&body)?;
    let put = PackagePut::parse(&body)?;
    if put.binds {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "Bindings of packages are not supported by this platform.",
        ));
    }
    let before = match platform.store.package(&path).await {
        Found::It(_) if !overwrite => return Err(ApiError::exists()),
        Found::It(package) => Some(package),
        Found::Another => return Err(ApiError::another()),
        Found::Nothing if platform.store.is_full() => return Err(too_many()),
        Found::Nothing => None,
    };
    let package = put.apply(path.clone(), before.as_ref(), now_ms());
    let kept = platform
        .store
        .put(path, Entity::Package(package.clone()), None);
    kept.await.expect("a package has no code to keep");
    Ok(HttpResponse::Ok().json(package.to_json()))
}

/// Deletes a package that has no actions.
pub(super) async fn delete(platform: web::Data<Platform>, Target { path, .. }: Target) -> Answer {
    let package = match platform.store.package(&path).await {
        Found::It(package) => package,
        Found::Another => return Err(ApiError::another()),
        Found::Nothing => return Err(ApiError::not_found()),
    };
    let count = platform
        .store
        .actions(&path.namespace, Some(&path.name))
        .len();
    if count > 0 {
        let noun = if count == 1 { "entity" } else { "entities" };
        let text = format!("Package not empty (contains {count} {noun})");
        return Err(ApiError::new(StatusCode::CONFLICT, text));
    }
    platform.store.delete(path).await;
    Ok(HttpResponse::Ok().json(package.to_json()))
}
