//! The controller: as much of the REST interface as functions and tests call.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
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
use crate::config::Action;
use crate::invoker::{self, Run};
use crate::world::{Reached, World, now_ms};

/// What OpenWhisk takes: 48 MB of code in base64, and what surrounds it.
const BODY_BYTES_MAX: usize = 80 << 20;

#[derive(Deserialize)]
struct Invoked {
    #[serde(default)]
    blocking: bool,
    #[serde(default)]
    result: bool,
    /// How many milliseconds a blocking caller waits.
    timeout: Option<u64>,
}

impl Invoked {
    /// How long a blocking caller waits; none if that is not allowed.
    fn wait(&self, max: Duration) -> Option<Duration> {
        let timeout = self.timeout.map_or(max, Duration::from_millis);
        let is_allowed = !timeout.is_zero() && timeout <= max;
        is_allowed.then_some(timeout)
    }
}

#[derive(Deserialize)]
struct Prewarmed {
    count: usize,
}

/// Listens, and answers when it is awaited.
pub(crate) fn serve(world: &Arc<World>) -> io::Result<actix_web::dev::Server> {
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
                "/api/v1/namespaces/{namespace}/actions/{name:.*}",
                web::delete().to(delete),
            )
            .route("/mini/prewarm/{name:.*}", web::post().to(prewarm))
            .route(
                "/api/v1/namespaces/{namespace}/activations/{id}",
                web::get().to(get_activation),
            )
    });
    let server = server.workers(1).disable_signals();
    let server = server.bind(world.config.listen)?;
    let address = server.addrs()[0];
    let for_containers = match &world.invoker.engine {
        None => address,
        Some(engine) => SocketAddr::new(engine.gateway, address.port()),
    };
    let is_covered = address.ip().is_unspecified() || for_containers == address;
    let server = match is_covered {
        true => server,
        false => server.bind(for_containers)?,
    };
    let _ = world.reached.set(Reached {
        url: format!("http://{address}"),
        api_host: format!("http://{for_containers}"),
    });
    Ok(server.run())
}

fn refusal(status: StatusCode, error: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": error, "code": "mini" }))
}

/// How a client shows that it has `key`.
pub(crate) fn authorization(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(key))
}

fn is_authorized(request: &HttpRequest, world: &World) -> bool {
    let wanted = authorization(&world.config.key);
    let given = request.headers().get(AUTHORIZATION);
    given.is_some_and(|given| given.as_bytes() == wanted.as_bytes())
}

fn missing() -> HttpResponse {
    refusal(
        StatusCode::NOT_FOUND,
        "The requested resource does not exist.",
    )
}

fn unauthorized() -> HttpResponse {
    refusal(
        StatusCode::UNAUTHORIZED,
        "The supplied authentication is invalid",
    )
}

/// Creates an action, or replaces it; its containers are killed.
pub(crate) fn create(world: &World, name: &str, action: Action) {
    let mut actions = world.actions.lock().expect("no holder panics");
    actions.insert(name.to_owned(), Arc::new(action));
    drop(actions);
    invoker::retire(world, name);
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
    action.provide_api_key = gets_api_key(&body);
    let limit = |key: &str| body.get("limits").and_then(|all| all[key].as_u64());
    if let Some(timeout) = limit("timeout") {
        action.timeout = Duration::from_millis(timeout);
    }
    if let Some(concurrency) = limit("concurrency") {
        action.concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
    }
    create(&world, &name, action);
    HttpResponse::Ok().json(json!({ "name": name, "namespace": world.config.namespace }))
}

/// Whether an action that is created so gets its API key: only if it says so (`Actions.scala`).
fn gets_api_key(body: &Map<String, Value>) -> bool {
    let annotations = body.get("annotations").and_then(Value::as_array);
    let mut annotations = annotations.into_iter().flatten();
    annotations.any(|one| one["key"] == "provide-api-key" && one["value"] == true)
}

async fn delete(
    request: HttpRequest,
    path: Path<(String, String)>,
    world: Data<World>,
) -> HttpResponse {
    if !is_authorized(&request, &world) {
        return unauthorized();
    }
    let (_, name) = path.into_inner();
    let gone = world
        .actions
        .lock()
        .expect("no holder panics")
        .remove(&name);
    if gone.is_none() {
        return missing();
    }
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
    let Some(action) = world.action(&name) else {
        return missing();
    };
    let Some(wait) = how.wait(world.config.blocking_timeout) else {
        return refusal(StatusCode::BAD_REQUEST, "The timeout is out of range.");
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
        let _ = tokio::time::timeout(wait, activating).await;
    }
    answer(&world, &id, how.blocking && how.result)
}

async fn prewarm(
    request: HttpRequest,
    name: Path<String>,
    count: Query<Prewarmed>,
    world: Data<World>,
) -> HttpResponse {
    if !is_authorized(&request, &world) {
        return unauthorized();
    }
    let Some(action) = world.action(&name) else {
        return refusal(StatusCode::NOT_FOUND, "There is no such action.");
    };
    for _ in 0..count.count {
        if let Err(why) = invoker::prewarm(&world, &name, &action).await {
            return refusal(StatusCode::BAD_GATEWAY, &why);
        }
    }
    HttpResponse::Ok().json(json!({}))
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
        None => missing(),
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
