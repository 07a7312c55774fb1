//! Whether the node is well, for whoever spreads requests over nodes: without a key, and also while it
//! drains.

use actix_web::{HttpResponse, web};
use raptor_cluster::Census;
use serde_json::json;

use crate::gateway::platform::Platform;

/// `BasicRasService.scala`.
pub(super) const PING: &str = "/ping";

/// `Controller.scala`.
pub(super) const READY: &str = "/invokers/ready";

/// Whether a path is about the node's health.
pub(super) fn is_path(path: &str) -> bool {
    [PING, READY].contains(&path)
}

/// `GET /ping`: that somebody is there.
pub(super) async fn ping() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=UTF-8")
        .body("pong")
}

/// `GET /invokers/ready`: whether the node takes invocations on, and how many nodes are up, of those
/// that are known.
pub(super) async fn ready(platform: web::Data<Platform>) -> HttpResponse {
    let node = platform.invoker.node.upgrade();
    let asked = node.map(|node| node.census());
    let census = match asked {
        Some(asked) => asked.await,
        None => Census::default(),
    };
    // With this one.
    let all = 1 + census.up + census.down;
    if platform.is_draining() {
        // OpenWhisk has 500, which proxies take for a fault of the request.
        let unhealthy = format!("{}/{all}", 1 + census.down);
        return HttpResponse::ServiceUnavailable().json(json!({ "unhealthy": unhealthy }));
    }
    let healthy = format!("{}/{all}", 1 + census.up);
    HttpResponse::Ok().json(json!({ "healthy": healthy }))
}
