//! What clients send, and what becomes of it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::exec::is_base64;
use super::*;
use crate::config::Settings;
use crate::gateway::runtimes::Runtimes;

fn own() -> EntityName {
    "ns".parse().expect("a name")
}

fn path(name: &str) -> ActionPath {
    ActionPath::resolve(name, &own()).expect("a path")
}

fn runtimes() -> Runtimes {
    Runtimes::with("python:3.11")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

fn put(body: Value) -> Result<ActionPut, Malformed> {
    ActionPut::parse(&object(body), &own(), &runtimes())
}

fn made(body: Value, before: Option<&Action>) -> Action {
    let applied = put(body).expect("a request").apply(path("f"), before, 7);
    applied.expect("an action")
}

fn code() -> Value {
    json!({ "kind": "python:default", "code": "def main(a): return a" })
}

#[test]
fn names_are_what_openwhisk_takes_for_names() {
    for name in ["a", "_", "0", "a b", "a@b.c&d-e", &"x".repeat(256)] {
        assert!(name.parse::<EntityName>().is_ok(), "{name}");
    }
    for name in ["", " a", "a ", "a/b", "-a", "a$b", "a\u{e9}", "a\n"] {
        assert_eq!(
            name.parse::<EntityName>(),
            Err(NameError::Illegal),
            "{name}"
        );
    }
    let long = "x".repeat(257).parse::<EntityName>().unwrap_err();
    assert_eq!(
        long.to_string(),
        "Name segment longer than allowed: 257 > 256."
    );
}

#[test]
fn a_path_is_in_the_callers_namespace_unless_it_says_another() {
    for (text, meant) in [
        ("f", "ns/f"),
        ("p/f", "ns/p/f"),
        ("/_/f", "ns/f"),
        ("/other/f", "other/f"),
        ("/other/p/f", "other/p/f"),
    ] {
        assert_eq!(path(text).to_string(), meant);
    }
    assert_eq!(
        ActionPath::parse_qualified("f", &own()),
        Err(NameError::Unqualified)
    );
    assert!(ActionPath::resolve("/a/b/c/d", &own()).is_err());
}

#[test]
fn a_new_action_has_openwhisks_defaults() {
    let action = made(json!({ "exec": code() }), None);
    let json = action.to_json(Some("def main(a): return a"));
    assert_eq!(
        json,
        json!({
            "namespace": "ns",
            "name": "f",
            "version": "0.0.1",
            "exec": { "kind": "python:3.11", "code": "def main(a): return a", "binary": false },
            "parameters": [],
            "limits": { "timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1 },
            "publish": false,
            "annotations": [
                { "key": "provide-api-key", "value": false },
                { "key": "exec", "value": "python:3.11" },
            ],
            "updated": 7,
        })
    );
    assert_eq!(action.summary()["exec"], json!({ "binary": false }));
}

#[test]
fn an_update_keeps_what_it_does_not_say() {
    let first = made(
        json!({
            "exec": code(),
            "parameters": [{ "key": "a", "value": 1 }],
            "annotations": [{ "key": "x", "value": 1 }, { "key": "y", "value": 2 }],
            "limits": { "timeout": 1000 },
        }),
        None,
    );
    let next = made(
        json!({
            "annotations": [{ "key": "x", "value": 3 }],
            "delAnnotations": ["y"],
            "limits": { "memory": 128 },
        }),
        Some(&first),
    );
    assert_eq!(next.version.to_string(), "0.0.2");
    assert_eq!(next.exec, first.exec);
    assert_eq!(next.parameters, first.parameters);
    assert_eq!((next.limits.timeout, next.limits.memory), (1000, 128));
    assert_eq!(next.annotations.get("x"), Some(&json!(3)));
    assert_eq!(next.annotations.get("y"), None);
}

#[test]
fn a_sequences_parameters_are_its_components_and_do_not_leak() {
    let exec = json!({ "kind": "sequence", "components": ["/_/a", "/ns/p/b"] });
    let parameters = json!([{ "key": "a", "value": 1 }]);
    let sequence = made(json!({ "exec": exec, "parameters": parameters }), None);
    let json = sequence.to_json(None);
    let components = json!(["/ns/a", "/ns/p/b"]);
    assert_eq!(json["exec"]["components"], components);
    assert_eq!(
        json["parameters"],
        json!([{ "key": "_actions", "value": components }])
    );
    let action = made(json!({ "exec": code() }), Some(&sequence));
    assert_eq!(action.to_json(None)["parameters"], json!([]));
}

#[test]
fn what_cannot_be_read_is_said_in_openwhisks_words() {
    for (body, text) in [
        (
            json!({ "exec": {} }),
            "'kind' must be a string defined in 'exec'",
        ),
        (json!({ "parameters": {} }), "parameters malformed!"),
        (json!({ "annotations": [1] }), "annotations malformed!"),
        (json!({ "version": "x" }), "bad semantic version x"),
        (
            json!({ "limits": { "timeout": 1.5 } }),
            "time limit must be whole number",
        ),
        (
            json!({ "limits": { "memory": "x" } }),
            "memory limit malformed",
        ),
        (
            json!({ "exec": { "kind": "sequence" } }),
            "'components' must be defined for sequence kind",
        ),
    ] {
        assert_eq!(put(body).unwrap_err(), Malformed::new(text));
    }
    let unqualified = put(json!({ "exec": { "kind": "sequence", "components": ["a"] } }));
    assert_eq!(
        unqualified.unwrap_err().to_string(),
        "The fully qualified name of the entity must contain at least the namespace and the name \
         of the entity."
    );
    let new = put(json!({})).expect("an empty request");
    let refused = new.apply(path("f"), None, 7).unwrap_err();
    assert_eq!(refused.to_string(), "exec undefined");
}

#[test]
fn limits_lie_between_those_of_the_settings() {
    let terms = LimitTerms::of(&Settings::default().gateway);
    assert_eq!(terms.check(&ActionLimits::default()), Ok(()));
    for (limits, text) in [
        (
            json!({ "timeout": 99 }),
            "duration 99 milliseconds below allowed threshold of 100 milliseconds",
        ),
        (
            json!({ "timeout": 300_001 }),
            "duration 300001 milliseconds exceeds allowed threshold of 300000 milliseconds",
        ),
        (
            json!({ "memory": 127 }),
            "memory size 127 MB below allowed threshold of 128 MB",
        ),
        (
            json!({ "memory": 513 }),
            "memory size 513 MB exceeds allowed threshold of 512 MB",
        ),
        (
            json!({ "logs": 11 }),
            "log size 11 MB exceeds allowed threshold of 10 MB",
        ),
        (
            json!({ "concurrency": 2 }),
            "concurrency 2 exceeds allowed threshold of 1",
        ),
        (
            json!({ "concurrency": 0 }),
            "concurrency 0 below allowed threshold of 1",
        ),
    ] {
        let limits = LimitsPut::parse(&limits).expect("numbers");
        let refused = terms.check(&limits.over(ActionLimits::default()));
        assert_eq!(refused.unwrap_err().to_string(), text);
    }
}

#[test]
fn the_payload_goes_over_the_actions_parameters_and_those_over_the_packages() {
    let of = |json: Value| Parameters::parse(&json).expect("parameters");
    let package = of(json!([{ "key": "a", "value": "p" }, { "key": "b", "value": "p" }]));
    let action = of(json!([
        { "key": "b", "value": "f" },
        { "key": "c", "value": "f" },
        { "key": "TOKEN", "value": { "x": 1 }, "init": true },
        { "key": "EMPTY", "value": null, "init": true },
    ]));
    let merged = action.over(&package);
    assert_eq!(
        merged.under(json!({ "c": "payload" })),
        json!({ "a": "p", "b": "f", "c": "payload" })
    );
    assert_eq!(merged.under(json!([1])), json!([1]));
    let environment = [("TOKEN", r#"{"x":1}"#), ("EMPTY", "")];
    let environment = environment.map(|(key, text)| (key.to_owned(), text.to_owned()));
    assert_eq!(merged.environment(), environment);
}

#[test]
fn what_is_well_formed_base64_is_binary() {
    for text in ["abcd", " YWI=\n", "YQ==", "+/+/"] {
        assert!(is_base64(text), "{text}");
    }
    for text in ["", "abc", "a===", "ab cd", "def main(): pass", "===="] {
        assert!(!is_base64(text), "{text}");
    }
}

#[test]
fn what_nodes_send_each_other_is_the_same_again() {
    let action = made(json!({ "exec": code() }), None);
    let text = serde_json::to_string(&action).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Action>(&text).expect("an action"),
        action
    );
}

#[test]
fn an_interpreter_that_is_not_there_has_no_kinds() {
    let nothing = Path::new("/no/such/interpreter");
    let runtimes = Runtimes::installed(nothing, nothing, &[]);
    assert_eq!(runtimes.names().count(), 0);
}
