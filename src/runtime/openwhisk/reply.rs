//! Answers over HTTP, each with a Content-Length.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bytes::Bytes;
use serde_json::json;

/// A body of JSON.
pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("application/json")
        .body(body.into())
}

/// `{"error": text}`.
pub(super) fn error(status: StatusCode, text: &str) -> HttpResponse {
    json(status, json!({ "error": text }).to_string())
}

/// No body at all, as the ActionLoop proxy answers paths that it does not know.
pub(super) fn empty(status: StatusCode) -> HttpResponse {
    HttpResponse::build(status).body(Bytes::new())
}
