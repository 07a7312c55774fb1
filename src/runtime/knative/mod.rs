//! Knative's contract with containers, and that of every other platform which sends requests to a
//! port: the action is in the image, every path is the function, and a request is plain JSON or a
//! CloudEvent (Knative Runtime Contract; CloudEvents HTTP Protocol Binding 1.0).
//!
//! Nobody places members here: the service's other containers are found by name ([`peers`]).

mod event;
mod peers;

use std::borrow::Cow;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use tokio::sync::Semaphore;

use super::KnativeSettings;
use super::action::{Action, Activation, Outcome};
use super::platform::Platform;
use event::Asked;
pub(super) use peers::Peers;
pub use peers::PeersError;

/// The longest body: as long as OpenWhisk's parameters, and a flight's context round them.
const BODY_BYTES_MAX: usize = 4 << 20;

/// How many activations run at a time; others wait. Each has a process or a flight of its own.
const OVERLAPPING_COUNT_MAX: usize = 64;

/// A container that answers requests.
pub(super) struct Knative {
    settings: KnativeSettings,
    action: Action,
    turns: Semaphore,
}

impl Knative {
    /// Of an action that is ready to run.
    pub(super) fn new(settings: KnativeSettings, action: Action) -> Self {
        Self {
            settings,
            action,
            turns: Semaphore::new(OVERLAPPING_COUNT_MAX),
        }
    }

    async fn run(&self, request: &HttpRequest, body: Payload) -> HttpResponse {
        let body = match body.to_bytes_limited(BODY_BYTES_MAX).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) => return refusal(StatusCode::BAD_REQUEST, &error.to_string()),
            Err(_) => {
                let why = format!("the body has more than {BODY_BYTES_MAX} bytes");
                return refusal(StatusCode::PAYLOAD_TOO_LARGE, &why);
            }
        };
        let asked = match Asked::read(request.headers(), &body) {
            Ok(asked) => asked,
            Err(malformed) => return refusal(StatusCode::BAD_REQUEST, &malformed.to_string()),
        };
        let _turn = self.turns.acquire().await.expect("it is never closed");
        let runner = self.action.runner().expect("it was opened before");
        let outcome = runner.run(&self.activation(&asked)).await;
        self.respond(&asked, outcome)
    }

    fn activation<'a>(&'a self, asked: &'a Asked) -> Activation<'a> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let path = format!("/knative/{}", self.settings.service);
        let mut fields: Vec<(Cow<'a, str>, Cow<'a, str>)> = vec![
            ("activation_id".into(), id.into()),
            ("action_name".into(), path.into()),
            ("namespace".into(), "knative".into()),
        ];
        let given = asked.fields.iter();
        fields.extend(given.map(|(name, text)| (name.into(), text.into())));
        Activation::new(&asked.value, fields, None)
    }

    fn respond(&self, asked: &Asked, outcome: Outcome) -> HttpResponse {
        let (status, result) = match outcome {
            Outcome::Answered(body) => {
                let status = match is_error(&body) {
                    true => StatusCode::INTERNAL_SERVER_ERROR,
                    false => StatusCode::OK,
                };
                (status, String::from_utf8_lossy(&body).into_owned())
            }
            Outcome::Broken(body) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                String::from_utf8_lossy(&body).into_owned(),
            ),
            Outcome::Misshapen => failed("the function gave no JSON object or array"),
            Outcome::Exited => failed("the function's process has ended"),
            Outcome::NotStarted(error) => failed(&format!("failed to {error}")),
            Outcome::Late => failed("the function was ended after its deadline"),
        };
        asked.answer(status, &format!("/{}", self.settings.service), &result)
    }
}

impl Platform for Knative {
    async fn answer(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        match *request.method() {
            Method::POST | Method::PUT => self.run(&request, body).await,
            // What probes ask: it listens only when it is ready.
            Method::GET | Method::HEAD => HttpResponse::Ok().finish(),
            _ => refusal(StatusCode::METHOD_NOT_ALLOWED, "send the event by POST"),
        }
    }

    fn refuse(&self) -> HttpResponse {
        refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "the container is shutting down",
        )
    }
}

fn failed(why: &str) -> (StatusCode, String) {
    (StatusCode::BAD_GATEWAY, json!({ "error": why }).to_string())
}

fn refusal(status: StatusCode, why: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": why }))
}

/// Whether a function's result says that it has failed.
fn is_error(result: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Failed {
        #[serde(rename = "error")]
        _error: serde::de::IgnoredAny,
    }
    serde_json::from_slice::<Failed>(result).is_ok()
}
