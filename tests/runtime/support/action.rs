//! Actions in several languages.

use std::process::{Command, Stdio};

use raptor_cluster::testing::gate;

/// An ActionLoop program that gives what it gets: without an acknowledgement, and in plain Bash.
pub(crate) const BASH_LOOP: &str = r#"#!/bin/bash
while IFS= read -r line; do
  echo "$line" >&3
done
"#;

/// An ActionLoop program in Bash that does this with every `$line`.
pub(crate) fn bash(body: &str) -> String {
    format!("#!/bin/bash\nwhile IFS= read -r line; do\n{body}\ndone\n")
}

fn works(program: &str) -> Result<(), String> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} --version ends with {status}")),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// Whether there is Python. If not, says that the test is skipped.
pub(crate) fn has_python() -> bool {
    gate("python", works("python3")).is_some()
}

/// The same program in each language that there is, with the kind of its action.
pub(crate) fn languages<'a>(python: &'a str, node: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut languages = Vec::new();
    if has_python() {
        languages.push(("python:3", python));
    }
    if has_nodejs() {
        languages.push(("nodejs:20", node));
    }
    languages
}

/// Whether there is Node.js. If not, says that the test is skipped.
pub(crate) fn has_nodejs() -> bool {
    gate("nodejs", works("node")).is_some()
}
