//! `/run`: the table of its situations.

use serde_json::{Value, json};

use crate::support::{BASH_LOOP, Container, bash, has_nodejs, has_python, until};

#[test]
fn an_action_gets_its_parameters_and_gives_its_result() {
    if !has_python() {
        return;
    }
    let container = Container::with("python:3", "def main(args):\n    return {'got': args}\n");
    for round in 0..3 {
        let value = json!({ "round": round, "text": "ünï ✓ \u{1F600}", "list": [1, null, "x\ny"] });
        let answer = container.run(&value);
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "got": value }))
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn arrays_go_in_and_come_out() {
    if !has_python() {
        return;
    }
    let container = Container::with("python:3", "def main(args):\n    return args[::-1]\n");
    assert_eq!(
        container.run(&json!([1, "b", {}])).json(),
        json!([{}, "b", 1])
    );
}

#[test]
fn line_breaks_between_the_signs_of_json_do_no_harm() {
    let container = Container::with("exec", BASH_LOOP);
    let body = "{\n \"value\" :\r\n {\"a\":\n\"b\\nc\"}\n}\n\n";
    let answer = container.post("/run", body);
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "value": { "a": "b\nc" } }))
    );
}

#[test]
fn what_says_nothing_about_parameters_has_none() {
    let container = Container::with("exec", BASH_LOOP);
    for body in ["{}", r#"{"value":null}"#, ""] {
        let answer = container.post("/run", body);
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "value": {} })),
            "{body}"
        );
    }
}

#[test]
fn what_is_no_text_is_kept_from_launchers_that_would_end() {
    let container = Container::with("exec", BASH_LOOP);
    let body = json!({ "value": { "a": 1 }, "activation_id": "x", "deadline": 7, "odd": null });
    let answer = container.run_body(&body);
    assert_eq!(
        answer.json(),
        json!({ "value": { "a": 1 }, "activation_id": "x" })
    );
}

#[test]
fn parameters_that_are_scalars_are_refused() {
    let container = Container::with("exec", BASH_LOOP);
    for value in [json!(1), json!("text"), json!(true)] {
        let answer = container.run(&value);
        assert_eq!(answer.status, 404);
        let text = "The action did not receive a dictionary or array as an argument.";
        assert_eq!(answer.error(), text);
    }
    if !has_nodejs() {
        return;
    }
    let container = Container::with("nodejs:20", "function main(args) { return args; }");
    assert_eq!(container.run(&json!("text")).status, 403);
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn nothing_runs_before_it_is_initialized() {
    let answer = Container::start("python:3").run(&json!({}));
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (500, "no action defined yet")
    );
    let answer = Container::start("nodejs:20").run(&json!({}));
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (403, "System not initialized.")
    );
}

#[test]
fn a_body_that_is_not_json_never_reaches_the_action() {
    let container = Container::with("exec", BASH_LOOP);
    let answer = container.post("/run", "{\"value\":");
    assert_eq!(answer.status, 400);
    assert!(answer.error().starts_with("Error unmarshaling request: "));
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn an_error_object_is_a_result_after_which_the_action_goes_on() {
    if !has_python() {
        return;
    }
    let code = "def main(args):\n    return {'error': args} if args else {}\n";
    let container = Container::with("python:3", code);
    let answer = container.run(&json!({ "sorry": 1 }));
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "error": { "sorry": 1 } }))
    );
    assert_eq!(container.run(&json!({})).json(), json!({}));
}

#[test]
fn an_exception_is_an_error_object_with_its_trace_in_the_log() {
    if !has_python() {
        return;
    }
    let code = "count = 0\ndef main(args):\n    global count\n    count += 1\n    \
                if args: raise ValueError('sorry')\n    return {'count': count}\n";
    let container = Container::with("python:3", code);
    let answer = container.run(&json!({ "fail": true }));
    assert_eq!(answer.status, 200);
    assert!(answer.error().contains("sorry"));
    let log = container.log();
    assert!(log.stderr.contains("Traceback"), "{log:?}");
    assert_eq!(log.sentinels(), (1, 1));
    // By the same process.
    assert_eq!(container.run(&json!({})).json(), json!({ "count": 2 }));
}

#[test]
fn a_process_that_ends_during_an_activation_is_not_replaced() {
    let code = bash(r#"case "$line" in *die*) exit 3;; esac; echo "$line" >&3"#);
    let container = Container::with("exec", &code);
    assert_eq!(container.run(&json!({})).status, 200);
    let answer = container.run(&json!({ "a": "die" }));
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (400, "command exited")
    );
    assert_eq!(container.log().sentinels(), (2, 2));
    for _ in 0..2 {
        let answer = container.run(&json!({}));
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (500, "no action defined yet")
        );
    }
}

/// Waits until a process has ended, whether somebody was told or not.
fn until_dead(pid: i32) {
    until("its death", || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
}

#[test]
fn a_process_that_ends_between_activations_is_replaced() {
    let code = bash(r#"echo "{\"pid\":$$}" >&3; case "$line" in *die*) exit 3;; esac"#);
    let container = Container::with("exec", &code);
    let pid = |answer: Value| i32::try_from(answer["pid"].as_i64().expect("a PID")).expect("it is");
    let first = pid(container.run(&json!({ "a": "die" })).json());
    until_dead(first);
    for _ in 0..3 {
        let answer = container.run(&json!({}));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_ne!(pid(answer.json()), first);
    }
    assert_eq!(container.log().sentinels(), (4, 4));
}

#[test]
fn a_process_that_was_killed_between_activations_is_replaced_at_once() {
    let container = Container::with("exec", &bash(r#"echo "{\"pid\":$$}" >&3"#));
    for _ in 0..20 {
        let pid = container.run(&json!({})).json()["pid"]
            .as_i64()
            .expect("a PID");
        let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("it is one"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it is ours");
        until_dead(pid.as_raw());
    }
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn a_result_that_is_neither_an_object_nor_an_array_is_refused() {
    const TEXT: &str = "The action did not return a dictionary or array.";
    for said in ["1", "\"text\"", "null", "no json", "{\"cut\":", ""] {
        let container = Container::with("exec", &bash(&format!("echo '{said}' >&3")));
        let answer = container.run(&json!({}));
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (502, TEXT),
            "{said}"
        );
        assert_eq!(container.log().sentinels(), (1, 1));
    }
    if has_python() {
        let container = Container::with("python:3", "def main(args):\n    return 'text'\n");
        let answer = container.run(&json!({}));
        assert_eq!((answer.status, answer.error().as_str()), (502, TEXT));
        // That it says so itself is between the runtime and its launchers.
        assert_eq!(container.run(&json!({})).status, 502);
        assert_eq!(container.log().sentinels(), (2, 2));
    }
}

#[test]
fn who_lets_the_answers_pipe_go_has_ended() {
    let container = Container::with(
        "exec",
        "#!/bin/bash\nread -r line\nexec 3>&-\nread -r line\n",
    );
    let answer = container.run(&json!({}));
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (400, "command exited")
    );
}

#[test]
fn an_answer_that_was_given_before_the_end_counts() {
    // Its child holds the pipes open, so there is no end of file.
    let code = "#!/bin/bash\nread -r line\nsleep 1000 &\necho '{\"last\":1}' >&3\nexit 0\n";
    let container = Container::with("exec", code);
    assert_eq!(container.run(&json!({})).json(), json!({ "last": 1 }));
    let answer = container.run(&json!({}));
    assert_eq!((answer.status, answer.json()), (200, json!({ "last": 1 })));
}

#[test]
fn an_activation_is_ended_some_time_after_its_deadline() {
    let code = bash(r#"case "$line" in *slow*) sleep 1000;; esac; echo "{\"pid\":$$}" >&3"#);
    let container = Container::with("exec", &code);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let deadline = now.expect("it is later").as_millis() + 200;
    let body = json!({ "value": { "a": "slow" }, "deadline": deadline.to_string() });
    let answer = container.run_body(&body);
    assert_eq!(answer.status, 502);
    assert!(answer.error().contains("deadline"), "{answer:?}");
    assert_eq!(container.log().sentinels(), (1, 1));
    let sleeps = || {
        let family = container.family();
        family.iter().any(|pid| {
            let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline"));
            command.is_ok_and(|words| words.starts_with("sleep"))
        })
    };
    assert!(!sleeps());
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn a_deadline_that_was_over_before_is_not_believed() {
    let container = Container::with("exec", BASH_LOOP);
    for deadline in ["123", "0", "", "soon", "99999999999999999999"] {
        let body = json!({ "value": {}, "deadline": deadline });
        assert_eq!(container.run_body(&body).status, 200, "{deadline}");
    }
}
