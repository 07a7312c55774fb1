//! OpenWhisk's contract with the runtimes of actions: `/init` and `/run`.
//!
//! Each kind answers as OpenWhisk's own runtime of that language does ([`column::Column`]), to the
//! status and the text: tools and tests know them.

mod column;
mod deadline;
mod initialization;
mod log;
mod reply;
mod run;

use std::cell::Cell;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::Settings;
use super::action::{Action, Activation, InitError, Outcome, Runner};
use super::code::{self, Source};
use super::server::Platform;
use column::Column;
use initialization::{Initialization, Refusal};
use log::Log;

/// The longest body of `/init`: 48 MB of code, which grow by a third in base64, and room for the rest.
const INIT_BYTES_MAX: usize = 80 << 20;

/// The longest body of `/run`: 1 MB of parameters and as much again, since escapes may be longer here
/// than where the platform counts.
const RUN_BYTES_MAX: usize = 2 << 20;

/// How many activations run at a time where they may overlap; others wait. Each has a process, of the
/// 1024 that a container may have, and three descriptors.
const OVERLAPPING_COUNT_MAX: usize = 64;

const MISSING: &str = "Missing main/no code to execute.";
const SEE_LOGS: &str = "The action failed to generate or locate a binary. See logs for details.";
const CHECK_LOGS: &str = "Cannot start action. Check logs for details.";
const MISSHAPEN: &str = "The action did not return a dictionary or array.";
const CLOSING: &str = "The container is shutting down.";

/// A container of OpenWhisk's.
pub(super) struct OpenWhisk {
    settings: Arc<Settings>,
    action: Action,
    column: Column,
    log: Log,
    /// One for each activation that may run now.
    turns: Semaphore,
    state: Cell<State>,
}

/// What the last activation has left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    /// Node.js: an activation is running, and there must be no other.
    Running,
    /// The process ended during an activation, or what it says is not to be trusted any more.
    Stopped,
}

impl OpenWhisk {
    pub(super) fn new(settings: Arc<Settings>, action: Action) -> Self {
        let turns = match settings.variables.allows_concurrency {
            true => OVERLAPPING_COUNT_MAX,
            false => 1,
        };
        Self {
            column: Column::of(settings.kind),
            settings,
            action,
            log: Log::default(),
            turns: Semaphore::new(turns),
            state: Cell::new(State::Ready),
        }
    }

    async fn init(&self, body: Payload) -> HttpResponse {
        if let Some(refused) = self.refuse_init() {
            return refused;
        }
        let body = match self.read(body, INIT_BYTES_MAX).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let parsed = match self.parse::<initialization::Body<'_>>(&body) {
            Ok(parsed) => parsed,
            Err(refused) => return refused,
        };
        match parsed.understand(self.column) {
            Ok(initialization) => self.initialize(initialization).await,
            Err(Refusal::Missing) => reply::error(StatusCode::FORBIDDEN, MISSING),
            Err(Refusal::Malformed(why)) => self.malformed(&why),
        }
    }

    /// Before the body is read: it may be long.
    fn refuse_init(&self) -> Option<HttpResponse> {
        let text = if self.action.runner().is_none() && self.state.get() == State::Stopped {
            "System not ready, status is stopped.".to_owned()
        } else if self.action.is_taken() {
            InitError::Again.to_string()
        } else {
            return None;
        };
        self.log.say(&text);
        Some(reply::error(StatusCode::FORBIDDEN, &text))
    }

    async fn initialize(&self, initialization: Initialization<'_>) -> HttpResponse {
        let content = match code::content(&initialization.code, initialization.is_binary) {
            Ok(content) => content,
            Err(error) if self.column == Column::ActionLoop => {
                let text = format!("cannot decode the request: {error}");
                return reply::error(StatusCode::BAD_REQUEST, &text);
            }
            Err(error) => {
                let _chapter = self.log.begin();
                return self
                    .unloadable(&format!("the action archive is not base64: {error}"), true);
            }
        };
        let deadline = initialization
            .env
            .iter()
            .find(|(name, _)| name == "__OW_DEADLINE");
        let deadline = deadline.and_then(|(_, text)| deadline::parse(text.to_str()?));
        let source = Source {
            content,
            main: initialization.main,
            env: initialization.env,
        };
        match self.action.initialize(source, deadline).await {
            Ok(()) => reply::json(StatusCode::OK, self.success()),
            Err(error) => self.uninitialized(&error),
        }
    }

    fn success(&self) -> &'static str {
        match self.column {
            Column::ActionLoop => r#"{"ok":true}"#,
            Column::Node => r#"{"OK":true}"#,
        }
    }

    fn uninitialized(&self, error: &InitError) -> HttpResponse {
        let pointer = match error {
            InitError::Closing => return self.refuse(),
            InitError::Again => {
                self.log.say(error);
                return reply::error(StatusCode::FORBIDDEN, &error.to_string());
            }
            InitError::Start(_) => CHECK_LOGS,
            InitError::Code(_) | InitError::Flights(_) => SEE_LOGS,
        };
        let _chapter = self.log.begin();
        match self.column {
            Column::Node => {
                // A launcher that could not load the action has said so itself.
                self.unloadable(&error.to_string(), !matches!(error, InitError::Start(_)))
            }
            Column::ActionLoop if self.settings.variables.logs_init_errors => {
                self.log.say(error);
                reply::error(StatusCode::BAD_GATEWAY, pointer)
            }
            Column::ActionLoop => reply::error(StatusCode::BAD_GATEWAY, &error.to_string()),
        }
    }

    /// Node.js: nothing becomes of this container.
    fn unloadable(&self, why: &str, is_to_be_said: bool) -> HttpResponse {
        self.state.set(State::Stopped);
        if is_to_be_said {
            self.log
                .say(format_args!("Error during initialization: {why}"));
        }
        let text = format!("Initialization has failed due to: {why}");
        reply::error(StatusCode::BAD_GATEWAY, &text)
    }

    async fn run(&self, body: Payload) -> HttpResponse {
        // In the order in which each runtime looks: Node.js parses first.
        if self.column == Column::ActionLoop && self.runner().is_none() {
            return self.uninitialized_run();
        }
        let body = match self.read(body, RUN_BYTES_MAX).await {
            Ok(body) if body.trim_ascii().is_empty() => Bytes::from_static(b"{}"),
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let is_object = body.trim_ascii_start().starts_with(b"{");
        if !is_object && serde_json::from_slice::<&serde_json::value::RawValue>(&body).is_ok() {
            return self.scalar();
        }
        let parsed = match self.parse::<run::Body<'_>>(&body) {
            Ok(parsed) => parsed,
            Err(refused) => return refused,
        };
        match parsed.understand(&body) {
            Ok(activation) => self.activate(&activation).await,
            Err(run::Scalar) => self.scalar(),
        }
    }

    fn runner(&self) -> Option<std::rc::Rc<Runner>> {
        self.action
            .runner()
            .filter(|_| self.state.get() != State::Stopped)
    }

    fn uninitialized_run(&self) -> HttpResponse {
        match self.column {
            Column::ActionLoop => {
                reply::error(StatusCode::INTERNAL_SERVER_ERROR, "no action defined yet")
            }
            Column::Node if self.action.runner().is_none() => {
                self.not_ready("System not initialized.")
            }
            Column::Node => self.not_ready("System not ready, status is stopped."),
        }
    }

    fn not_ready(&self, text: &str) -> HttpResponse {
        self.log.say(format_args!("Internal system error: {text}"));
        reply::error(StatusCode::FORBIDDEN, text)
    }

    /// Parameters that are neither an object nor an array.
    fn scalar(&self) -> HttpResponse {
        let (status, text) = match self.column {
            Column::ActionLoop => (
                StatusCode::NOT_FOUND,
                "The action did not receive a dictionary or array as an argument.",
            ),
            Column::Node => (
                StatusCode::FORBIDDEN,
                "Internal system error: the argument must be a dictionary or array.",
            ),
        };
        let _chapter = self.log.begin();
        reply::error(status, text)
    }

    async fn activate(&self, activation: &Activation<'_>) -> HttpResponse {
        let is_exclusive =
            self.column == Column::Node && !self.settings.variables.allows_concurrency;
        if is_exclusive && self.state.get() == State::Running {
            return self.not_ready("System not ready, status is running.");
        }
        let _turn = self.turns.acquire().await.expect("it is never closed");
        let Some(runner) = self.runner() else {
            return self.uninitialized_run();
        };
        let running = Running::begin(&self.state);
        let chapter = self.log.begin();
        let outcome = runner.run(activation).await;
        drop(chapter);
        running.end();
        self.respond(outcome)
    }

    fn respond(&self, outcome: Outcome) -> HttpResponse {
        match outcome {
            Outcome::Answered(body) => reply::json(StatusCode::OK, body),
            Outcome::Broken(body) => {
                // What Node.js is to be distrusted after is that it threw, not what it gave.
                if !is_error(&body, MISSHAPEN) {
                    self.state.set(State::Stopped);
                }
                reply::json(StatusCode::BAD_GATEWAY, body)
            }
            Outcome::Misshapen => reply::error(StatusCode::BAD_GATEWAY, MISSHAPEN),
            Outcome::Exited => {
                self.state.set(State::Stopped);
                match self.column {
                    Column::ActionLoop => reply::error(StatusCode::BAD_REQUEST, "command exited"),
                    Column::Node => reply::error(StatusCode::BAD_GATEWAY, "command exited"),
                }
            }
            Outcome::NotStarted(error) => reply::error(StatusCode::BAD_GATEWAY, &error.to_string()),
            Outcome::Late => reply::error(
                StatusCode::BAD_GATEWAY,
                "The action was ended after its deadline.",
            ),
        }
    }

    /// The whole body, if it is not too long.
    async fn read(&self, body: Payload, bytes_max: usize) -> Result<Bytes, HttpResponse> {
        match body.to_bytes_limited(bytes_max).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(self.malformed(&error.to_string())),
            Err(_) => Err(reply::error(
                StatusCode::PAYLOAD_TOO_LARGE,
                &format!("Request larger than allowed: more than {bytes_max} bytes."),
            )),
        }
    }

    fn parse<'a, T: Deserialize<'a>>(&self, body: &'a [u8]) -> Result<T, HttpResponse> {
        serde_json::from_slice(body).map_err(|error| self.malformed(&error.to_string()))
    }

    fn malformed(&self, why: &str) -> HttpResponse {
        match self.column {
            Column::ActionLoop => {
                let text = format!("Error unmarshaling request: {why}");
                reply::error(StatusCode::BAD_REQUEST, &text)
            }
            Column::Node => reply::error(StatusCode::INTERNAL_SERVER_ERROR, "Bad request."),
        }
    }

    fn unknown_path(&self) -> HttpResponse {
        match self.column {
            Column::ActionLoop => reply::empty(StatusCode::OK),
            Column::Node => reply::error(StatusCode::INTERNAL_SERVER_ERROR, "Bad request."),
        }
    }

    fn unknown_method(&self) -> HttpResponse {
        match self.column {
            Column::ActionLoop => reply::error(StatusCode::METHOD_NOT_ALLOWED, "Use POST."),
            Column::Node => self.unknown_path(),
        }
    }
}

impl Platform for OpenWhisk {
    async fn answer(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        match (request.path(), request.method()) {
            ("/init", &Method::POST) => self.init(body).await,
            ("/run", &Method::POST) => self.run(body).await,
            ("/init" | "/run", _) => self.unknown_method(),
            _ => self.unknown_path(),
        }
    }

    fn refuse(&self) -> HttpResponse {
        reply::error(StatusCode::SERVICE_UNAVAILABLE, CLOSING)
    }
}

fn is_error(body: &[u8], text: &str) -> bool {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        error: std::borrow::Cow<'a, str>,
    }
    serde_json::from_slice::<Body<'_>>(body).is_ok_and(|body| body.error == text)
}

/// An activation under way.
struct Running<'a> {
    state: &'a Cell<State>,
}

impl<'a> Running<'a> {
    fn begin(state: &'a Cell<State>) -> Self {
        state.set(State::Running);
        Self { state }
    }

    fn end(self) {}
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.state.get() == State::Running {
            self.state.set(State::Ready);
        }
    }
}
