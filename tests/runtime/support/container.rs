//! `raptor runtime` as a container: its process, its port and its log.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::blocking_wait::until;
use super::{Answer, exchange, request};

const SENTINEL: &str = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX";

/// A running runtime. It is killed if a test gives up.
pub(crate) struct Container {
    child: Child,
    address: SocketAddr,
    directory: TempDir,
}

/// What stands in a container's log, from where it was last looked at.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Log {
    /// How many activations have ended, by each stream.
    pub(crate) fn sentinels(&self) -> (usize, usize) {
        let count = |text: &str| text.lines().filter(|line| *line == SENTINEL).count();
        (count(&self.stdout), count(&self.stderr))
    }

    /// Both streams, without the ends of activations.
    pub(crate) fn text(&self) -> String {
        let both = format!("{}{}", self.stdout, self.stderr);
        let lines = both.lines().filter(|line| *line != SENTINEL);
        lines.map(|line| format!("{line}\n")).collect()
    }
}

impl Container {
    /// A container for actions of this kind.
    pub(crate) fn start(kind: &str) -> Self {
        Self::start_with(kind, &[], &[])
    }

    /// With further words, and variables in the image's environment.
    pub(crate) fn start_with(kind: &str, words: &[&str], env: &[(&str, &str)]) -> Self {
        let mut container = Self::start_at(0, kind, words, env);
        let stderr = container.directory.path().join("stderr");
        let port = until("a port", || {
            let text = fs::read_to_string(&stderr).expect("it is there");
            let line = text.strip_suffix('\n')?;
            line.rsplit(':').next()?.parse().ok()
        });
        container.address.set_port(port);
        container
    }

    /// On this port, without waiting until it listens.
    pub(crate) fn start_at(port: u16, kind: &str, words: &[&str], env: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        let file = |name: &str| File::create(directory.path().join(name)).expect("there is room");
        let mut command = Command::new(env!("CARGO_BIN_EXE_raptor"));
        command
            .args([
                "runtime",
                "--kind",
                kind,
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
            ])
            .args(words)
            .env("TMPDIR", directory.path())
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"));
        let child = command.spawn().expect("it was built");
        Self {
            child,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            directory,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A directory of the test's own.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let request = request("POST", path, body.as_ref());
        exchange(self.address, &request).expect("it answers")
    }

    /// `/init` with source.
    pub(crate) fn init(&self, code: &str) -> Answer {
        self.init_value(&json!({ "name": "test", "main": "main", "binary": false, "code": code }))
    }

    /// `/init` with what `value` says.
    pub(crate) fn init_value(&self, value: &Value) -> Answer {
        self.post("/init", json!({ "value": value }).to_string())
    }

    /// `/run` as the invoker sends it.
    pub(crate) fn run(&self, value: &Value) -> Answer {
        self.run_body(&json!({
            "value": value,
            "namespace": "guest",
            "action_name": "/guest/test",
            "action_version": "0.0.1",
            "activation_id": "0123456789abcdef0123456789abcdef",
            "transaction_id": "tid",
            "deadline": "4102444800000",
            "api_key": "key",
        }))
    }

    pub(crate) fn run_body(&self, body: &Value) -> Answer {
        self.post("/run", body.to_string())
    }

    /// A container whose action is initialized.
    pub(crate) fn with(kind: &str, code: &str) -> Self {
        let container = Self::start(kind);
        let answer = container.init(code);
        assert_eq!(answer.status, 200, "{answer:?}\n{:?}", container.log());
        container
    }

    /// All that was logged, but for what was said before the first activation.
    pub(crate) fn log(&self) -> Log {
        let read = |name: &str| {
            let bytes = fs::read(self.directory.path().join(name)).expect("it is there");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let stderr = read("stderr");
        let (_, stderr) = stderr.split_once('\n').expect("it said where it listens");
        Log {
            stdout: read("stdout"),
            stderr: stderr.to_owned(),
        }
    }

    /// All of its standard error.
    pub(crate) fn stderr(&self) -> String {
        let bytes = fs::read(self.directory.path().join("stderr")).expect("it is there");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().cast_signed());
        signal::kill(pid, signal).expect("it is there, and ours");
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the end of the runtime", || {
            child.try_wait().expect("it is ours")
        })
    }

    /// The processes of the action, by their parents.
    pub(crate) fn family(&self) -> Vec<Pid> {
        let mut family = vec![self.pid()];
        let mut at = 0;
        while at < family.len() {
            let parent = family[at];
            let tasks = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
            let children = tasks.unwrap_or_default();
            family.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
            at += 1;
        }
        let pids = family
            .into_iter()
            .map(|pid| Pid::from_raw(pid.cast_signed()));
        pids.collect()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
