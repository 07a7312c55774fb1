//! `loadtest compare`, as people and scripts meet it when something is wrong.

use std::fs;
use std::process::{Command, Output, Stdio};

fn compare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .arg("compare")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

fn complaint(arguments: &[&str]) -> String {
    let output = compare(arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "nothing was compared");
    String::from_utf8(output.stderr).expect("it is text")
}

#[test]
fn a_directory_that_is_no_run_is_named_with_what_would_be_one() {
    let empty = tempfile::tempdir().expect("there is a place for it");
    let path = empty.path().to_str().expect("it is text");
    let told = complaint(&[path, path]);
    assert!(
        told.starts_with("loadtest: failed to read a run from "),
        "{told}"
    );
    assert!(
        told.contains(path) && told.contains("loadtest run"),
        "{told}"
    );
}

#[test]
fn a_run_of_another_format_is_refused_with_both_formats() {
    let directory = tempfile::tempdir().expect("there is a place for it");
    let summary = directory.path().join("summary.json");
    fs::write(&summary, "{\"format\": 2, \"what\": \"else\"}").expect("it is written");
    let path = directory.path().to_str().expect("it is text");
    let told = complaint(&[path, path]);
    assert!(
        told.contains("its format is 2, and this program reads 1"),
        "{told}"
    );
    assert!(told.contains("summary.json"), "{told}");
}
