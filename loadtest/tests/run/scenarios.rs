//! Scenarios on a cluster that the run makes for itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{NOOP, POLL, output, scenario, start, told};

#[test]
fn a_closed_loop_gives_a_row_for_each_policy() {
    let (_directory, path) = scenario(&[NOOP, "[load]\nclients = 2\n"].concat());
    let (rows, said) = told(&output(&path, &[]));
    let policies: Vec<_> = rows.iter().map(|row| row["policy"].as_str()).collect();
    assert_eq!(policies, [Some("fork-join:3"), Some("flight:3")]);
    for row in &rows {
        assert_eq!(
            (&row["n"], &row["landed"]),
            (&20.into(), &20.into()),
            "{said}"
        );
        assert!(row["mean_ms"].as_f64() > Some(0.0), "{row}");
        assert_eq!(row["attempts_alone"], 27, "nine of each function");
        let policy = row["policy"].as_str().unwrap();
        assert!(said.lines().any(|line| line.starts_with(policy)), "{said}");
    }
}

#[test]
fn an_open_loop_may_be_told_otherwise_and_kept_quiet() {
    let load = "[load]\narrivals = \"poisson rate=100/s\"\n";
    let (_directory, path) = scenario(&[NOOP, load].concat());
    let changes = [
        "--target",
        "embedded:1",
        "--requests",
        "5",
        "--seed",
        "7",
        "--quiet",
    ];
    let (rows, said) = told(&output(&path, &changes));
    assert_eq!(said, "");
    assert!(rows.iter().all(|row| row["landed"] == 5), "{rows:?}");
}

#[test]
fn zones_may_be_far_apart_and_nodes_have_processors_of_their_own() {
    let target = "nodes_per_zone = 2\npin = true\ndelay = \"1ms\"\n[load]\nclients = 1\n";
    let (_directory, path) = scenario(&[NOOP, target].concat());
    let (rows, said) = told(&output(&path, &["--requests", "4"]));
    assert!(rows.iter().all(|row| row["landed"] == 4), "{said}");
}

#[test]
fn functions_with_dependencies_are_measured_alone_too() {
    let text = NOOP.replace("independent:3", "sequence:2");
    let (directory, path) = scenario(&[&text, "[load]\nclients = 1\n"].concat());
    let out = directory.path().join("out");
    let changes = ["--requests", "2", "--out", out.to_str().unwrap()];
    let (rows, said) = told(&output(&path, &changes));
    assert!(rows.iter().all(|row| row["attempts_alone"] == 18), "{said}");
    assert_predicts_what_was_measured_alone(&out);
}

/// One member takes as long over a sequence as its functions do, one after the other.
fn assert_predicts_what_was_measured_alone(run: &Path) {
    let summary = fs::read(run.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    let alone = summary["attempts_alone"].as_array().unwrap().iter();
    let measured: f64 = alone
        .map(|function| function["mean_s"]["value"].as_f64().unwrap())
        .sum();
    let words = "predict --workflow sequence:2 --policy flight:1 --json --run";
    let mut predict = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    let predicted = predict.args(words.split(' ')).arg(run).output().unwrap();
    let said = String::from_utf8_lossy(&predicted.stderr).into_owned();
    let predicted: Value = serde_json::from_slice(&predicted.stdout).expect(&said);
    let mean = predicted[0]["prediction"]["mean"]["value"].as_f64();
    let off = (mean.unwrap() / measured - 1.0).abs();
    assert!(off < 1e-3, "{measured} s measured, {predicted}");
}

/// The first of all stalls the only slot of the only node.
const STALLING: &str = r#"
title = "a stall"
policies = ["flight:1"]
requests = 40
warm_up = 0

[workflow]
shape = "independent:1"
exec = ["sh", "-c", "mkdir MARK 2>&1 && sleep 0.5; echo {} >&3"]

[target]
url = "embedded:1"
node_slots = 1

[load]
arrivals = "constant rate=100/s"
"#;

/// The scenario, and the directory whose existence shows that the first function has begun.
fn stalling(text: &str) -> (TempDir, PathBuf, PathBuf) {
    let marks = tempfile::tempdir().unwrap();
    // Functions may run as somebody else.
    fs::set_permissions(marks.path(), Permissions::from_mode(0o777)).unwrap();
    let mark = marks.path().join("mark");
    let path = marks.path().join("scenario.toml");
    fs::write(&path, text.replace("MARK", mark.to_str().unwrap())).unwrap();
    (marks, path, mark)
}

#[test]
fn a_server_that_stalls_cannot_hide_it() {
    let (_directory, path, _mark) = stalling(STALLING);
    let (rows, said) = told(&output(&path, &["--quiet"]));
    assert_eq!(rows[0]["landed"], 40, "{said}");
    // The 21st was to be sent at 200 ms, and cannot have ended before 500 ms, nor one before it.
    assert!(rows[0]["p50_ms"].as_f64() >= Some(299.0), "{rows:?}");
    assert!(rows[0]["p99_ms"].as_f64() >= Some(499.0), "{rows:?}");
}

#[test]
fn an_interrupted_run_tells_what_is_there() {
    let endless = STALLING
        .replace("requests = 40", "requests = 1000000")
        .replace("arrivals = \"constant rate=100/s\"", "clients = 1");
    let (_directory, path, mark) = stalling(&endless);
    let mut run = start(&path, &[]);
    while !mark.exists() {
        assert_eq!(run.try_wait().unwrap(), None, "it goes on for long");
        std::thread::sleep(POLL);
    }
    let pid = Pid::from_raw(run.id().cast_signed());
    kill(pid, Signal::SIGINT).unwrap();
    let (rows, said) = told(&run.wait_with_output().unwrap());
    assert!(said.contains("since it was interrupted"), "{said}");
    let done = rows[0]["landed"].as_u64();
    assert!((1..1_000_000).contains(&done.unwrap()), "{rows:?}");
}

#[test]
fn failures_are_counted_and_told() {
    let text = NOOP
        .replace("\"noop\"", "\"fail\"")
        .replace("attempts_alone = 9", "");
    let (_directory, path) = scenario(&[&text, "[load]\nclients = 1\n"].concat());
    let (rows, said) = told(&output(&path, &["--requests", "2"]));
    for row in &rows {
        assert_eq!(
            (&row["failed"], &row["landed"]),
            (&2.into(), &0.into()),
            "{said}"
        );
        assert_eq!(row["mean_ms"], Value::Null);
    }
    assert!(said.contains("failed on every member"), "{said}");
}

#[test]
fn mistakes_are_told_before_anything_is_started() {
    let (_directory, path) = scenario(&[NOOP, "[load]\nclient = 2\n"].concat());
    let refused = output(&path, &[]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(
        said.starts_with("loadtest: failed to read the scenario "),
        "{said}"
    );
    assert!(
        said.contains("line 16") && said.contains("client"),
        "{said}"
    );
    let (_directory, path) =
        scenario(&[NOOP, "[load]\narrivals = \"trace file=x.csv\"\n"].concat());
    let refused = output(&path, &[]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.starts_with("loadtest: failed to read the trace "),
        "{said}"
    );
}

#[test]
fn a_run_leaves_a_report_of_what_was_measured_beside_what_was_expected() {
    let (directory, path) = scenario(&[NOOP, "[load]\nclients = 1\n"].concat());
    let out = directory.path().join("out");
    told(&output(&path, &["--out", out.to_str().unwrap(), "--quiet"]));
    let summary = fs::read_to_string(out.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["title"], "nothing, thrice");
    assert_eq!(
        summary["target"]["zones"],
        json!(["zone-a", "zone-b", "zone-c"])
    );
    assert_eq!(summary["target"]["node_slots"], 16, "as the records say");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("nothing, thrice") && page.contains("<svg"));
    let samples = fs::read_to_string(out.join("samples.csv")).unwrap();
    // Three of each policy warm up.
    assert_eq!(samples.lines().count(), 1 + 2 * (20 + 3));
}
