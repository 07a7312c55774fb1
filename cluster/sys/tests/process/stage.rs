//! What the tests share: attempts with a result to read, and ways to wait for a state.

use std::ffi::OsString;
use std::fs::{self, File};
use std::future::Future;
use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use raptor_sys::{ForkServer, Group, Launch, Program, SpawnError};

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An attempt, and its end of the result pipe.
pub(crate) struct Attempt {
    pub(crate) group: Group,
    pub(crate) result: Output,
}

/// What an attempt writes to its descriptor 3.
pub(crate) struct Output(Option<BufReader<PipeReader>>);

impl Output {
    /// The next line, without its end.
    pub(crate) async fn line(&mut self) -> String {
        let mut pipe = self.0.take().expect("one reader at a time");
        let read = move || {
            let mut line = String::new();
            pipe.read_line(&mut line).map(|_| (pipe, line))
        };
        let (pipe, line) = blocking(read).await;
        self.0 = Some(pipe);
        line.trim_end().to_owned()
    }

    /// The next line, which is a PID.
    pub(crate) async fn pid(&mut self) -> i32 {
        let line = self.line().await;
        line.parse().unwrap_or_else(|_| panic!("{line:?} is a PID"))
    }

    /// All that is left, until everybody who could write is gone.
    pub(crate) async fn rest(mut self) -> Vec<u8> {
        let mut pipe = self.0.take().expect("one reader at a time");
        let read = move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| bytes)
        };
        blocking(read).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> T {
    let work = tokio::task::spawn_blocking(work);
    in_time("a result", work)
        .await
        .expect("reads")
        .expect("reads")
}

/// A fork server for one test.
pub(crate) fn server() -> ForkServer {
    ForkServer::start().expect("starts")
}

/// A launch of `program`, to be changed at will, and its result.
pub(crate) fn launch(program: Program, argv0: &str, args: &[&str]) -> (Launch, Output) {
    let null = || File::options().read(true).write(true).open("/dev/null");
    let null = || null().expect("opens").into();
    let (result, writer) = io::pipe().expect("a pipe");
    let launch = Launch {
        program,
        argv0: argv0.into(),
        args: args.iter().map(OsString::from).collect(),
        env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        dir: "/".into(),
        marker: marker(),
        nice: 0,
        memory_bytes_max: None,
        credentials: None,
        stdin: null(),
        stdout: null(),
        stderr: null(),
        result: writer.into(),
    };
    (launch, Output(Some(BufReader::new(result))))
}

/// Unlike that of any other attempt on this machine.
fn marker() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("test-{}-{number}", std::process::id())
}

/// A shell that runs `script`.
pub(crate) fn shell(script: &str) -> (Launch, Output) {
    launch(Program::Named("sh".into()), "sh", &["-c", script])
}

/// This program, in one of its roles.
pub(crate) fn role(name: &str, args: &[&str]) -> (Launch, Output) {
    launch(Program::Own, &super::roles::argv0(name), args)
}

/// Starts what [`shell`] or [`role`] prepared.
pub(crate) async fn start(
    server: &ForkServer,
    prepared: (Launch, Output),
) -> Result<Attempt, SpawnError> {
    let (launch, result) = prepared;
    let group = server.spawn(launch).await?;
    Ok(Attempt { group, result })
}

/// Starts a shell that runs `script`.
pub(crate) async fn run(server: &ForkServer, script: &str) -> Attempt {
    start(server, shell(script)).await.expect("spawns")
}

/// Makes `path` a program with the content of `source`.
///
/// Another process writes it: a descriptor of ours for writing would, for a moment, be in every
/// process that a test forks meanwhile, and keep it from being executed (ETXTBSY).
pub(crate) fn install(source: &Path, mode: u32, path: &Path) {
    let mut command = Command::new("install");
    command.arg("-m").arg(format!("{mode:o}"));
    let status = command.args([source, path]).status();
    assert!(status.expect("runs").success());
}

/// Makes `path` a script.
pub(crate) fn install_script(text: &str, mode: u32, path: &Path) {
    let source = path.with_extension("text");
    fs::write(&source, format!("#!/bin/sh\n{text}\n")).expect("writes it");
    install(&source, mode, path);
}

/// `work`, unless it hangs.
pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// Waits for a state, not for a time.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The letter that `/proc` gives for the state of `pid`; `None` if there is no such process.
pub(crate) fn state(pid: i32) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text[text.rfind(')')? + 2..].chars().next()
}

/// Whether `pid` was reaped.
pub(crate) fn is_gone(pid: i32) -> bool {
    state(pid).is_none()
}

/// Whether `pid` runs.
pub(crate) fn is_alive(pid: i32) -> bool {
    state(pid).is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// The children of a process with one thread.
pub(crate) fn children(pid: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let text = text.expect("the kernel lists children");
    text.split_whitespace().map(str::to_owned).collect()
}
