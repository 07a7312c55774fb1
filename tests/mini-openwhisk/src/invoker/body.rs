//! The bodies of the requests to a container.

use serde_json::{Map, json};

use super::Run;
use crate::world::{World, now_ms};

fn deadline(run: &Run) -> String {
    let timeout = u64::try_from(run.action.timeout.as_millis()).unwrap_or(u64::MAX);
    now_ms().saturating_add(timeout).to_string()
}

/// `/ns[/pkg]/name`.
fn path_of(world: &World, run: &Run) -> String {
    format!("/{}/{}", world.config.namespace, run.name)
}

/// Of `/init` (`Container.scala`).
pub(super) fn of_init(world: &World, run: &Run) -> Vec<u8> {
    let mut env = Map::new();
    if run.action.provide_api_key {
        env.insert("__OW_API_KEY".into(), world.config.key.clone().into());
    }
    for (key, value) in [
        ("__OW_NAMESPACE", world.config.namespace.clone()),
        ("__OW_ACTION_NAME", path_of(world, run)),
        ("__OW_ACTION_VERSION", "0.0.1".to_owned()),
        ("__OW_ACTIVATION_ID", run.activation.clone()),
        ("__OW_TRANSACTION_ID", run.activation.clone()),
        ("__OW_DEADLINE", deadline(run)),
    ] {
        env.insert(key.to_owned(), value.into());
    }
    let bare = run.name.rsplit('/').next().unwrap_or(&run.name);
    let action = &run.action;
    json!({ "value": {
        "name": bare, "main": action.main, "binary": action.binary, "code": action.code, "env": env,
    }})
    .to_string()
    .into_bytes()
}

/// Of `/run` (`ContainerProxy.scala`).
pub(super) fn of_run(world: &World, run: &Run) -> Vec<u8> {
    let mut body = json!({
        "value": run.value,
        "namespace": world.config.namespace,
        "action_name": path_of(world, run),
        "action_version": "0.0.1",
        "activation_id": run.activation,
        "transaction_id": run.activation,
        "deadline": deadline(run),
    });
    if run.action.provide_api_key {
        body["api_key"] = world.config.key.clone().into();
    }
    body.to_string().into_bytes()
}
