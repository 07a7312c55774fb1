//! What stands round every answer: the request's name, CORS, the form of errors, counters.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use raptor_core::NodeId;
use serde_json::json;

use super::error::ApiError;
use super::health;
use crate::gateway::meter;
use crate::gateway::platform::Platform;

/// The header with the request's name, of requests that have one and of all answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header with the name of the node that answers.
const NODE: HeaderName = HeaderName::from_static("x-raptor-node");

/// Names of requests are kept in records and repeated in answers.
const REQUEST_ID_BYTES_MAX: usize = 256;

/// As OpenWhisk allows them (`RestAPIs.scala`).
const CORS: [(&str, &str); 3] = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-allow-headers",
        "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent",
    ),
    (
        "access-control-allow-methods",
        "GET, DELETE, POST, PUT, HEAD",
    ),
];

/// The name of a request: its own, or one that it was given.
#[derive(Clone, Debug)]
pub(super) struct Transaction(pub(super) String);

impl Transaction {
    fn of(headers: &HeaderMap) -> Self {
        let own = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let own = own.filter(|id| (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()));
        let own = own.filter(|id| !id.starts_with("sid_"));
        Self(own.map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned))
    }

    /// The name of a request that came through the frame.
    pub(super) fn from_request(request: &HttpRequest) -> String {
        let extensions = request.extensions();
        let transaction = extensions.get::<Self>();
        transaction.map(|Self(id)| id.clone()).unwrap_or_default()
    }
}

/// Answers a request, whatever comes of it.
pub(super) async fn frame<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let transaction = Transaction::of(request.headers());
    request.extensions_mut().insert(transaction.clone());
    let platform = request.app_data::<web::Data<Platform>>();
    let platform = platform.expect("the server has it").clone();
    let is_draining = platform.is_draining();
    let mut response = if request.method() == Method::OPTIONS {
        request.into_response(HttpResponse::Ok().finish())
    } else if is_draining && !health::is_path(request.path()) {
        let error = ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This node is shutting down, try another one.",
        );
        request.error_response(error)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    if let Some(error) = refusal(&response) {
        response = explained(response, &error, &transaction);
    }
    decorate(response.headers_mut(), &transaction, &platform.node);
    if is_draining {
        // Whoever keeps connections open would send the next request into one that is being closed.
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    meter::on_answered(response.status(), begun.elapsed());
    Ok(response)
}

/// What is wrong, if something is and nothing was said of it.
fn refusal(response: &ServiceResponse<BoxBody>) -> Option<ApiError> {
    let error = response.response().error()?;
    let known = error.as_error::<ApiError>().cloned();
    Some(known.unwrap_or_else(|| {
        let status = error.as_response_error().status_code();
        ApiError::new(status, error.to_string())
    }))
}

fn explained(
    response: ServiceResponse<BoxBody>,
    error: &ApiError,
    Transaction(code): &Transaction,
) -> ServiceResponse<BoxBody> {
    let (request, response) = response.into_parts();
    let mut answer = HttpResponse::build(error.status);
    for (name, value) in response.headers() {
        answer.append_header((name.clone(), value.clone()));
    }
    if error.status == StatusCode::UNAUTHORIZED {
        answer.insert_header(("www-authenticate", "Basic realm=\"whisk rest service\""));
    }
    answer.insert_header(("content-type", "application/json"));
    let body = json!({ "error": error.text, "code": code });
    ServiceResponse::new(request, answer.body(body.to_string()))
}

fn decorate(headers: &mut HeaderMap, Transaction(id): &Transaction, node: &NodeId) {
    for (name, value) in CORS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let node = HeaderValue::from_str(node.as_str());
    headers.insert(
        NODE,
        node.expect("names of nodes are letters, digits, '-', '_' and '.'"),
    );
}
