//! The program `raptor` as a child process.

use std::ffi::OsStr;
use std::fs::File;
use std::process::{Output, Stdio};

use tokio::process::{Child, Command};

use super::{Process, Stage, in_time};

/// A call of the program.
pub(crate) struct Program {
    command: Command,
    /// Where its standard error goes, if not to whoever waits for its end.
    stderr: Option<File>,
}

/// The program while it runs. It is killed if a test gives up.
pub(crate) struct Running {
    child: Child,
    pub(crate) process: Process,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit status, unless a signal killed it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// `raptor` with these words. The nodes that it starts keep their state on the stage,
    /// and they and their clients have its key.
    pub(crate) fn new(stage: &Stage, words: &[&str]) -> Self {
        Self::started_by(&[], stage, words)
    }

    /// The same, started by a program that executes what its last words say, as setpriv(1) does.
    pub(crate) fn started_by(starter: &[&str], stage: &Stage, words: &[&str]) -> Self {
        let all = [starter, &[env!("CARGO_BIN_EXE_raptor")], words].concat();
        let (program, words) = all.split_first().expect("there is one");
        let mut command = Command::new(program);
        command.args(words).env("TMPDIR", stage.path());
        command.env("RAPTOR__TRANSPORT__KEY_FILE", stage.key_file());
        // What the developer has set is not for these tests.
        command.env_remove("RUST_LOG").env("NO_COLOR", "1");
        Self {
            command,
            stderr: None,
        }
    }

    /// In a network namespace of that name: on a host of its own.
    pub(crate) fn within(self, namespace: &str) -> Self {
        let inner = self.command.as_std();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]);
        command.arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self { command, ..self }
    }

    /// With one more word.
    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    /// With more words.
    pub(crate) fn args(mut self, words: &[&str]) -> Self {
        self.command.args(words);
        self
    }

    /// With a variable in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With its standard error in a file.
    pub(crate) fn stderr(self, file: File) -> Self {
        Self {
            stderr: Some(file),
            ..self
        }
    }

    pub(crate) fn start(mut self) -> Running {
        self.command.stdin(Stdio::null()).kill_on_drop(true);
        self.command.stdout(Stdio::piped());
        self.command
            .stderr(self.stderr.map_or_else(Stdio::piped, Stdio::from));
        let child = self.command.spawn().expect("it was built");
        let pid = child.id().expect("it was not waited for");
        Running {
            process: Process::find(pid).expect("it is ours to reap"),
            child,
        }
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Ended {
        self.start().end().await
    }
}

impl Running {
    /// Waits for its end.
    pub(crate) async fn end(self) -> Ended {
        let output = in_time("the end of raptor", self.child.wait_with_output()).await;
        let Output {
            status,
            stdout,
            stderr,
        } = output.expect("it can be waited for");
        Ended {
            status: status.code(),
            stdout: String::from_utf8(stdout).expect("it is UTF-8"),
            stderr: String::from_utf8(stderr).expect("it is UTF-8"),
        }
    }
}
