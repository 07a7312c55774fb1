//! The launcher alone, driven over its pipes as the ActionLoop proxy drives it.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use raptor_cluster::launcher::python;

use super::super::Failure;

/// Puts the answers, which launchers write to descriptor 3, into the pipe of standard output.
const REDIRECTED: &str = "exec \"$@\" 3>&1 >/dev/null";

/// A launcher that is up.
pub(super) struct Pipes {
    child: Child,
    stdin: ChildStdin,
    answers: BufReader<ChildStdout>,
    _directory: tempfile::TempDir,
}

impl Pipes {
    /// Starts it with this source, and waits until it has loaded that.
    pub(super) fn start(source: &str) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("main__.py");
        std::fs::write(&file, source)?;
        let argv = python::argv(Path::new("python3"), &file, "main");
        let mut child = Command::new("sh")
            .args(["-c", REDIRECTED, "sh"])
            .args(argv)
            .env("__OW_WAIT_FOR_ACK", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().expect("it is piped");
        let answers = child.stdout.take().expect("it is piped");
        let mut pipes = Self {
            child,
            stdin,
            answers: BufReader::new(answers),
            _directory: directory,
        };
        let ack = pipes.line()?;
        if !ack.contains("true") {
            return Err(format!("start the launcher: it said {ack:?}").into());
        }
        Ok(pipes)
    }

    /// One activation.
    pub(super) fn ask(&mut self, line: &str) -> Result<Duration, Failure> {
        let started = Instant::now();
        self.stdin.write_all(format!("{line}\n").as_bytes())?;
        let answer = self.line()?;
        let took = started.elapsed();
        match answer.starts_with('{') && !answer.contains("\"error\"") {
            true => Ok(took),
            false => Err(format!("ask the launcher: it said {answer:?}").into()),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
