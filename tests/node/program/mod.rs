//! The command line.

mod check;
mod endings;
mod interrupts;
mod keys;
mod output;

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Program, Stage, exec};

/// Writes an action without files to the stage, and gives its directory.
fn write_action(stage: &Stage, manifest: &Value) -> PathBuf {
    let file = stage.write("action/action-manifest.json", manifest.to_string());
    file.parent().expect("it is in a directory").to_owned()
}

/// `raptor run` of an action.
fn run(stage: &Stage, manifest: &Value, words: &[&str]) -> Program {
    let directory = write_action(stage, manifest);
    let program = Program::new(stage, &["run"]).arg(directory);
    words.iter().fold(program, Program::arg)
}

/// A function that does not end.
fn endless() -> Value {
    exec("sleep 600")
}
