//! `loadtest predict` as people and scripts use it.

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn predict(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .arg("predict")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

fn text(arguments: &[&str]) -> String {
    let output = predict(arguments);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}");
    String::from_utf8(output.stdout).expect("it is text")
}

fn json(arguments: &[&str]) -> Value {
    let text = text(&[arguments, &["--json"]].concat());
    serde_json::from_str(&text).expect(&text)
}

fn complaint(arguments: &[&str]) -> String {
    let output = predict(arguments);
    assert!(!output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const IDEAL: [&str; 4] = ["--workflow", "independent:3", "--service", "exp mean=200ms"];
const POLICIES: [&str; 4] = ["--policy", "fork-join:3", "--policy", "flight:3"];

#[test]
fn policies_stand_beside_the_first_with_their_formulas() {
    let text = text(&[IDEAL, POLICIES].concat());
    let row = |policy: &str| {
        let mut rows = text.lines().map(|row| row.split_whitespace());
        let found = rows.find(|row| row.clone().take(2).eq([policy, "mean"]));
        found.expect(&text).collect::<Vec<_>>().join(" ")
    };
    let fork_join = row("fork-join:3");
    assert!(
        fork_join.contains("366.667 ms 1.0000 m H_K;"),
        "{fork_join}"
    );
    let flight = row("flight:3");
    assert!(
        flight.contains("200.000 ms 0.5455 Erlang(K, N/m)"),
        "{flight}"
    );
}

#[test]
fn programs_get_figures_with_their_errors_and_sources() {
    let fault = ["--fault", "0.3", "--flights", "500"];
    let rows = json(&[&IDEAL[..], &POLICIES, &fault].concat());
    assert_eq!(rows[1]["policy"], "flight:3");
    let said = &rows[1]["prediction"];
    assert_eq!(said["mean"]["source"]["monte_carlo"]["flights"], 500);
    assert!(
        said["mean"]["error"]
            .as_f64()
            .is_some_and(|error| error > 0.0)
    );
    let failure = said["failure"]["value"].as_f64().expect("it is a share");
    assert!((failure - (1.0 - (1.0 - 0.027_f64).powi(3))).abs() < 1e-12);
    assert!(
        rows[1]["ratio"]["mean"]["error"]
            .as_f64()
            .is_some_and(|it| it > 0.0)
    );
    assert_eq!(rows[0]["ratio"]["mean"]["value"], 1.0);
}

#[test]
fn times_that_were_measured_are_read_from_files() {
    let directory = tempfile::tempdir().expect("there is room");
    let file = directory.path().join("f1.txt");
    fs::write(&file, "0.5\n1.5\n").expect("it is written");
    let services = format!("f1={}", file.display());
    let rows = json(&[
        "--workflow",
        "sequence:2",
        "--service",
        "const mean=1s",
        "--services",
        &services,
        "--policy",
        "fork-join:1",
        "--flights",
        "100",
    ]);
    assert_eq!(rows[0]["prediction"]["mean"]["value"], 2.0);
    assert_eq!(rows[0]["prediction"]["p99"]["value"], 2.5);
}

#[test]
fn an_action_is_predicted_from_its_manifest() {
    let action = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/diamond");
    let rows = json(&[action, "--service", "exp mean=1s", "--policy", "flight:2"]);
    assert_eq!(rows[0]["prediction"]["mean"]["value"], 2.0);
}

#[test]
fn what_does_not_fit_is_refused_with_how_to_mend_it() {
    let flight = ["--policy", "flight:3"];
    let with = |arguments: &[&str]| complaint(&[arguments, &flight].concat());
    let sequence = ["--workflow", "sequence:2"];
    let unknown = with(&sequence);
    assert!(
        unknown.contains("what f0 takes: say so with --service"),
        "{unknown}"
    );
    let neither = with(&[]);
    assert!(neither.contains("<DIR|--workflow <FORM>>"), "{neither}");
    let missing = with(&["/nowhere", "--service", "exp mean=1s"]);
    assert!(
        missing.contains("there is no directory /nowhere"),
        "{missing}"
    );
    for (argument, why) in [
        (["--fault", "2"], "write a number from 0 to 1"),
        (["--flights", "1"], "write a number from 2"),
        (["--delay", "soon"], "write a duration such as 500us"),
        (["--services", "f0"], "write a function's name and a file"),
    ] {
        let refused = with(&[&sequence[..], &argument].concat());
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn a_file_for_what_the_workflow_does_not_have_is_refused() {
    let directory = tempfile::tempdir().expect("there is room");
    let file = directory.path().join("times.txt");
    fs::write(&file, "0.5\n").expect("it is written");
    let [f0, f9] = ["f0", "f9"].map(|name| format!("{name}={}", file.display()));
    let with = |arguments: &[&str]| complaint(&[&IDEAL[..], &POLICIES, arguments].concat());
    let stranger = with(&["--services", &f9]);
    assert!(
        stranger.contains("no such function, only f0, f1, f2"),
        "{stranger}"
    );
    let twice = with(&["--services", &f0, "--services", &f0]);
    assert!(twice.contains("it stands there twice"), "{twice}");
}
