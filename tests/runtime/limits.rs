//! Much, long and often.

use serde_json::json;

use crate::support::{BASH_LOOP, Container, bash, has_python};

/// OpenWhisk's greatest code, and its greatest parameters and results.
const CODE_BYTES: usize = 48 << 20;
const PARAMETERS_BYTES: usize = 1 << 20;

#[test]
fn code_of_48_megabytes_is_taken() {
    if !has_python() {
        return;
    }
    let container = Container::start("python:3");
    let code = format!("def main(args):\n    return {{'size': SIZE}}\nSIZE = {CODE_BYTES}\n#");
    let code = code.clone() + &"x".repeat(CODE_BYTES - code.len());
    let answer = container.init(&code);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        container.run(&json!({})).json(),
        json!({ "size": CODE_BYTES })
    );
}

#[test]
fn an_archive_of_48_megabytes_is_taken() {
    let padding = "y".repeat(4 << 20);
    let mut noise = String::with_capacity(CODE_BYTES);
    // What does not compress.
    let mut state = 1_u64;
    while noise.len() < CODE_BYTES - (1 << 20) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        noise += &format!("{state:016x}");
    }
    let half = &noise[..noise.len() / 2];
    let archive = crate::support::zip(&[("exec", BASH_LOOP), ("pad", &padding), ("noise", half)]);
    let container = Container::start("exec");
    let code = crate::support::base64(&archive);
    let value = json!({ "main": "main", "binary": true, "code": code });
    assert_eq!(container.init_value(&value).status, 200);
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn parameters_and_results_of_a_megabyte_pass() {
    let container = Container::with("exec", BASH_LOOP);
    let text = "ä".repeat(PARAMETERS_BYTES / 2 - 64);
    let answer = container.run(&json!({ "text": text }));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["value"]["text"], text);
}

#[test]
fn results_over_a_megabyte_are_left_for_the_platform_to_cut() {
    if !has_python() {
        return;
    }
    let code = "def main(args):\n    return {'text': 'x' * args['bytes']}\n";
    let container = Container::with("python:3", code);
    let answer = container.run(&json!({ "bytes": 5 * PARAMETERS_BYTES }));
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() > 5 * PARAMETERS_BYTES);
}

#[test]
fn parameters_without_end_are_refused() {
    let container = Container::with("exec", BASH_LOOP);
    let answer = container.run(&json!({ "text": "x".repeat(3 << 20) }));
    assert_eq!(answer.status, 413);
    assert!(answer.error().contains("larger than allowed"), "{answer:?}");
    assert_eq!(container.run(&json!({})).status, 200);
}

#[test]
fn nothing_is_left_of_many_activations() {
    const ROUNDS: usize = 300;
    let container = Container::with("exec", &bash(r#"echo '{}' >&3"#));
    let descriptors = || {
        let directory = std::fs::read_dir(format!("/proc/{}/fd", container.pid()));
        directory.expect("it is ours").count()
    };
    for _ in 0..10 {
        container.run(&json!({}));
    }
    let (before, family) = (descriptors(), container.family());
    for _ in 0..ROUNDS {
        assert_eq!(container.run(&json!({})).status, 200);
    }
    let after = crate::support::until("the last connection's end", || {
        let now = descriptors();
        (now <= before + 1).then_some(now)
    });
    assert!(after <= before + 1);
    assert_eq!(container.family(), family);
    assert_eq!(container.log().sentinels(), (ROUNDS + 10, ROUNDS + 10));
}

#[test]
fn nothing_is_left_of_processes_that_ended() {
    let container = Container::with("exec", &bash("echo '{}' >&3; exit 0"));
    let count = || {
        let directory = std::fs::read_dir(format!("/proc/{}/fd", container.pid()));
        (
            directory.expect("it is ours").count(),
            container.family().len(),
        )
    };
    for _ in 0..5 {
        container.run(&json!({}));
    }
    let (descriptors, processes) = count();
    for _ in 0..50 {
        assert_eq!(container.run(&json!({})).status, 200);
    }
    crate::support::until("what was there before", || {
        let now = count();
        (now.0 <= descriptors + 1 && now.1 <= processes + 1).then_some(())
    });
}
