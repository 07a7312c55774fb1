//! `/init`: the table of its situations.

use serde_json::{Value, json};

use crate::support::{BASH_LOOP, Container, base64, has_nodejs, has_python};

const PYTHON: &str = "def main(args):\n    return args\n";

#[test]
fn an_initialization_is_answered_and_leaves_no_trace_in_the_log() {
    let container = Container::start("exec");
    let answer = container.init(BASH_LOOP);
    assert_eq!((answer.status, answer.json()), (200, json!({ "ok": true })));
    let log = container.log();
    assert_eq!((log.stdout.as_str(), log.stderr.as_str()), ("", ""));
}

#[test]
fn nothing_and_empty_code_are_refused() {
    for kind in ["python:3", "exec", "actionloop", "nodejs:20"] {
        let container = Container::start(kind);
        for body in [
            "{}",
            r#"{"value":{}}"#,
            r#"{"value":null}"#,
            r#"{"value":{"main":"main","code":""}}"#,
            r#"{"value":{"main":"main","code":null}}"#,
        ] {
            let answer = container.post("/init", body);
            assert_eq!(answer.status, 403, "{kind} {body}");
            assert_eq!(answer.error(), "Missing main/no code to execute.");
        }
        assert_eq!(container.log().sentinels(), (0, 0));
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let container = Container::start("python:3");
    for body in ["", "code", "{", r#"{"value":{"code":1}}"#, r#"{"value":7}"#] {
        let answer = container.post("/init", body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.error().starts_with("Error unmarshaling request: "));
    }
    let container = Container::start("nodejs:20");
    let answer = container.post("/init", "code");
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (500, "Bad request.")
    );
}

#[test]
fn an_action_is_initialized_once() {
    const AGAIN: &str = "Cannot initialize the action more than once.";
    let container = Container::with("exec", BASH_LOOP);
    let answer = container.init(BASH_LOOP);
    assert_eq!((answer.status, answer.error().as_str()), (403, AGAIN));
    let log = container.log();
    assert!(log.text().contains(AGAIN), "{log:?}");
    assert_eq!(log.sentinels(), (0, 0));
    // The action is as it was.
    assert_eq!(
        container.run(&json!({ "a": 1 })).json()["value"],
        json!({ "a": 1 })
    );
}

#[test]
fn nodejs_is_initialized_once_too() {
    if !has_nodejs() {
        return;
    }
    let container = Container::with("nodejs:20", "function main(args) { return args; }");
    let answer = container.init("function main() { return {}; }");
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.error(),
        "Cannot initialize the action more than once."
    );
    assert!(container.log().text().contains(&answer.error()));
    assert_eq!(container.log().sentinels(), (0, 0));
}

#[test]
fn bad_base64_is_refused() {
    let value = json!({ "main": "main", "binary": true, "code": "#!/bin/bash" });
    let container = Container::start("exec");
    let answer = container.init_value(&value);
    assert_eq!(answer.status, 400);
    assert!(answer.error().starts_with("cannot decode the request: "));
    let answer = Container::start("nodejs:20").init_value(&value);
    assert_eq!(answer.status, 502);
    assert!(
        answer
            .error()
            .starts_with("Initialization has failed due to: ")
    );
}

#[test]
fn without_an_entry_point_it_is_main_but_not_for_nodejs() {
    let value = json!({ "code": BASH_LOOP });
    assert_eq!(Container::start("exec").init_value(&value).status, 200);
    let value = json!({ "code": "function main() { return {}; }" });
    let answer = Container::start("nodejs:20").init_value(&value);
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error(), "Missing main/no code to execute.");
    if has_python() {
        let value = json!({ "code": PYTHON, "main": "" });
        assert_eq!(Container::start("python:3").init_value(&value).status, 200);
    }
}

#[test]
fn another_entry_point_is_called() {
    if !has_python() {
        return;
    }
    let container = Container::start("python:3.11");
    let code = "def niam(args):\n    return {'from': 'niam'}\n";
    let value = json!({ "main": "niam", "binary": false, "code": code });
    assert_eq!(container.init_value(&value).status, 200);
    assert_eq!(container.run(&json!({})).json(), json!({ "from": "niam" }));
}

#[test]
fn an_environment_may_be_null_and_a_name_absent() {
    let container = Container::start("exec");
    let value = json!({ "main": "main", "binary": false, "code": BASH_LOOP, "env": null });
    assert_eq!(container.init_value(&value).status, 200);
}

#[test]
fn code_that_does_not_start_is_a_failure_that_ends_in_the_log() {
    let container = Container::start("exec");
    let answer = container.init("#!/bin/bash\nexit 1\n");
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (502, "command exited")
    );
    assert_eq!(container.log().sentinels(), (1, 1));
    let answer = container.init("this is no program");
    assert_eq!(answer.status, 502);
    assert_eq!(container.log().sentinels(), (2, 2));
    // It may be tried again.
    assert_eq!(container.init(BASH_LOOP).status, 200);
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn the_reason_of_a_failure_goes_to_the_log_where_that_is_asked_for() {
    let container = Container::start_with("exec", &[], &[("OW_LOG_INIT_ERROR", "1")]);
    let answer = container.init("#!/bin/bash\nexit 1\n");
    assert_eq!(answer.status, 502);
    assert_eq!(
        answer.error(),
        "Cannot start action. Check logs for details."
    );
    let log = container.log();
    assert!(log.stderr.contains("command exited"), "{log:?}");
    assert_eq!(log.sentinels(), (1, 1));
}

#[test]
fn python_that_does_not_load_is_a_failure_with_its_reason() {
    if !has_python() {
        return;
    }
    for (code, reason) in [
        ("def main(args)\n    pass", "SyntaxError"),
        ("import nothing_like_it\n", "ModuleNotFoundError"),
        ("def other(args):\n    return {}\n", "main"),
    ] {
        let container = Container::start("python:3");
        let answer = container.init(code);
        assert_eq!(answer.status, 502);
        assert!(answer.error().contains(reason), "{answer:?}");
        let log = container.log();
        assert!(log.stderr.contains(reason), "{log:?}");
        assert_eq!(log.sentinels(), (1, 1));
    }
}

#[test]
fn nodejs_that_does_not_load_is_a_failure_for_good() {
    if !has_nodejs() {
        return;
    }
    let container = Container::start("nodejs:20");
    let answer = container.init("function main( { return {}; }");
    assert_eq!(answer.status, 502);
    assert!(
        answer
            .error()
            .starts_with("Initialization has failed due to: ")
    );
    assert!(answer.error().contains("SyntaxError"), "{answer:?}");
    let log = container.log();
    assert!(log.stderr.contains("SyntaxError"), "{log:?}");
    assert_eq!(log.sentinels(), (1, 1));
    assert_eq!(container.run(&json!({})).status, 403);
    let again = container.init("function main() { return {}; }");
    assert_eq!(again.status, 403);
    assert_eq!(again.error(), "System not ready, status is stopped.");
}

#[test]
fn short_source_that_happens_to_be_base64_is_source() {
    if !has_python() {
        return;
    }
    // A name, as code; the loader says that there is no such thing.
    let container = Container::start("python:3");
    let answer = container.init_value(&json!({ "main": "main", "binary": true, "code": "abcd" }));
    assert!(
        answer.error().contains("'abcd' is not defined"),
        "{answer:?}"
    );
    let code = base64(b"def main(args):\n    return {'was': 'encoded'}\n");
    let value = json!({ "main": "main", "binary": true, "code": code });
    assert_eq!(container.init_value(&value).status, 200);
    assert_eq!(
        container.run(&json!({})).json(),
        json!({ "was": "encoded" })
    );
}

#[test]
fn others_are_answered_while_a_launcher_does_not_come_up() {
    let container = Container::start_with("exec", &[], &[("OW_WAIT_FOR_ACK", "1")]);
    std::thread::scope(|scope| {
        let init = scope.spawn(|| container.init(BASH_LOOP));
        crate::support::until("a second initialization that is refused", || {
            let answer = container.post("/init", "{}").error();
            (answer == "Cannot initialize the action more than once.").then_some(())
        });
        assert_eq!(container.run(&Value::Null).error(), "no action defined yet");
        container.signal(nix::sys::signal::Signal::SIGTERM);
        let answer = init.join().expect("it is answered");
        assert_eq!(answer.status, 503, "{answer:?}");
    });
}

#[test]
fn a_launcher_that_does_not_come_up_in_time_is_ended() {
    let container = Container::start_with("exec", &[], &[("OW_WAIT_FOR_ACK", "1")]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let deadline = now.expect("it is later").as_millis() + 100;
    let env = json!({ "__OW_DEADLINE": deadline.to_string() });
    let answer = container.init_value(&json!({ "code": BASH_LOOP, "env": env }));
    assert_eq!(answer.status, 502);
    assert!(answer.error().contains("deadline"), "{answer:?}");
}
