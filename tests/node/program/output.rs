//! What `raptor run` says, and where.

use serde_json::{Value, json};

use super::run;
use crate::support::{Program, Stage, directory, exec, shell};

#[tokio::test]
async fn the_result_stands_alone_on_standard_output_and_the_timeline_on_standard_error() {
    let stage = Stage::new();
    let words = ["run", "--param", "name=Ada", "--flight", "3"];
    let ended = Program::new(&stage, &words)
        .arg(directory("hello"))
        .run()
        .await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(
        ended.stdout,
        "{\"greet\":{\"text\":\"Hello, Ada! Raptor flies.\"}}\n"
    );
    let timeline = &ended.stderr;
    assert!(timeline.starts_with("flight "), "{timeline}");
    for part in [" of 3 members, ", "node-a zone-a", "\n  greet\n", "value"] {
        assert!(timeline.contains(part), "{part:?} in {timeline}");
    }
}

#[tokio::test]
async fn parameters_come_from_a_file_and_from_flags_over_it() {
    let stage = Stage::new();
    let input = stage.write("input.json", r#"{"a": 1, "b": {"c": [2]}}"#);
    let words = [
        "--param", "a=3", "--param", "s=x y", "--param", "e=a=b", "--input",
    ];
    let echo = json!({ "f": exec("raptor fn echo") });
    let ended = run(&stage, &echo, &words).arg(input).run().await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let result: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(
        result,
        json!({ "f": { "a": 3, "b": { "c": [2] }, "s": "x y", "e": "a=b" } })
    );
}

/// An object whose keys are these, in this order.
fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("it is an object");
    object.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn with_json_standard_output_is_one_object_that_tells_it_all() {
    let stage = Stage::new();
    // Member 1 wins when member 0 is there, which then is preempted.
    let race = "if [ $RAPTOR_MEMBER = 0 ]; then >$1/there; exec sleep 600; fi; \
                until [ -e $1/there ]; do sleep 0.01; done; echo '{\"by\":1}' >&3";
    let race = json!({ "f": shell(race, &[stage.path()]) });
    let ended = run(&stage, &race, &["--flight", "2", "--json"]).run().await;
    assert_eq!((ended.status, &*ended.stderr), (Some(0), ""), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.stdout).expect("it is one JSON text");
    let all = [
        "activation_id",
        "duration_us",
        "policy",
        "size_wanted",
        "flight_slots",
        "node_slots",
        "members",
        "attempts",
        "result",
    ];
    assert_eq!(keys(&told), all);
    let id = told["activation_id"].as_str().expect("it is a text");
    assert!(
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    assert_eq!(told["policy"], "flight");
    assert_eq!(
        (&told["size_wanted"], &told["flight_slots"]),
        (&json!(2), &json!(1))
    );
    assert!(told["node_slots"].as_u64() >= Some(1), "{told}");
    assert_eq!(told["result"], json!({ "f": { "by": 1 } }));
    check_members(&told["members"]);
    check_attempts(
        &told["attempts"],
        told["duration_us"].as_i64().expect("it is a number"),
    );
}

fn check_members(members: &Value) {
    let expected = json!([
        { "index": 0, "node": "node-a", "zone": "zone-a", "rotation": 0, "present": true },
        { "index": 1, "node": "node-b", "zone": "zone-b", "rotation": 0, "present": true },
    ]);
    assert_eq!(members, &expected);
}

fn check_attempts(attempts: &Value, duration_us: i64) {
    let attempts = attempts.as_array().expect("it is a list");
    assert_eq!(attempts.len(), 2, "{attempts:?}");
    for attempt in attempts {
        let fields = [
            "function",
            "member",
            "pid",
            "start_us",
            "started_us",
            "end_us",
            "outcome",
            "signal",
        ];
        assert_eq!(keys(attempt), fields);
        assert_eq!(attempt["function"], "f");
        assert!(attempt["pid"].is_u64(), "{attempt}");
        let time = |name: &str| attempt[name].as_i64().expect("it is a number");
        assert!(time("start_us") <= time("started_us"), "{attempt}");
        assert!(time("started_us") < time("end_us"), "{attempt}");
        assert!(time("start_us") < duration_us, "{attempt}");
        let (outcome, signal) = match attempt["member"].as_u64() {
            Some(0) => ("preempted", json!("SIGTERM")),
            Some(1) => ("value", Value::Null),
            other => panic!("no such member: {other:?}"),
        };
        assert_eq!(
            (&attempt["outcome"], &attempt["signal"]),
            (&json!(outcome), &signal)
        );
    }
}

#[tokio::test]
async fn fork_join_runs_everything_once() {
    let stage = Stage::new();
    let noop = exec("raptor fn noop");
    let three = json!({ "a": noop, "b": noop, "c": noop });
    let words = ["--policy", "fork-join", "--flight", "3", "--json"];
    let ended = run(&stage, &three, &words).run().await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(told["policy"], "fork-join");
    let attempts = told["attempts"].as_array().expect("it is a list");
    let mut runs: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt["function"].as_str(), attempt["member"].as_u64()))
        .collect();
    runs.sort_unstable();
    assert_eq!(
        runs,
        [
            (Some("a"), Some(0)),
            (Some("b"), Some(1)),
            (Some("c"), Some(2))
        ]
    );
}
