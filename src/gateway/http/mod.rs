//! The interface over HTTP: which path means what.
//!
//! `RestAPIs.scala` and what it refers to. All of it is JSON, and every answer goes through the
//! [`frame`].

mod about;
mod actions;
mod activations;
mod body;
mod caller;
mod error;
mod frame;
mod health;
mod invoking;
mod packages;
mod query;
mod target;

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::guard;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, Resource, web};

use super::platform::Platform;
pub(super) use body::READING_MIB_MAX;
use caller::Caller;
use error::{Answer, ApiError};

/// Connections that are not used for so long are closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How many connections are open at once: each may hold a request of some MB.
const CONNECTIONS_MAX: usize = 1024;

/// How long requests that were begun may take once the server is told to stop.
const STOP_TIMEOUT_S: u64 = 5;

/// Listens; nothing is answered before the server is polled.
pub(super) fn listen(
    platform: web::Data<Platform>,
    address: SocketAddr,
) -> std::io::Result<(Server, ServerHandle, SocketAddr)> {
    let app = move || {
        App::new()
            .app_data(platform.clone())
            .wrap(from_fn(frame::frame))
            .configure(routes)
            .default_service(web::to(about::nothing))
    };
    // The node's own threads have the work: this one only speaks.
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(CONNECTIONS_MAX)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(STOP_TIMEOUT_S)
        .disable_signals()
        .bind(address)?;
    let bound = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    let handle = server.handle();
    Ok((server, handle, bound))
}

fn routes(services: &mut web::ServiceConfig) {
    services
        .service(only(&["/"], "GET").route(web::get().to(about::root)))
        .service(only(&[health::PING], "GET").route(web::get().to(health::ping)))
        .service(only(&[health::READY], "GET").route(web::get().to(health::ready)))
        .service(only(&["/api/v1", "/api/v1/"], "GET").route(web::get().to(about::version)))
        .service(
            web::scope("/api/v1")
                .service(web::resource(["/web", "/web/{rest:.*}"]).to(about::web_actions))
                .service(
                    only(&["/namespaces", "/namespaces/"], "GET")
                        .route(web::get().to(about::namespaces)),
                )
                .service(web::scope("/namespaces/{namespace}").configure(namespace))
                .default_service(web::to(about::nothing)),
        );
}

fn namespace(services: &mut web::ServiceConfig) {
    const LIMITS: [&str; 2] = ["/limits", "/limits/"];
    const TRIGGERS: [&str; 2] = ["/triggers", "/triggers/{rest:.*}"];
    const RULES: [&str; 2] = ["/rules", "/rules/{rest:.*}"];
    const PACKAGE: [&str; 2] = ["/packages/{name}", "/packages/{name}/"];
    const ACTIVATIONS: [&str; 2] = ["/activations", "/activations/"];
    const ACTIVATION: [&str; 2] = ["/activations/{id}", "/activations/{id}/"];
    const RESULT: [&str; 2] = ["/activations/{id}/result", "/activations/{id}/result/"];
    const LOGS: [&str; 2] = ["/activations/{id}/logs", "/activations/{id}/logs/"];
    const NONE: [&str; 4] = ["/triggers", "/triggers/", "/rules", "/rules/"];
    services
        .service(only(&LIMITS, "GET").route(web::get().to(about::limits)))
        .service(web::resource(NONE).guard(guard::Get()).to(about::none))
        .service(web::resource(TRIGGERS).to(about::triggers))
        .service(web::resource(RULES).to(about::rules))
        .service(only(&["/actions", "/actions/"], "GET").route(web::get().to(actions::list)))
        .service(action("/actions/{name}"))
        .service(only(&["/actions/{name}/"], "GET").route(web::get().to(actions::list_package)))
        .service(action("/actions/{package}/{name}"))
        .service(only(&["/packages", "/packages/"], "GET").route(web::get().to(packages::list)))
        .service(
            only(&PACKAGE, "GET, PUT, DELETE")
                .route(web::get().to(packages::get))
                .route(web::put().to(packages::put))
                .route(web::delete().to(packages::delete)),
        )
        .service(only(&ACTIVATIONS, "GET").route(web::get().to(activations::list)))
        .service(only(&ACTIVATION, "GET").route(web::get().to(activations::get)))
        .service(only(&RESULT, "GET").route(web::get().to(activations::result)))
        .service(only(&LOGS, "GET").route(web::get().to(activations::logs)));
}

/// A resource that has these methods and no others. Whether a slash ends its path is the same in
/// OpenWhisk, but where that makes an action's name a package's.
fn only(paths: &[&str], methods: &'static str) -> Resource {
    web::resource(paths.to_vec()).default_service(web::to(move |_: Caller| async move {
        let text = format!("HTTP method not allowed, supported methods: {methods}");
        Answer::Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, text))
    }))
}

/// What can be done with one action.
fn action(path: &str) -> Resource {
    only(&[path], "GET, PUT, POST, DELETE")
        .route(web::get().to(actions::get))
        .route(web::put().to(actions::put))
        .route(web::post().to(invoking::invoke))
        .route(web::delete().to(actions::delete))
}
