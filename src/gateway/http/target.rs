//! What a request is about.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;

use super::caller::Caller;
use super::error::ApiError;
use crate::gateway::entity::ActionPath;

/// The action, or the package, that a request is about, in a namespace that is the caller's.
pub(super) struct Target {
    pub(super) caller: Caller,
    pub(super) path: ActionPath,
}

/// The names in a path.
#[derive(Deserialize)]
struct Names {
    namespace: String,
    package: Option<String>,
    name: String,
}

impl FromRequest for Target {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(target(request, payload))
    }
}

fn target(request: &HttpRequest, payload: &mut Payload) -> Result<Target, ApiError> {
    let caller = Caller::from_request(request, payload).into_inner()?;
    let names = web::Path::<Names>::from_request(request, payload).into_inner();
    let names = names.map_err(|error| ApiError::bad_request(error.to_string()))?;
    let Names {
        namespace,
        package,
        name,
    } = names.into_inner();
    let path = ActionPath {
        namespace: caller.enter(&namespace)?,
        package: package.as_deref().map(str::parse).transpose()?,
        name: name.parse()?,
    };
    Ok(Target { caller, path })
}
