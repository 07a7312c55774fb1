//! `raptor check`.

use serde_json::json;

use super::write_action;
use crate::support::{Ended, NOOP, Program, Stage, directory, exec, zone};

fn said(ended: &Ended, status: i32, what: &str) {
    assert_eq!(ended.status, Some(status), "{ended:?}");
    let text = if status == 0 {
        &ended.stdout
    } else {
        &ended.stderr
    };
    assert!(text.contains(what), "{what:?} in {ended:?}");
}

#[tokio::test]
async fn good_configurations_and_manifests_are_valid() {
    let stage = Stage::new();
    let check = || Program::new(&stage, &["check"]);
    for letter in ['a', 'b', 'c'] {
        said(
            &check().arg(zone(letter)).run().await,
            0,
            ": a valid configuration",
        );
    }
    let hello = directory("hello");
    let valid = ": a valid action of 2 functions, flown by 2";
    said(&check().arg(&hello).run().await, 0, valid);
    said(
        &check().arg(hello.join("action-manifest.json")).run().await,
        0,
        valid,
    );
}

#[tokio::test]
async fn all_problems_of_a_configuration_are_told_at_once() {
    let stage = Stage::new();
    let file = stage.write(
        "bad.toml",
        "flight.grace = \"fast\"\nnode.zone = \"a b\"\nx = 1\n",
    );
    let ended = Program::new(&stage, &["check"]).arg(&file).run().await;
    for problem in [
        "flight.grace: takes a duration",
        "node.zone: \"a b\" is no name",
        "x: no such key",
    ] {
        said(&ended, 2, &format!("{}: {problem}", file.display()));
    }
}

#[tokio::test]
async fn several_files_are_checked_as_the_layers_of_one_configuration() {
    let stage = Stage::new();
    let first = stage.write("first.toml", "membership.probe_timeout = \"900ms\"\n");
    let second = stage.write("second.toml", "membership.probe_period = \"1s\"\n");
    let check = |files: &[&std::path::PathBuf]| {
        let program = Program::new(&stage, &["check"]);
        files.iter().fold(program, Program::arg).run()
    };
    let why = "membership.probe_timeout: must be shorter than membership.probe_period";
    said(&check(&[&first]).await, 2, why);
    let valid = format!(
        "{}, {}: a valid configuration",
        first.display(),
        second.display()
    );
    said(&check(&[&first, &second]).await, 0, &valid);
    let notes = stage.write("notes.txt", "hello");
    let why = "notes.txt: of several files, all must be configurations (.toml)";
    said(&check(&[&first, &notes]).await, 2, why);
}

#[tokio::test]
async fn all_problems_of_a_manifest_are_told_at_once() {
    let stage = Stage::new();
    let noop = exec(NOOP);
    let bad = json!({
        "f": { "depends": ["f"], "exec": ["true"] },
        "g": { "depends": [], "file": "../g.py" },
        "h": noop,
    });
    let directory = write_action(&stage, &bad);
    let ended = Program::new(&stage, &["check"]).arg(directory).run().await;
    for problem in [
        "f.depends[0]: the function depends on itself",
        "g.file: the path contains \"..\"",
    ] {
        said(&ended, 2, problem);
    }
}

#[tokio::test]
async fn what_is_neither_is_said_to_be_neither() {
    let stage = Stage::new();
    let file = stage.write("notes.txt", "hello");
    let ended = Program::new(&stage, &["check"]).arg(file).run().await;
    said(
        &ended,
        2,
        "it is neither a configuration (.toml) nor a manifest",
    );
    let missing = Program::new(&stage, &["check", "/no/such/file.toml"])
        .run()
        .await;
    said(&missing, 2, "/no/such/file.toml: cannot be read");
}
