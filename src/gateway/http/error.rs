//! What clients are told when something is wrong.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::gateway::entity::{Malformed, NameError};
use crate::gateway::throttle::Throttled;

/// A request that is refused. The frame makes `{"error", "code"}` of it, where `code` is the
/// request's name: by it clients tell the platform's errors from an action's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

/// What there was to say of the result of a request.
pub(super) type Answer = Result<HttpResponse, ApiError>;

impl ApiError {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }

    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// The body of a request is not what it must be.
    pub(super) fn content(what: impl fmt::Display) -> Self {
        Self::bad_request(format!("The request content was malformed:\n{what}"))
    }

    /// A parameter of the query is not what it must be.
    pub(super) fn query(name: &str, what: impl fmt::Display) -> Self {
        Self::bad_request(format!(
            "The query parameter '{name}' was malformed:\n{what}"
        ))
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "The requested resource does not exist.",
        )
    }

    /// There is something else of that name.
    pub(super) fn another() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "Resource by this name exists but is not in this collection.",
        )
    }

    pub(super) fn exists() -> Self {
        Self::new(StatusCode::CONFLICT, "resource already exists")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "The supplied authentication is not authorized to access this resource.",
        )
    }

    pub(super) fn too_large(what: &str, bytes: u64, bytes_max: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("{what} larger than allowed: {bytes} > {bytes_max} bytes."),
        )
    }

    pub(super) fn overloaded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "System is overloaded, try again later.",
        )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        // The frame writes the body, since it knows the request's name.
        HttpResponse::new(self.status)
    }
}

impl From<NameError> for ApiError {
    fn from(error: NameError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<Malformed> for ApiError {
    fn from(error: Malformed) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<Throttled> for ApiError {
    fn from(error: Throttled) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string())
    }
}
