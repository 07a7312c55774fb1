//! What actions find in their environment, and when.

use serde_json::{Value, json};

use crate::support::{Container, has_python, languages};

/// Gives its environment as it was before the code was loaded, and as it is.
const PYTHON: &str = "import os\nbefore = dict(os.environ)\n\
                      def main(args):\n    return {'before': before, 'now': dict(os.environ)}\n";

const NODE: &str = "const before = { ...process.env };\n\
                    function main() { return { before, now: { ...process.env } }; }";

/// A loop that gives its environment, one variable a line.
const EXEC: &str = "#!/usr/bin/python3\nimport json, os\n\
                    while (line := os.fdopen(os.dup(0)).readline()):\n    \
                    os.write(3, (json.dumps(dict(os.environ)) + '\\n').encode())\n";

fn env() -> Value {
    json!({
        "__OW_API_KEY": "secret",
        "__OW_ACTIVATION_ID": "first",
        "text": "as it is",
        "number": 7,
        "object": { "a": [1] },
        "a=b": "no name",
    })
}

fn started(kind: &str, code: &str, variables: &[(&str, &str)]) -> Container {
    let container = Container::start_with(kind, &[], variables);
    let value = json!({ "main": "main", "binary": false, "code": code, "env": env() });
    let answer = container.init_value(&value);
    assert_eq!(answer.status, 200, "{answer:?}");
    container
}

#[test]
fn the_initializations_variables_are_set_before_code_loads() {
    for (kind, code) in languages(PYTHON, NODE) {
        let container = started(
            kind,
            code,
            &[("__OW_API_HOST", "http://host"), ("OTHER", "x")],
        );
        let said = container.run(&json!({})).json();
        let before = &said["before"];
        assert_eq!(before["__OW_API_KEY"], "secret", "{kind}");
        assert_eq!(before["__OW_ACTIVATION_ID"], "first");
        assert_eq!(before["text"], "as it is");
        assert_eq!(before["number"], "7");
        assert_eq!(before["object"], r#"{"a":[1]}"#);
        assert_eq!(before["__OW_API_HOST"], "http://host");
        assert_eq!(before["LANG"], "C.UTF-8");
        assert!(before["PATH"].is_string() && before["HOME"].is_string());
        assert!(before["OTHER"].is_null());
    }
}

#[test]
fn each_activation_has_its_own_variables() {
    for (kind, code) in languages(PYTHON, NODE) {
        let container = started(kind, code, &[]);
        for id in ["one", "two"] {
            let body = json!({
                "value": {}, "namespace": "guest", "action_name": "/guest/a",
                "action_version": "0.0.1", "activation_id": id, "transaction_id": "tid", "deadline": "123", "api_key": "other",
            });
            let said = container.run_body(&body).json();
            let now = &said["now"];
            assert_eq!(now["__OW_ACTIVATION_ID"], id, "{kind}");
            assert_eq!(now["__OW_NAMESPACE"], "guest");
            assert_eq!(now["__OW_ACTION_NAME"], "/guest/a");
            assert_eq!(now["__OW_ACTION_VERSION"], "0.0.1");
            assert_eq!(now["__OW_TRANSACTION_ID"], "tid");
            assert_eq!(now["__OW_DEADLINE"], "123");
            assert_eq!(now["__OW_API_KEY"], "other");
        }
    }
}

#[test]
fn stock_launchers_get_what_the_proxy_gives_and_nothing_else() {
    if !has_python() {
        return;
    }
    let variables = [
        ("__OW_API_HOST", "http://a=b"),
        ("OTHER", "x"),
        ("text", "loses"),
    ];
    let container = started("exec", EXEC, &variables);
    let said = container.run(&json!({})).json();
    let variables = said.as_object().expect("it is one");
    assert_eq!(variables["__OW_API_HOST"], "http://a=b");
    assert_eq!(variables["__OW_API_KEY"], "secret");
    assert_eq!(variables["text"], "as it is");
    assert!(variables["__OW_PROXY_VERSION"].is_string());
    for absent in ["PATH", "HOME", "OTHER", "__OW_WAIT_FOR_ACK", "a", "a=b"] {
        assert!(!variables.contains_key(absent), "{absent}");
    }
}

#[test]
fn the_images_own_variables_give_way_to_the_initializations() {
    if !has_python() {
        return;
    }
    let container = started("python:3", PYTHON, &[("__OW_API_KEY", "the image's")]);
    assert_eq!(
        container.run(&json!({})).json()["before"]["__OW_API_KEY"],
        "secret"
    );
}
