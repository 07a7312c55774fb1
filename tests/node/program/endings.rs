//! How `raptor run` ends.

use serde_json::{Value, json};

use super::{endless, run};
use crate::support::{Ended, NOOP, Program, Stage, exec};

#[tokio::test]
async fn a_flight_that_fails_ends_with_1_and_tells_the_fault_of_each_member() {
    let stage = Stage::new();
    let fail = json!({ "f": exec("raptor fn fail --exit 7") });
    let ended = run(&stage, &fail, &["--flight", "3"]).run().await;
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    let error = &ended.stderr;
    let begin = "raptor: the flight failed: every member has failed at \"f\"\n";
    assert!(error.contains(begin), "{error}");
    for node in ["node-a", "node-b", "node-c"] {
        let line = format!(" on {node}: it exited with status 7");
        assert_eq!(error.matches(&line).count(), 1, "{line:?} in {error}");
    }
}

#[tokio::test]
async fn with_json_a_flight_that_fails_says_so_in_the_object() {
    let stage = Stage::new();
    let fail = json!({ "f": exec("raptor fn fail --signal 11") });
    let ended = run(&stage, &fail, &["--flight", "2", "--json"]).run().await;
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(told["result"], Value::Null);
    let error = told["error"].as_str().expect("it is a text");
    assert_eq!(
        error.matches("was killed by signal 11").count(),
        2,
        "{error}"
    );
    let attempts = told["attempts"].as_array().expect("it is a list");
    assert!(
        attempts.iter().all(|attempt| attempt["outcome"] == "fault"),
        "{told}"
    );
}

#[tokio::test]
async fn a_flight_that_takes_too_long_ends_with_124() {
    let stage = Stage::new();
    let endless = json!({ "f": endless() });
    let words = ["--flight", "2", "--timeout", "500ms", "--json"];
    let ended = run(&stage, &endless, &words).run().await;
    assert_eq!(ended.status, Some(124), "{ended:?}");
    assert!(
        ended.stderr.contains("raptor: the activation timed out"),
        "{ended:?}"
    );
    let told: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    let attempts = told["attempts"].as_array().expect("it is a list");
    assert_eq!(attempts.len(), 2);
    for attempt in attempts {
        assert_eq!(
            (&attempt["outcome"], &attempt["signal"]),
            (&json!("cancelled"), &json!("SIGTERM"))
        );
    }
}

/// Bad usage: status 2, nothing on standard output.
fn refused(ended: &Ended, why: &str) {
    assert_eq!((ended.status, &*ended.stdout), (Some(2), ""), "{ended:?}");
    assert!(ended.stderr.contains(why), "{why:?} in {ended:?}");
}

#[tokio::test]
async fn bad_usage_ends_with_2_and_says_why() {
    let stage = Stage::new();
    let noop = json!({ "f": exec(NOOP) });
    let words: [(&[&str], &str); 6] = [
        (&["--flight", "0"], "0 is not in 1..=128"),
        (
            &["--timeout", "soon"],
            "invalid value 'soon' for '--timeout <DURATION>'",
        ),
        (
            &["--policy", "luck"],
            "[possible values: flight, fork-join]",
        ),
        (
            &["--param", "x"],
            "failed to read the parameter \"x\": write it as KEY=VALUE",
        ),
        (
            &["--input", "/no/such/file"],
            "failed to read the parameters in /no/such/file: ",
        ),
        (&["--fast"], "unexpected argument '--fast'"),
    ];
    for (words, why) in words {
        refused(&run(&stage, &noop, words).run().await, why);
    }
    refused(
        &Program::new(&stage, &["fly"]).run().await,
        "unrecognized subcommand 'fly'",
    );
    refused(&Program::new(&stage, &["run"]).run().await, "<DIR>");
}

#[tokio::test]
async fn a_bad_manifest_ends_with_2_and_names_each_bad_key() {
    let stage = Stage::new();
    let bad = json!({
        "f": { "depends": ["g"], "exec": ["true"] },
        "h": { "depends": [], "exec": ["true"], "retrys": 2, "timeout": "soon" },
    });
    let ended = run(&stage, &bad, &[]).run().await;
    refused(&ended, "action-manifest.json:\n");
    for key in [
        "f.depends[0]: unknown function \"g\"",
        "h.retrys: unknown key",
        "h.timeout: ",
    ] {
        assert!(ended.stderr.contains(key), "{key:?} in {ended:?}");
    }
    let empty = Program::new(&stage, &["run"]).arg(stage.path()).run().await;
    refused(&empty, "has no action-manifest.json");
}
