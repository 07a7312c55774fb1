//! What all requests have in common.

use serde_json::json;

use crate::gateway::{ECHO, GUEST, Gateway, ONE, TWO, python};

const NAMESPACES: &str = "/api/v1/namespaces";

#[tokio::test]
async fn without_a_key_or_with_a_wrong_one_nobody_is_let_in() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let ask = |key| gateway.with_key(key).ask_at("GET", NAMESPACES, None);
    ask(None).refused(
        401,
        "The resource requires authentication, which was not supplied with the request",
    );
    for key in ["uuid-1:key-2", "uuid-1:", "uuid-1", ":", "nobody:nothing"] {
        ask(Some(key)).refused(401, "The supplied authentication is invalid");
    }
    assert!(ask(None).header("www-authenticate").is_some());
    assert_eq!(ask(Some(ONE)).expect(200), json!(["one"]));
    assert_eq!(ask(Some(TWO)).expect(200), json!(["two"]));
}

#[tokio::test]
async fn openwhisks_published_key_is_taken_from_this_machine_if_the_settings_say_so() {
    let Some(open) = Gateway::alone().await else {
        return;
    };
    let guest = open.with_key(Some(GUEST));
    assert_eq!(
        guest.ask_at("GET", NAMESPACES, None).expect(200),
        json!(["guest"])
    );
    let shut = Gateway::alone_with(|program| program.env("RAPTOR__GATEWAY__GUEST", "false"));
    let shut = shut.await.expect("there was one before");
    let guest = shut.with_key(Some(GUEST));
    assert_eq!(guest.ask_at("GET", NAMESPACES, None).status, 401);
}

#[tokio::test]
async fn a_namespace_is_its_keys_own_and_the_underscore_means_it() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    let ask = |path: &str| gateway.client.ask_at("GET", path, None);
    assert_eq!(ask("/api/v1/namespaces/_/actions/f").status, 200);
    assert_eq!(ask("/api/v1/namespaces/one/actions/f").status, 200);
    let text = "The supplied authentication is not authorized to access this resource.";
    ask("/api/v1/namespaces/two/actions/f").refused(403, text);
    ask("/api/v1/namespaces/two/activations").refused(403, text);
    let text = "The namespace contains illegal characters.";
    ask("/api/v1/namespaces/-x/actions").refused(400, text);
    let two = gateway.with_key(Some(TWO));
    assert_eq!(two.get("actions").expect(200), json!([]));
    assert_eq!(two.get("actions/f").status, 404);
}

#[tokio::test]
async fn every_answer_has_the_name_of_its_request_and_every_error_too() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let named = [("X-Request-ID", "my request")];
    let reply = gateway.client.send("GET", "/nowhere", &named, b"");
    assert_eq!(reply.header("x-request-id"), Some("my request"));
    let error = json!({ "error": "The requested resource does not exist.", "code": "my request" });
    assert_eq!(reply.expect(404), error);
    let reply = gateway.client.get("actions");
    let id = reply.header("x-request-id").expect("it was given one");
    assert_eq!(id.len(), 32);
    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[tokio::test]
async fn what_it_is_it_says_to_everybody() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let stranger = gateway.with_key(None);
    let said = stranger.ask_at("GET", "/api/v1", None).expect(200);
    assert_eq!(said["api_version"], "1.0.0");
    assert_eq!(said["api_version_path"], "v1");
    for key in ["description", "build", "buildno", "swagger_paths"] {
        assert!(said.get(key).is_some(), "{key}");
    }
    let limits = gateway.client.get("limits").expect(200);
    assert_eq!(limits["invocationsPerMinute"], 10000);
    assert_eq!(limits["concurrentInvocations"], 30);
}

#[tokio::test]
async fn browsers_are_told_what_they_may_do_whatever_they_ask() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let stranger = gateway.with_key(None);
    for path in ["/api/v1", "/api/v1/namespaces/_/actions/f", "/nowhere"] {
        let reply = stranger.send("OPTIONS", path, &[], b"");
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert!(reply.header("access-control-allow-headers").is_some());
        assert!(reply.header("access-control-allow-methods").is_some());
    }
    let refused = stranger.send("GET", NAMESPACES, &[], b"");
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_method_that_a_resource_does_not_have_is_405() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let id = "0".repeat(32);
    for (method, path) in [
        ("PATCH", "actions/f"),
        ("DELETE", "actions"),
        ("POST", "packages/p"),
        ("DELETE", &format!("activations/{id}")),
        ("POST", "activations"),
        ("PUT", &format!("activations/{id}/logs")),
    ] {
        let reply = gateway.client.ask(method, path, None);
        let json = reply.expect(405);
        let text = json["error"].as_str().expect("a text");
        assert!(
            text.starts_with("HTTP method not allowed"),
            "{path}: {text}"
        );
    }
}

#[tokio::test]
async fn a_body_is_json_and_says_so_and_is_an_object() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    let send = |kind: &str, body: &[u8]| {
        let headers = [("Content-Type", kind)];
        let path = "/api/v1/namespaces/_/actions/f";
        gateway.client.send("POST", path, &headers, body)
    };
    assert_eq!(send("text/plain", b"{}").status, 415);
    assert_eq!(send("application/json; charset=utf-8", b"{}").status, 202);
    assert_eq!(send("", b"").status, 202);
    for body in ["{", "[1]", "7", "\"x\"", "{\"a\":}"] {
        let json = send("application/json", body.as_bytes()).expect(400);
        let text = json["error"].as_str().expect("a text");
        assert!(
            text.starts_with("The request content was malformed:"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let long = "x".repeat(257);
    let put = |name: &str| {
        gateway
            .client
            .put(&format!("actions/{name}"), &python(ECHO))
    };
    put(&long).refused(400, "Name segment longer than allowed: 257 > 256.");
    for name in ["-x", "x%20", "a$b", "caf%C3%A9"] {
        put(name).refused(400, "The name of the entity contains illegal characters.");
    }
    put("a%20b@c.d&e-f").expect(200);
    let made = gateway.client.get("actions/a%20b@c.d&e-f").expect(200);
    assert_eq!(made["name"], "a b@c.d&e-f");
}

#[tokio::test]
async fn what_there_is_not_is_said_clearly() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let client = &gateway.client;
    for path in ["triggers/t", "triggers/t/"] {
        client
            .get(path)
            .refused(404, "Triggers are not supported by this platform.");
    }
    client
        .put("triggers/t", &json!({}))
        .refused(404, "Triggers are not supported by this platform.");
    client
        .get("rules/r")
        .refused(404, "Rules are not supported by this platform.");
    client
        .ask_at("GET", "/api/v1/web/one/default/f.json", None)
        .refused(404, "Web actions are not supported by this platform.");
}

#[tokio::test]
async fn a_list_of_what_there_is_not_is_empty() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let client = &gateway.client;
    for list in ["triggers", "rules", "triggers/", "rules?limit=0&skip=0"] {
        assert_eq!(client.get(list).expect(200), json!([]), "{list}");
    }
    let count = client.get("rules?count=true").expect(200);
    assert_eq!(count, json!({ "rules": 0 }));
    assert_eq!(client.get("triggers?limit=201").status, 400);
    assert_eq!(gateway.with_key(None).get("triggers").status, 401);
    let other = "/api/v1/namespaces/two/rules";
    assert_eq!(client.ask_at("GET", other, None).status, 403);
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing_where_there_are_no_packages() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let client = &gateway.client;
    client.put("packages/p", &json!({})).expect(200);
    assert_eq!(client.get("packages/p/").expect(200)["name"], "p");
    for path in ["limits/", "actions/", "packages/", "activations/"] {
        client.get(path).expect(200);
    }
    client
        .ask_at("GET", "/api/v1/namespaces/", None)
        .expect(200);
    for part in ["", "result/", "logs/"] {
        let path = format!("activations/{}/{part}", "0".repeat(32));
        let unknown = "The requested resource does not exist.";
        client.get(&path).refused(404, unknown);
        assert_eq!(client.ask("PUT", &path, None).status, 405, "{path}");
    }
}

#[tokio::test]
async fn a_node_that_ends_finishes_what_was_begun_and_takes_no_more() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let gate = gateway.stage.join("gate");
    gateway.make("waits", &waits_for(&gate));
    let waiting = {
        let client = gateway.client.clone();
        std::thread::spawn(move || {
            client.post("actions/waits?blocking=true&result=true", &json!({}))
        })
    };
    gateway.stage.lines("gate.there", 1).await;
    gateway
        .node
        .process()
        .signal(nix::sys::signal::Signal::SIGTERM);
    gateway.node.said("draining", 1).await;
    let refused = gateway.client.get("actions");
    refused.refused(503, "This node is shutting down, try another one.");
    gateway.stage.write("gate", "");
    assert_eq!(
        waiting.join().expect("it ends").expect(200),
        json!({ "ok": true })
    );
    assert_eq!(gateway.node.end().await, Some(0));
}

/// An action that says that it is there, and ends when a file is.
pub(crate) fn waits_for(gate: &std::path::Path) -> String {
    let gate = gate.to_str().expect("it is UTF-8");
    format!(
        "import os, time\n\
         def main(args):\n\
         \x20 with open('{gate}.there', 'a') as there: there.write('x\\n')\n\
         \x20 while not os.path.exists('{gate}'): time.sleep(0.01)\n\
         \x20 return {{'ok': True}}\n"
    )
}
