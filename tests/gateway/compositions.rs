//! Compositions: an action that says what is to be run next.

use serde_json::{Value, json};

use crate::gateway::{ECHO, Gateway, python};

fn conductor(code: &str) -> Value {
    let mut body = python(code);
    body["annotations"] = json!([{ "key": "conductor", "value": true }]);
    body
}

#[tokio::test]
async fn a_conductor_runs_actions_with_its_state_until_it_says_no_more() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("add", "def main(a): return {'n': a['n'] + 1}");
    let code = "def main(a):\n\
                \x20 step = a.get('step', 0)\n\
                \x20 if step == 3: return {'params': {'n': a['n']}}\n\
                \x20 return {'action': 'add', 'params': {'n': a['n']}, 'state': {'step': step + 1}}\n";
    gateway.make_with("c", &conductor(code));
    let record = gateway
        .client
        .post("actions/c?blocking=true", &json!({ "n": 1 }))
        .expect(200);
    assert_eq!(record["response"]["result"], json!({ "n": 4 }));
    let record = gateway
        .record(record["activationId"].as_str().expect("an id"))
        .await;
    let annotations = record["annotations"].as_array().expect("a list");
    assert!(annotations.contains(&json!({ "key": "conductor", "value": true })));
    assert!(annotations.contains(&json!({ "key": "kind", "value": "sequence" })));
    assert!(annotations.contains(&json!({ "key": "topmost", "value": true })));
    // Four times the conductor, three times the action.
    let children = record["logs"].as_array().expect("a list");
    assert_eq!(children.len(), 7);
    let child = gateway.record(children[1].as_str().expect("an id")).await;
    assert_eq!(child["name"], "add");
    assert_eq!(child["cause"], record["activationId"]);
}

#[tokio::test]
async fn a_conductor_is_told_what_could_not_be_run() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let code = "def main(a):\n\
                \x20 if 'error' in a: return {'params': {'told': a['error']}}\n\
                \x20 return {'action': a['next']}\n";
    gateway.make_with("c", &conductor(code));
    for (next, told) in [
        (
            json!("nobody"),
            "Failed to resolve action with name 'one/nobody' during composition.",
        ),
        (
            json!(7),
            "Failed to parse action name from json value 7 during composition.",
        ),
        (
            json!("/two/f"),
            "Failed entitlement check for action with name 'two/f' during composition.",
        ),
    ] {
        let result = gateway.result("c", &json!({ "next": next }));
        assert_eq!(result, json!({ "told": told }));
    }
}

#[tokio::test]
async fn a_composition_without_an_end_is_ended() {
    let few = |program: crate::support::Program| {
        program.env("RAPTOR__GATEWAY__SEQUENCE_ACTIONS_MAX", "2")
    };
    let Some(gateway) = Gateway::alone_with(few).await else {
        return;
    };
    gateway.make("f", ECHO);
    gateway.make_with(
        "c",
        &conductor("def main(a): return {'action': 'f', 'params': {}}"),
    );
    let record = gateway
        .client
        .post("actions/c?blocking=true", &json!({}))
        .expect(502);
    let error = json!({ "error": "Too many actions in the composition." });
    assert_eq!(record["response"]["result"], error);
    let record = gateway
        .record(record["activationId"].as_str().expect("an id"))
        .await;
    // Two components, and two times two and one conductors.
    assert_eq!(record["logs"].as_array().map(Vec::len), Some(7));
}

#[tokio::test]
async fn a_composition_may_be_in_a_sequence_and_a_sequence_in_a_composition() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("add", "def main(a): return {'n': a['n'] + 1}");
    let twice = json!({ "kind": "sequence", "components": ["/_/add", "/_/add"] });
    gateway.make_with("twice", &json!({ "exec": twice }));
    let code = "def main(a):\n\
                \x20 if a.get('done'): return {'params': {'n': a['n']}}\n\
                \x20 return {'action': 'twice', 'params': a, 'state': {'done': True}}\n";
    gateway.make_with("c", &conductor(code));
    let outer = json!({ "kind": "sequence", "components": ["/_/c", "/_/add"] });
    gateway.make_with("outer", &json!({ "exec": outer }));
    assert_eq!(
        gateway.result("outer", &json!({ "n": 1 })),
        json!({ "n": 4 })
    );
}
