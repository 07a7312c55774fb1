//! The controller: as much of the REST interface as functions and tests call.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, Json, Path, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::activation::{Activation, Ended};
use crate::config::{Action, Config};
use crate::http;
use crate::invoker::{self, ContainerId, ContainerView, Run};
use crate::world::{World, now_ms};

/// What OpenWhisk takes: 48 MB of code in base64, and what surrounds it.
const BODY_BYTES_MAX: usize = 80 << 20;

/// How long a blocking caller waits (`ControllerConfig`, 60 s).
const BLOCKING_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a client of its own waits: longer than the controller lets it.
const PATIENCE: Duration = Duration::from_secs(90);

/// A miniature OpenWhisk. Dropping it kills all its containers.
pub struct MiniOpenWhisk {
    world: Arc<World>,
    stop: actix_web::dev::ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

/// An answer of the controller.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
#[error("start the controller: {0}")]
pub struct StartError(#[from] std::io::Error);

#[derive(Deserialize)]
struct Invoked {
    #[serde(default)]
    blocking: bool,
    #[serde(default)]
    result: bool,
}

impl MiniOpenWhisk {
    /// Starts it, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If it cannot listen.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let world = Arc::new(World::new(config));
        let (up, is_up) = mpsc::channel();
        let shared = Arc::clone(&world);
        let thread = thread::spawn(move || {
            rt::System::new().block_on(async move {
                let server = match serve(&shared) {
                    Ok(server) => server,
                    Err(error) => return drop(up.send(Err(error))),
                };
                let _ = up.send(Ok(server.handle()));
                let keeper = rt::spawn(invoker::keep(Arc::clone(&shared)));
                let _ = server.await;
                keeper.abort();
                invoker::kill_all(&shared).await;
            });
        });
        let stop = is_up.recv().expect("the thread answers before it ends")?;
        Ok(Self {
            world,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it is reached: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.world.url()
    }

    /// The namespace's key.
    pub fn key(&self) -> &str {
        &self.world.config.key
    }

    /// Creates an action, or replaces it; its containers are killed.
    pub fn put(&self, name: &str, action: Action) {
        let mut actions = self.world.actions.lock().expect("no holder panics");
        actions.insert(name.to_owned(), Arc::new(action));
        drop(actions);
        invoker::retire(&self.world, name);
    }

    /// Invokes an action over the REST interface and waits for its record.
    ///
    /// # Panics
    ///
    /// If the controller does not answer.
    pub async fn invoke(&self, name: &str, params: Value) -> Reply {
        let path = format!("/api/v1/namespaces/_/actions/{name}?blocking=true");
        let authorization = authorization(self.key());
        let body = params.to_string();
        let asked = http::post_as(self.url(), &path, &authorization, body.as_bytes(), PATIENCE);
        let (status, body) = asked.await.expect("the controller answers");
        Reply {
            status,
            body: serde_json::from_slice(&body).expect("the controller speaks JSON"),
        }
    }

    /// The records of an action's activations, the oldest first.
    pub fn activations(&self, name: &str) -> Vec<Value> {
        let activations = self.world.activations.lock().expect("no holder panics");
        let mut of_it: Vec<_> = activations
            .values()
            .filter(|one| one.name == name)
            .collect();
        of_it.sort_by_key(|activation| activation.start);
        let namespace = &self.world.config.namespace;
        of_it.into_iter().map(|one| one.record(namespace)).collect()
    }

    /// All containers that live.
    pub fn containers(&self) -> Vec<ContainerView> {
        invoker::containers(&self.world)
    }

    /// Kills a container without notice, as an invoker's host that fails does.
    pub fn kill(&self, container: ContainerId) {
        invoker::kill(&self.world, container);
    }
}

impl Drop for MiniOpenWhisk {
    fn drop(&mut self) {
        let stopping = self.stop.stop(false);
        thread::spawn(move || rt::System::new().block_on(stopping));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(world: &Arc<World>) -> Result<actix_web::dev::Server, StartError> {
    let data = Data::from(Arc::clone(world));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::JsonConfig::default().limit(BODY_BYTES_MAX))
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .route(
                "/api/v1/namespaces/{namespace}/actions/{name:.*}",
                web::put().to(put),
            )
            .route(
                "/api/v1/namespaces/{namespace}/actions/{name:.*}",
                web::post().to(post),
            )
            .route(
                "/api/v1/namespaces/{namespace}/activations/{id}",
                web::get().to(get_activation),
            )
    });
    let server = server.workers(1).disable_signals();
    let server = server.bind(world.config.listen)?;
    let address = server.addrs()[0];
    let _ = world.url.set(format!("http://{address}"));
    Ok(server.run())
}

fn refusal(status: StatusCode, error: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": error, "code": "mini" }))
}

fn authorization(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(key))
}

fn is_authorized(request: &HttpRequest, world: &World) -> bool {
    let wanted = authorization(&world.config.key);
    let given = request.headers().get(AUTHORIZATION);
    given.is_some_and(|given| given.as_bytes() == wanted.as_bytes())
}

fn unauthorized() -> HttpResponse {
    refusal(
        StatusCode::UNAUTHORIZED,
        "The supplied authentication is invalid",
    )
}

async fn put(
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Json<Map<String, Value>>,
    world: Data<World>,
) -> HttpResponse {
    if !is_authorized(&request, &world) {
        return unauthorized();
    }
    let (_, name) = path.into_inner();
    let text = |key: &str| body["exec"][key].as_str().map(str::to_owned);
    let Some(code) = body.get("exec").and_then(|_| text("code")) else {
        return refusal(StatusCode::BAD_REQUEST, "exec undefined");
    };
    let binary = body["exec"]["binary"].as_bool().unwrap_or_default();
    let mut action = Action::new(code, binary);
    action.main = text("main").unwrap_or(action.main);
    if let Some(timeout) = body.get("limits").and_then(|all| all["timeout"].as_u64()) {
        action.timeout = Duration::from_millis(timeout);
    }
    let mut actions = world.actions.lock().expect("no holder panics");
    actions.insert(name.clone(), Arc::new(action));
    drop(actions);
    invoker::retire(&world, &name);
    HttpResponse::Ok().json(json!({ "name": name, "namespace": world.config.namespace }))
}

async fn post(
    request: HttpRequest,
    path: Path<(String, String)>,
    how: Query<Invoked>,
    body: web::Bytes,
    world: Data<World>,
) -> HttpResponse {
    if !is_authorized(&request, &world) {
        return unauthorized();
    }
    let (_, name) = path.into_inner();
    let found = world
        .actions
        .lock()
        .expect("no holder panics")
        .get(&name)
        .cloned();
    let Some(action) = found else {
        return refusal(
            StatusCode::NOT_FOUND,
            "The requested resource does not exist.",
        );
    };
    let payload = if body.is_empty() { b"{}" } else { &body[..] };
    let Ok(payload) = serde_json::from_slice::<Map<String, Value>>(payload) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "The request content was malformed:",
        );
    };
    if let Err(why) = world.enter() {
        return refusal(StatusCode::TOO_MANY_REQUESTS, &why);
    }
    let mut value = action.parameters.clone();
    value.extend(payload);
    let id = uuid::Uuid::new_v4().simple().to_string();
    let activating = rt::spawn(activate(
        world.clone().into_inner(),
        name,
        action,
        id.clone(),
        value,
    ));
    if how.blocking {
        // The activation goes on when the caller does not wait for it.
        let _ = tokio::time::timeout(BLOCKING_TIMEOUT, activating).await;
    }
    answer(&world, &id, how.blocking && how.result)
}

fn answer(world: &World, id: &str, only_result: bool) -> HttpResponse {
    let activations = world.activations.lock().expect("no holder panics");
    let Some(activation) = activations.get(id) else {
        return HttpResponse::Accepted().json(json!({ "activationId": id }));
    };
    let Some(ended) = &activation.ended else {
        return HttpResponse::Accepted().json(json!({ "activationId": id }));
    };
    let status = match ended.outcome.status.text() {
        "success" => StatusCode::OK,
        "whisk internal error" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_GATEWAY,
    };
    let body = if only_result {
        ended.outcome.result.clone()
    } else {
        activation.record(&world.config.namespace)
    };
    HttpResponse::build(status).json(body)
}

async fn get_activation(
    request: HttpRequest,
    path: Path<(String, String)>,
    world: Data<World>,
) -> HttpResponse {
    if !is_authorized(&request, &world) {
        return unauthorized();
    }
    let (_, id) = path.into_inner();
    let activations = world.activations.lock().expect("no holder panics");
    match activations.get(&id) {
        Some(activation) => HttpResponse::Ok().json(activation.record(&world.config.namespace)),
        None => refusal(
            StatusCode::NOT_FOUND,
            "The requested resource does not exist.",
        ),
    }
}

/// Runs an action and keeps the record.
async fn activate(
    world: Arc<World>,
    name: String,
    action: Arc<Action>,
    id: String,
    value: Map<String, Value>,
) {
    let activation = Activation {
        id: id.clone(),
        name: name.clone(),
        start: now_ms(),
        ended: None,
    };
    let keep = |activation: Activation| {
        let mut activations = world.activations.lock().expect("no holder panics");
        activations.insert(activation.id.clone(), activation);
    };
    keep(activation.clone());
    let run = Run {
        name,
        action,
        activation: id,
        value: Value::Object(value),
    };
    let ended: Ended = invoker::run(&world, run).await;
    keep(Activation {
        ended: Some(ended),
        ..activation
    });
    world.leave();
}
