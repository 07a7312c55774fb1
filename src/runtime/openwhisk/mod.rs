//! OpenWhisk's contract with the runtimes of actions: `/init` and `/run`.
//!
//! Each kind answers as OpenWhisk's own runtime of that language does ([`column::Column`]), to the
//! status and the text: tools and tests know them.

mod column;
mod deadline;
mod initialization;
mod log;
mod refusal;
mod reply;
mod run;

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use super::Settings;
use super::action::{Action, Activation, InitError, Outcome, Runner};
use super::code::{self, Source};
use super::platform::Platform;
use column::Column;
use initialization::Initialization;
use log::Log;
use refusal::{MISSHAPEN, Refusal};

/// The longest body of `/init`: 48 MB of code, which grow by a third in base64, and room for the
/// rest.
const INIT_BYTES_MAX: usize = 80 << 20;

/// The longest body of `/run`: 1 MB of parameters and as much again, since escapes may be longer
/// here than where the platform counts.
const RUN_BYTES_MAX: usize = 2 << 20;

/// How many activations run at a time where they may overlap, in one process; others wait. There
/// are no more connections either.
const OVERLAPPING_COUNT_MAX: u32 = 512;

/// How many such turns one takes that has a process of its own, with three descriptors: there is
/// room for 64, of the 1024 processes that a container may have.
const PROCESS_TURNS: u32 = 8;

/// A container of OpenWhisk's.
pub(super) struct OpenWhisk {
    settings: Arc<Settings>,
    action: Action,
    column: Column,
    log: Log,
    /// One for each activation that may run now.
    turns: Semaphore,
    /// How many have one.
    running: Cell<usize>,
    /// The process ended during an activation, or what it says is not to be trusted any more.
    is_stopped: Cell<bool>,
}

impl OpenWhisk {
    pub(super) fn new(settings: Arc<Settings>, action: Action) -> Self {
        let turns = match settings.variables.allows_concurrency {
            true => OVERLAPPING_COUNT_MAX as usize,
            false => 1,
        };
        Self {
            column: Column::of(settings.kind),
            settings,
            action,
            log: Log::default(),
            turns: Semaphore::new(turns),
            running: Cell::new(0),
            is_stopped: Cell::new(false),
        }
    }

    async fn init(&self, body: Payload) -> Result<HttpResponse, Refusal> {
        let body = read(body, INIT_BYTES_MAX).await?;
        if self.action.is_taken() {
            return Err(Refusal::Again);
        }
        if self.is_stopped.get() {
            return Err(Refusal::Stopped);
        }
        let parsed: initialization::Body<'_> = parse(&body)?;
        let initialization = parsed.understand(self.column)?;
        let initialized = self.initialize(initialization).await;
        // Node.js: nothing becomes of this container any more.
        let is_lost = matches!(
            initialized,
            Err(Refusal::Broken(_) | Refusal::Undecodable(_))
        );
        self.is_stopped.set(is_lost && self.column == Column::Node);
        initialized?;
        Ok(reply::json(StatusCode::OK, self.column.success()))
    }

    async fn initialize(&self, initialization: Initialization<'_>) -> Result<(), Refusal> {
        let Initialization {
            code,
            main,
            is_binary,
            env,
        } = initialization;
        let content = code::content(&code, is_binary).map_err(Refusal::Undecodable)?;
        let deadline = env.iter().find(|(name, _)| name == "__OW_DEADLINE");
        let deadline = deadline.and_then(|(_, text)| deadline::parse(text.to_str()?));
        let source = Source { content, main, env };
        let initialized = self.action.initialize(source, deadline).await;
        initialized.map_err(|error| match error {
            InitError::Closing => Refusal::Closing,
            InitError::Again => Refusal::Again,
            InitError::Code(_) | InitError::Start(_) | InitError::Flights(_) => {
                Refusal::Broken(error)
            }
        })
    }

    async fn run(&self, body: Payload) -> Result<HttpResponse, Refusal> {
        // As each runtime does: Node.js parses first.
        if self.column == Column::ActionLoop {
            self.runner()?;
        }
        let mut body = read(body, RUN_BYTES_MAX).await?;
        if body.trim_ascii().is_empty() {
            body = Bytes::from_static(b"{}");
        }
        if !body.trim_ascii_start().starts_with(b"{") {
            parse::<&RawValue>(&body)?;
            return Err(Refusal::Scalar);
        }
        let parsed: run::Body<'_> = parse(&body)?;
        self.runner()?;
        let activation = parsed.understand(&body)?;
        self.activate(&activation).await
    }

    /// What the action runs on, if it does.
    fn runner(&self) -> Result<Rc<Runner>, Refusal> {
        let runner = self.action.runner().ok_or(Refusal::Uninitialized)?;
        match self.is_stopped.get() {
            true => Err(Refusal::Stopped),
            false => Ok(runner),
        }
    }

    async fn activate(&self, activation: &Activation<'_>) -> Result<HttpResponse, Refusal> {
        let is_exclusive =
            self.column == Column::Node && !self.settings.variables.allows_concurrency;
        if is_exclusive && self.running.get() > 0 {
            return Err(Refusal::Running);
        }
        let turns = match self.runner()?.shares_process() {
            false if self.settings.variables.allows_concurrency => PROCESS_TURNS,
            _ => 1,
        };
        let turn = self.turns.acquire_many(turns).await;
        let _turn = turn.expect("it is never closed");
        let runner = self.runner()?;
        let _running = Running::begin(&self.running);
        let chapter = self.log.begin();
        let outcome = runner.run(activation).await;
        // Whoever has the answer finds all of the log.
        drop(chapter);
        self.conclude(outcome)
    }

    fn conclude(&self, outcome: Outcome) -> Result<HttpResponse, Refusal> {
        match outcome {
            Outcome::Answered(body) => Ok(reply::json(StatusCode::OK, body)),
            Outcome::Broken(body) if is_error(&body, MISSHAPEN) => Err(Refusal::Misshapen),
            Outcome::Broken(body) => {
                self.is_stopped.set(true);
                Ok(reply::json(StatusCode::BAD_GATEWAY, body))
            }
            Outcome::Misshapen => Err(Refusal::Misshapen),
            Outcome::Exited => {
                self.is_stopped.set(true);
                Err(Refusal::Exited)
            }
            Outcome::NotStarted(error) => Err(Refusal::NotStarted(error)),
            Outcome::Late => Err(Refusal::Late),
        }
    }

    fn refused(&self, refusal: &Refusal) -> HttpResponse {
        let logs_init_errors = self.settings.variables.logs_init_errors;
        let _chapter = refusal
            .ends_activation(self.column)
            .then(|| self.log.begin());
        if let Some(remark) = refusal.remark(self.column, logs_init_errors) {
            self.log.say(remark);
        }
        let pointer = refusal.pointer();
        let pointer = pointer.filter(|_| logs_init_errors && self.column == Column::ActionLoop);
        pointer.unwrap_or_else(|| refusal.answer(self.column))
    }

    fn unknown_path(&self) -> HttpResponse {
        match self.column {
            Column::ActionLoop => reply::empty(StatusCode::OK),
            Column::Node => Refusal::Method.answer(self.column),
        }
    }
}

impl Platform for OpenWhisk {
    async fn answer(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        let answered = match (request.path(), request.method()) {
            ("/init", &Method::POST) => self.init(body).await,
            ("/run", &Method::POST) => self.run(body).await,
            ("/init" | "/run", _) => Err(Refusal::Method),
            _ => Ok(self.unknown_path()),
        };
        answered.unwrap_or_else(|refusal| self.refused(&refusal))
    }

    fn refuse(&self) -> HttpResponse {
        Refusal::Closing.answer(self.column)
    }
}

/// The whole body, if it is not too long.
async fn read(body: Payload, bytes_max: usize) -> Result<Bytes, Refusal> {
    match body.to_bytes_limited(bytes_max).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(Refusal::Malformed(error.to_string())),
        Err(_) => Err(Refusal::TooLong(bytes_max)),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Malformed(error.to_string()))
}

/// Whether a body is `{"error": text}`.
fn is_error(body: &[u8], text: &str) -> bool {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        error: Cow<'a, str>,
    }
    serde_json::from_slice::<Body<'_>>(body).is_ok_and(|body| body.error == text)
}

/// An activation under way.
struct Running<'a> {
    count: &'a Cell<usize>,
}

impl<'a> Running<'a> {
    fn begin(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self { count }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.count.set(self.count.get() - 1);
    }
}
