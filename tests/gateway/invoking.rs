//! Invoking one action.

use serde_json::json;

use crate::common::waits_for;
use crate::gateway::{ECHO, Gateway, ONE, TWO, has_node, python};

#[tokio::test]
async fn who_does_not_wait_gets_the_activations_name() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    for query in ["", "?blocking=false", "?result=true"] {
        let reply = gateway
            .client
            .post(&format!("actions/f{query}"), &json!({ "a": 1 }));
        let json = reply.expect(202);
        let id = json["activationId"].as_str().expect("an id");
        assert_eq!(id.len(), 32);
        assert_eq!(reply.header("x-openwhisk-activation-id"), Some(id));
        let record = gateway.record(id).await;
        assert_eq!(record["response"]["result"], json!({ "a": 1 }));
    }
}

#[tokio::test]
async fn who_waits_gets_the_record_or_the_bare_result() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    let record = gateway
        .client
        .post("actions/f?blocking=true", &json!({ "a": 1 }));
    let record = record.expect(200);
    assert_eq!(
        record["response"],
        json!({ "status": "success", "success": true, "result": { "a": 1 }, "size": 7 })
    );
    assert_eq!(record["logs"], json!([]));
    let bare = gateway
        .client
        .post("actions/f?blocking=true&result=true", &json!({ "a": 1 }));
    assert_eq!(bare.expect(200), json!({ "a": 1 }));
    assert!(bare.header("x-openwhisk-activation-id").is_some());
    let nothing = gateway
        .client
        .ask("POST", "actions/f?blocking=true&result=true", None);
    assert_eq!(nothing.expect(200), json!({}));
}

#[tokio::test]
async fn an_array_is_given_bare_whatever_is_asked() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", "def main(args): return [1, 2]");
    let reply = gateway.client.post("actions/f?blocking=true", &json!({}));
    assert_eq!(reply.expect(200), json!([1, 2]));
}

#[tokio::test]
async fn errors_of_actions_are_502_and_have_no_code() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let not_an_object = "The action did not return a dictionary or array.";
    let ended = "The action did not produce a valid response and exited unexpectedly.";
    for (code, status, error) in [
        (
            "def main(a): return {'error': 'bad'}",
            "application error",
            "bad",
        ),
        (
            "def main(a): return 7",
            "action developer error",
            not_an_object,
        ),
        (
            "def main(a:",
            "action developer error",
            "SyntaxError: '(' was never closed (__main__.py, line 1)",
        ),
        (
            "def other(a): return a",
            "action developer error",
            "LookupError: __main__.py has no function 'main'",
        ),
        (
            "import os\ndef main(a): os._exit(3)",
            "action developer error",
            ended,
        ),
        (
            "import os\ndef main(a): os.kill(os.getpid(), 9)",
            "action developer error",
            ended,
        ),
    ] {
        gateway.make("f", code);
        let json = gateway
            .client
            .post("actions/f?blocking=true", &json!({}))
            .expect(502);
        assert_eq!(json["response"]["status"], status, "{code}");
        assert_eq!(json["response"]["success"], false);
        assert_eq!(json["response"]["result"], json!({ "error": error }));
        let bare = gateway
            .client
            .post("actions/f?blocking=true&result=true", &json!({}));
        assert_eq!(bare.expect(502), json!({ "error": error }));
    }
    gateway.make("f", "def main(a): raise ValueError('oh')");
    let json = gateway
        .client
        .post("actions/f?blocking=true", &json!({}))
        .expect(502);
    assert_eq!(json["response"]["status"], "application error");
    let record = gateway
        .record(json["activationId"].as_str().expect("an id"))
        .await;
    assert!(
        record["logs"].to_string().contains("ValueError: oh"),
        "{record}"
    );
}

#[tokio::test]
async fn in_node_a_throw_is_the_developers_error_and_a_rejection_the_applications() {
    let Some(gateway) = Gateway::alone().await.filter(|_| has_node()) else {
        return;
    };
    for (code, status, error) in [
        (
            "function main() { throw new Error('no') }",
            "action developer error",
            json!("An error has occurred: Error: no"),
        ),
        (
            "function other() {}",
            "action developer error",
            json!(
                "Initialization has failed due to: TypeError: Action entrypoint 'main' is not a \
                   function."
            ),
        ),
        (
            "function main() { return 7 }",
            "action developer error",
            json!("The action did not return a dictionary or array."),
        ),
        (
            "function main() { return Promise.reject({ no: 1 }) }",
            "application error",
            json!({ "no": 1 }),
        ),
    ] {
        let body = json!({ "exec": { "kind": "nodejs:default", "code": code } });
        gateway.make_with("f", &body);
        let json = gateway
            .client
            .post("actions/f?blocking=true", &json!({}))
            .expect(502);
        assert_eq!(json["response"]["status"], status, "{code}");
        assert_eq!(json["response"]["result"], json!({ "error": error }));
    }
}

#[tokio::test]
async fn what_takes_longer_than_it_may_is_ended() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let mut body = python("import time\ndef main(a): time.sleep(600)");
    body["limits"] = json!({ "timeout": 300 });
    gateway.make_with("f", &body);
    let json = gateway
        .client
        .post("actions/f?blocking=true", &json!({}))
        .expect(502);
    let text = "The action exceeded its time limits of 300 milliseconds.";
    assert_eq!(json["response"]["result"], json!({ "error": text }));
    assert_eq!(json["response"]["status"], "action developer error");
    let annotations = json["annotations"].as_array().expect("a list");
    assert!(annotations.contains(&json!({ "key": "timeout", "value": true })));
}

#[tokio::test]
async fn who_does_not_want_to_wait_longer_gets_the_name_and_the_action_goes_on() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let gate = gateway.stage.join("gate");
    gateway.make("f", &waits_for(&gate));
    let reply = gateway
        .client
        .post("actions/f?blocking=true&timeout=50", &json!({}));
    let id = reply.expect(202)["activationId"].clone();
    let id = id.as_str().expect("an id");
    assert_eq!(gateway.client.get(&format!("activations/{id}")).status, 404);
    gateway.stage.write("gate", "");
    assert_eq!(
        gateway.record(id).await["response"]["result"],
        json!({ "ok": true })
    );
    for timeout in ["0", "60001", "soon"] {
        let path = format!("actions/f?blocking=true&timeout={timeout}");
        let json = gateway.client.post(&path, &json!({})).expect(400);
        let text = json["error"].as_str().expect("a text");
        assert!(
            text.contains("number of milliseconds up to 60000"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn parameters_of_more_than_a_megabyte_are_refused_with_their_length() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", "def main(a): return {'length': len(a['x'])}");
    let of = |length: usize| json!({ "x": "x".repeat(length) });
    let most = (1 << 20) - of(0).to_string().len();
    let reply = gateway
        .client
        .post("actions/f?blocking=true&result=true", &of(most));
    assert_eq!(reply.expect(200), json!({ "length": most }));
    let reply = gateway
        .client
        .post("actions/f?blocking=true", &of(most + 1));
    reply.refused(413, "Request larger than allowed: 1048577 > 1048576 bytes.");
}

#[tokio::test]
async fn a_result_of_more_than_a_megabyte_is_an_error_with_its_beginning() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", "def main(a): return {'x': 'y' * (1 << 20)}");
    let json = gateway
        .client
        .post("actions/f?blocking=true", &json!({}))
        .expect(502);
    assert_eq!(json["response"]["status"], "application error");
    let text = json["response"]["result"]["error"]
        .as_str()
        .expect("a text");
    assert!(
        text.contains("exceeded the allowed length"),
        "{}",
        &text[..200]
    );
    assert!(text.contains("yyyy"), "{}", &text[..200]);
}

#[tokio::test]
async fn the_payload_goes_over_what_is_bound_unless_that_is_final() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let mut body =
        python("import os\ndef main(a): return {'a': a, 'env': os.environ.get('TOKEN')}");
    body["parameters"] = json!([
        { "key": "x", "value": 1 },
        { "key": "y", "value": 2 },
        { "key": "TOKEN", "value": { "secret": true }, "init": true },
    ]);
    gateway.make_with("f", &body);
    let result = gateway.result("f", &json!({ "y": 3 }));
    assert_eq!(
        result,
        json!({ "a": { "x": 1, "y": 3 }, "env": "{\"secret\":true}" })
    );
    gateway.make_with(
        "f",
        &json!({ "annotations": [{ "key": "final", "value": true }] }),
    );
    let refused = gateway
        .client
        .post("actions/f?blocking=true", &json!({ "y": 3 }));
    refused.refused(
        400,
        "Request defines parameters that are not allowed (e.g., reserved properties).",
    );
    gateway
        .client
        .post("actions/f?blocking=true", &json!({ "z": 3 }))
        .expect(200);
}

#[tokio::test]
async fn an_action_knows_where_it_runs_and_has_a_key_if_it_says_so() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let code = "import os\n\
                def main(a): return {k: v for k, v in os.environ.items() if k.startswith('__OW_')}";
    gateway.make("f", code);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Request-ID", "tid"),
    ];
    let path = "/api/v1/namespaces/_/actions/f?blocking=true";
    let record = gateway
        .client
        .send("POST", path, &headers, b"{}")
        .expect(200);
    let env = &record["response"]["result"];
    assert_eq!(env["__OW_ACTION_NAME"], "/one/f");
    assert_eq!(env["__OW_NAMESPACE"], "one");
    assert_eq!(env["__OW_ACTION_VERSION"], "0.0.1");
    assert_eq!(env["__OW_TRANSACTION_ID"], "tid");
    assert_eq!(env["__OW_ACTIVATION_ID"], record["activationId"]);
    assert_eq!(
        env["__OW_API_HOST"],
        format!("http://{}", gateway.client.address)
    );
    let deadline = env["__OW_DEADLINE"]
        .as_str()
        .and_then(|text| text.parse::<u64>().ok());
    assert!(deadline > record["start"].as_u64());
    assert_eq!(env.get("__OW_API_KEY"), None);
    let key = json!({ "annotations": [{ "key": "provide-api-key", "value": true }] });
    gateway.make_with("f", &key);
    assert_eq!(gateway.result("f", &json!({}))["__OW_API_KEY"], ONE);
}

#[tokio::test]
async fn the_same_code_in_two_namespaces_never_sees_the_others_key() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    // What is there while the file is loaded, which may be long before it is called.
    let code = "import os\n\
                SEEN = {k: os.environ.get(k) for k in ('__OW_API_KEY', '__OW_NAMESPACE')}\n\
                def main(a): return SEEN";
    let mut body = python(code);
    body["annotations"] = json!([{ "key": "provide-api-key", "value": true }]);
    let clients = [(ONE, "one"), (TWO, "two")].map(|(key, namespace)| {
        let client = gateway.with_key(Some(key));
        client.put("actions/f", &body).expect(200);
        (
            client,
            json!({ "__OW_API_KEY": key, "__OW_NAMESPACE": namespace }),
        )
    });
    for _ in 0..5 {
        for (client, seen) in &clients {
            let reply = client.post("actions/f?blocking=true&result=true", &json!({}));
            assert_eq!(reply.expect(200), *seen);
        }
    }
}

#[tokio::test]
async fn a_namespace_that_asks_for_too_much_is_told_to_wait() {
    let few = |program: crate::support::Program| {
        program
            .env("RAPTOR__GATEWAY__CONCURRENT_INVOCATIONS", "1")
            .env("RAPTOR__GATEWAY__INVOCATIONS_PER_MINUTE", "3")
    };
    let Some(gateway) = Gateway::alone_with(few).await else {
        return;
    };
    let gate = gateway.stage.join("gate");
    gateway.make("f", &waits_for(&gate));
    // A minute's count begins anew with the minute, so this may meet both limits in any order.
    gateway.client.post("actions/f", &json!({})).expect(202);
    let concurrent = gateway.client.post("actions/f", &json!({}));
    concurrent.refused(
        429,
        "Too many concurrent requests in flight (count: 2, allowed: 1).",
    );
    gateway.stage.write("gate", "");
    let too_many = || {
        let reply = gateway.client.post("actions/f", &json!({}));
        let text = reply.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        text.starts_with("Too many requests in the last minute (count: ")
            .then(|| reply.refused(429, &text))
    };
    crate::support::until("the limit of a minute", too_many).await;
}
