//! Node.js, where it differs.

use serde_json::json;

use crate::support::{Container, has_nodejs};

#[test]
fn what_is_thrown_ends_the_action() {
    if !has_nodejs() {
        return;
    }
    let code = "function main(args) { if (args.fail) throw new Error('sorry'); return {}; }";
    let container = Container::with("nodejs:20", code);
    assert_eq!(container.run(&json!({})).status, 200);
    let answer = container.run(&json!({ "fail": true }));
    assert_eq!(answer.status, 502);
    assert_eq!(answer.error(), "An error has occurred: Error: sorry");
    let log = container.log();
    assert!(log.stderr.contains("sorry"), "{log:?}");
    assert_eq!(log.sentinels(), (2, 2));
    let answer = container.run(&json!({}));
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error(), "System not ready, status is stopped.");
}

#[test]
fn what_a_promise_is_rejected_with_is_an_error_object() {
    if !has_nodejs() {
        return;
    }
    let code =
        "async function main(args) { if (args.fail) throw new Error('sorry'); return { ok: 1 }; }";
    let container = Container::with("nodejs:20", code);
    let answer = container.run(&json!({ "fail": true }));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["error"]["message"], "sorry");
    assert_eq!(container.run(&json!({})).json(), json!({ "ok": 1 }));
}

#[test]
fn nothing_is_an_object_and_a_scalar_is_none() {
    if !has_nodejs() {
        return;
    }
    let code = "function main(args) { if (args.scalar) return 'text'; }";
    let container = Container::with("nodejs:20", code);
    assert_eq!(container.run(&json!({})).json(), json!({}));
    let answer = container.run(&json!({ "scalar": true }));
    assert_eq!(answer.status, 502);
    assert_eq!(
        answer.error(),
        "The action did not return a dictionary or array."
    );
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn success_is_said_in_its_own_words() {
    if !has_nodejs() {
        return;
    }
    let container = Container::start("nodejs:20");
    let answer = container.init("function main() { return {}; }");
    assert_eq!(answer.json(), json!({ "OK": true }));
}
