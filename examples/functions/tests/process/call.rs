//! Calling a function as a node does.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_raptor-fn");

/// A function's process whose descriptor 3 is our pipe and whose log is our standard error.
pub(crate) fn function(args: &[&str]) -> Command {
    shell_for(Path::new(PROGRAM), args)
}

/// The shell moves descriptors about as a node would, without a line of unsafe code here.
pub(crate) fn shell_for(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "exec \"$@\" 3>&1 1>&2", "sh"])
        .arg(program)
        .args(args)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn start(command: &mut Command, line: &str) -> Child {
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A function that refuses its flags has gone before it reads.
    let _ = input.write_all(line.as_bytes());
    child
}

pub(crate) fn run(command: &mut Command, line: &str) -> Output {
    start(command, line).wait_with_output().unwrap()
}

/// The one line that a successful process sent.
pub(crate) fn result(args: &[&str], line: &str) -> Value {
    result_of(&mut function(args), line)
}

/// As [`result`], of a process that is prepared already.
pub(crate) fn result_of(command: &mut Command, line: &str) -> Value {
    let output = run(command, line);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        1
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
