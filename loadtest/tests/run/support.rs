//! What the tests of runs share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How often a state is looked at that nobody tells of.
pub(crate) const POLL: Duration = Duration::from_millis(5);

/// A scenario of that text in a directory of its own.
pub(crate) fn scenario(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scenario.toml");
    fs::write(&path, text).unwrap();
    (directory, path)
}

pub(crate) fn start(path: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .arg("run")
        .arg(path)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs")
}

pub(crate) fn output(path: &Path, arguments: &[&str]) -> Output {
    start(path, arguments).wait_with_output().expect("it ends")
}

/// What a run gave that succeeded: a row for each policy, and what it said.
pub(crate) fn told(output: &Output) -> (Vec<Value>, String) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout.clone()).expect("it is text");
    let rows = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    (rows.collect(), said)
}

/// Functions that do nothing, on three nodes that are made for the run.
pub(crate) const NOOP: &str = r#"
title = "nothing, thrice"
policies = ["fork-join:3", "flight:3"]
requests = 20
warm_up = 3
attempts_alone = 9

[workflow]
shape = "independent:3"
exec = ["raptor", "fn", "noop"]

[target]
url = "embedded:3"
node_slots = 16
"#;
