//! The body of a request.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::gateway::platform::Platform;

/// The most that is read of any request: code of 48 MB as a JSON text, and what is beside it. What is
/// refused for its length is read to its end first, so that its sender hears of it.
pub(super) const REQUEST_BYTES_MAX: usize = 64 << 20;

/// How many MiB of bodies are read and parsed at a time; further ones wait.
pub(in crate::gateway) const READING_MIB_MAX: usize = 256;

/// Longer bodies are parsed where they keep no other request waiting.
const PARSED_HERE_BYTES_MAX: usize = 64 << 10;

/// Reads a body that is a JSON object; none if it is empty.
///
/// # Errors
///
/// If it is something else, or has more than `bytes_max`.
pub(super) async fn object(
    request: &HttpRequest,
    payload: web::Payload,
    bytes_max: usize,
) -> Result<Option<Map<String, Value>>, ApiError> {
    let declared = declared(request);
    let bytes = declared.unwrap_or(REQUEST_BYTES_MAX as u64);
    let mib = bytes.min(REQUEST_BYTES_MAX as u64).div_ceil(1 << 20);
    let platform = request.app_data::<web::Data<Platform>>();
    let platform = platform.expect("only the platform has routes");
    let mib = u32::try_from(mib).expect("it is small");
    let reading = platform.reading.acquire_many(mib).await;
    let _reading = reading.expect("it is never closed");
    let content = match payload.to_bytes_limited(REQUEST_BYTES_MAX).await {
        Ok(Ok(content)) => content,
        Ok(Err(error)) => return Err(ApiError::bad_request(error.to_string())),
        Err(_) => {
            let bytes = declared.unwrap_or(REQUEST_BYTES_MAX as u64 + 1);
            return Err(ApiError::too_large("Request", bytes, bytes_max as u64));
        }
    };
    if content.len() > bytes_max {
        let (bytes, bytes_max) = (content.len() as u64, bytes_max as u64);
        return Err(ApiError::too_large("Request", bytes, bytes_max));
    }
    if content.is_empty() {
        return Ok(None);
    }
    check_type(request)?;
    let is_short = content.len() <= PARSED_HERE_BYTES_MAX;
    let parse = move || serde_json::from_slice(&content);
    let parsed: Result<Value, _> = if is_short {
        parse()
    } else {
        let parsed = web::block(parse).await;
        parsed
            .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
    };
    match parsed.map_err(ApiError::content)? {
        Value::Object(object) => Ok(Some(object)),
        Value::Null => Ok(None),
        _ => Err(ApiError::content("Object expected")),
    }
}

/// How long the body is, if its sender has said so.
fn declared(request: &HttpRequest) -> Option<u64> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn check_type(request: &HttpRequest) -> Result<(), ApiError> {
    let given = request.headers().get(CONTENT_TYPE);
    let given = given
        .and_then(|given| given.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The request's Content-Type is not supported. Expected:\napplication/json",
    ))
}
