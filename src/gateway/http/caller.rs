//! Who calls, by the request's Basic authentication.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::ApiError;
use crate::gateway::entity::{EntityName, NameError};
use crate::gateway::identity::Identity;
use crate::gateway::platform::Platform;

/// Who calls.
pub(super) struct Caller(pub(super) Identity);

impl Caller {
    /// The namespace that a path names, which must be the caller's: `_` always is.
    pub(super) fn enter(&self, namespace: &str) -> Result<EntityName, ApiError> {
        if namespace == "_" {
            return Ok(self.0.namespace.clone());
        }
        let named: EntityName = namespace.parse().map_err(|error: NameError| match error {
            NameError::TooLong { .. } => error.into(),
            NameError::Illegal | NameError::Unqualified => {
                ApiError::bad_request("The namespace contains illegal characters.")
            }
        })?;
        (named == self.0.namespace)
            .then_some(named)
            .ok_or_else(ApiError::forbidden)
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(identify(request))
    }
}

fn identify(request: &HttpRequest) -> Result<Caller, ApiError> {
    let refused = |text: &str| ApiError::new(StatusCode::UNAUTHORIZED, text);
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Err(refused(
            "The resource requires authentication, which was not supplied with the request",
        ));
    };
    let identity = header.to_str().ok().and_then(|header| {
        let (scheme, credentials) = header.split_once(' ')?;
        let decoded = STANDARD.decode(credentials.trim()).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (uuid, key) = decoded.split_once(':')?;
        let platform = request.app_data::<web::Data<Platform>>()?;
        let peer = request.peer_addr()?.ip();
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        is_basic
            .then(|| platform.keyring().identify(uuid, key, peer))
            .flatten()
    });
    identity
        .map(Caller)
        .ok_or_else(|| refused("The supplied authentication is invalid"))
}
