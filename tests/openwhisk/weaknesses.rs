//! What the paper's prototype got wrong, as far as a caller can see it (`openwhisk.md`, section 4.8).

use mini_openwhisk::Action;
use serde_json::{Value, json};

use crate::support::{action, openwhisk, pair, success};

/// An action of these functions, all in `w.py`.
fn workflow(manifest: &Value, source: &str) -> Action {
    let manifest = manifest.to_string();
    action(&[("action-manifest.json", &manifest), ("w.py", source)])
}

/// W3, W4, W18: it hung, or gave null.
#[tokio::test]
async fn a_failed_function_with_a_dependent_ends_the_flight_with_its_cause() {
    let whisk = openwhisk();
    let manifest = json!({
        "__OW_NUM_CONCURRENCY": 2,
        "first": { "depends": [], "file": "w.py" },
        "last": { "depends": ["first"], "file": "w.py" },
    });
    let source = "
import os
def first(params):
    if params['how'] == 'exit': os._exit(7)
    raise KeyError('sheep')
def last(params): return {}
";
    whisk.put("faulty", workflow(&manifest, source));
    for (how, cause) in [("raise", "KeyError"), ("exit", "exited with status 7")] {
        let reply = whisk.invoke("faulty", json!({ "how": how })).await;
        assert_eq!(reply.status, 502, "{:#}", reply.body);
        let error = &reply.body["response"]["result"]["error"];
        assert_eq!(error["function"], "first");
        assert!(error.to_string().contains(cause), "{error:#}");
    }
}

/// W5: only the deepest were returned.
#[tokio::test]
async fn every_function_that_no_other_needs_is_in_the_result() {
    let whisk = openwhisk();
    let manifest = json!({
        "a": { "depends": [], "file": "w.py" },
        "b": { "depends": ["a"], "file": "w.py" },
        "c": { "depends": [], "file": "w.py" },
    });
    let source = "
def a(p): return {'v': 'a'}
def b(p): return {'v': 'b'}
def c(p): return {'v': 'c'}
";
    whisk.put("sinks", workflow(&manifest, source));
    let reply = whisk.invoke("sinks", json!({})).await;
    assert_eq!(
        success(&reply),
        &json!({ "b": { "v": "b" }, "c": { "v": "c" } })
    );
}

/// W13, W15: JSON was framed by counting braces, and `\n` in source was rewritten.
#[tokio::test]
async fn texts_with_braces_quotes_and_line_breaks_come_through() {
    let whisk = openwhisk();
    let source = r#"
def a(params): return {'got': params, 'own': "}{\n\"\\"}
def b(params): return {}
"#;
    whisk.put("texts", pair(2, source));
    let params = json!({ "open": "{{{", "close": "}}}", "mixed": "\"}\n{\\\u{0}\u{2028}ü" });
    let reply = whisk.invoke("texts", params.clone()).await;
    let result = success(&reply);
    assert_eq!(result["a"]["got"], params);
    assert_eq!(result["a"]["own"], "}{\n\"\\");
}

/// W14: the controller aborted.
#[tokio::test]
async fn manifests_that_cannot_be_flown_are_refused_with_what_is_wrong() {
    let whisk = openwhisk();
    let cases = [
        (
            "cyclic",
            json!({ "a": { "depends": ["b"], "file": "w.py" },
                           "b": { "depends": ["a"], "file": "w.py" } })
            .to_string(),
            "cycle",
        ),
        (
            "unknown",
            json!({ "a": { "depends": ["x"], "file": "w.py" } }).to_string(),
            "\\\"x\\\"",
        ),
        ("text", "no JSON".to_owned(), "line 1"),
        (
            "missing",
            json!({ "a": { "depends": [], "file": "gone.py" } }).to_string(),
            "a.file: the action has no such file",
        ),
        (
            "leaves",
            json!({ "a": { "depends": [], "file": "../w.py" } }).to_string(),
            "the path contains \\\"..\\\"",
        ),
        (
            "crowd",
            json!({ "a": { "depends": [], "file": "w.py" },
                          "__OW_NUM_CONCURRENCY": 99 })
            .to_string(),
            "99",
        ),
    ];
    for (name, manifest, expected) in cases {
        let files = [
            ("action-manifest.json", &*manifest),
            ("w.py", "def a(p): return {}"),
        ];
        whisk.put(name, action(&files));
        let reply = whisk.invoke(name, json!({})).await;
        assert_eq!(reply.status, 502, "{name}: {:#}", reply.body);
        let told = reply.body.to_string();
        assert!(told.contains(expected), "{name}: {:#}", reply.body);
    }
}

/// W6, W19: what is no object passed, or went round for ever.
#[tokio::test]
async fn a_function_that_gives_no_object_is_a_fault_that_is_told() {
    let whisk = openwhisk();
    whisk.put(
        "shapes",
        pair(2, "def a(p): return p['give']\ndef b(p): return {}\n"),
    );
    for give in [json!(null), json!("text"), json!(5)] {
        let reply = whisk.invoke("shapes", json!({ "give": give })).await;
        assert_eq!(reply.status, 502, "{:#}", reply.body);
        let error = reply.body["response"]["result"]["error"].to_string();
        assert!(
            error.contains("did not return a dictionary or array"),
            "{error}"
        );
    }
}

/// W24: functions downstream did not get the action's parameters.
#[tokio::test]
async fn a_function_with_dependencies_gets_the_parameters_where_it_asks_for_them() {
    let whisk = openwhisk();
    let manifest = json!({
        "a": { "depends": [], "file": "w.py" },
        "b": { "depends": ["a"], "file": "w.py", "params": true },
        "c": { "depends": ["a"], "file": "w.py" },
    });
    let source = "
def a(p): return {}
def b(p): return {'got': p}
def c(p): return {'got': p}
";
    whisk.put("params", workflow(&manifest, source));
    let reply = whisk.invoke("params", json!({ "n": 1 })).await;
    let result = success(&reply);
    assert_eq!(
        result["b"]["got"],
        json!({ "a": {}, "$params": { "n": 1 } })
    );
    assert_eq!(result["c"]["got"], json!({ "a": {} }));
}

/// W17: bodies of more than 1 MiB were refused.
#[tokio::test]
async fn a_megabyte_of_parameters_reaches_every_member() {
    let whisk = openwhisk();
    let source = "
import os, time
def a(params):
    if os.environ['RAPTOR_MEMBER'] == '0': time.sleep(3600)
    return {'length': len(params['text'])}
def b(params): return {}
";
    whisk.put("long", pair(2, source));
    let text = "sheep ".repeat(160_000);
    let reply = whisk.invoke("long", json!({ "text": text })).await;
    assert_eq!(success(&reply)["a"]["length"], 960_000);
}
