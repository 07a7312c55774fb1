//! A process that answers activations: one line in, one line out (the ActionLoop protocol).
//!
//! It writes its log straight to this process's own standard output and error; only lines pass
//! through here: to its descriptor 0, and from its descriptor 3.

mod environment;
mod error;
mod shared;
mod starter;

pub(crate) use environment::environment;
pub(crate) use error::{StartError, Unanswered};
pub(crate) use shared::Shared;
pub(crate) use starter::Starter;

use std::ffi::OsString;
use std::future::ready;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use raptor_sys::{ForkServer, Group, Launch, Program, Signal, unread_bytes};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::time::{sleep, timeout};

use super::code::{Launcher, Recipe};
use super::settings::Variables;

/// How long a launcher that does not acknowledge is looked at before it counts as up, as the
/// ActionLoop proxy does.
const UP_AFTER: Duration = Duration::from_millis(5);

/// How long a process that is ended may still put things in order.
const TERM_GRACE: Duration = Duration::from_millis(500);

/// How much is read of an answer at once: first what most are, then what a pipe holds.
const FIRST_READ_BYTES: usize = 4 << 10;
const READ_BYTES: usize = 64 << 10;

/// The longest answer that is taken. The platform cuts what is longer than 1 MB, and must get it
/// for that.
const ANSWER_BYTES_MAX: usize = 32 << 20;

/// A process that has loaded the action. Dropping it kills it, with all that it started.
#[derive(Debug)]
pub(crate) struct Process {
    group: Group,
    input: pipe::Sender,
    answers: pipe::Receiver,
    buffer: BytesMut,
    /// How much of the buffer holds no line break.
    searched: usize,
    launcher: Launcher,
}

/// What a launcher says when it is up.
#[derive(Deserialize)]
struct Acknowledgement {
    ok: bool,
    error: Option<String>,
}

impl Process {
    /// Starts a process, and waits until it has loaded the action.
    pub(crate) async fn start(
        recipe: &Recipe,
        variables: &Variables,
        env: &[(OsString, OsString)],
        fork_server: &ForkServer,
    ) -> Result<Self, StartError> {
        let (stdin, input) = io::pipe().map_err(StartError::Pipe)?;
        let (answers, result) = io::pipe().map_err(StartError::Pipe)?;
        let input = pipe::Sender::from_owned_fd(input.into()).map_err(StartError::Pipe)?;
        let answers = pipe::Receiver::from_owned_fd(answers.into()).map_err(StartError::Pipe)?;
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let launch = Launch {
            program: Program::Named(recipe.program.clone()),
            argv0: recipe.program.clone(),
            args: recipe.args.clone(),
            env: environment::of_launcher(recipe.launcher, variables, env),
            dir: recipe.directory.clone(),
            marker: marker(),
            nice: 0,
            memory_bytes_max: None,
            credentials: None,
            stdin: stdin.into(),
            stdout: stdout
                .as_fd()
                .try_clone_to_owned()
                .map_err(StartError::Pipe)?,
            stderr: stderr
                .as_fd()
                .try_clone_to_owned()
                .map_err(StartError::Pipe)?,
            result: result.into(),
        };
        let mut process = Self {
            group: fork_server.spawn(launch).await?,
            input,
            answers,
            buffer: BytesMut::new(),
            searched: 0,
            launcher: recipe.launcher,
        };
        process.come_up().await?;
        Ok(process)
    }

    async fn come_up(&mut self) -> Result<(), StartError> {
        if self.launcher
            == (Launcher::Stock {
                acknowledges: false,
            })
        {
            return tokio::select! {
                _ = self.group.exited() => Err(StartError::Exited),
                () = sleep(UP_AFTER) => Ok(()),
            };
        }
        let line = self.answer().await.ok_or(StartError::ExitedAbruptly)?;
        match serde_json::from_slice(&line) {
            Ok(Acknowledgement { ok: true, .. }) => Ok(()),
            Ok(Acknowledgement { error, .. }) => {
                let error =
                    error.unwrap_or_else(|| "The action did not initialize properly.".into());
                Err(StartError::Refused(error))
            }
            Err(_) => {
                let line = String::from_utf8_lossy(&line).into_owned();
                Err(StartError::NoAcknowledgement(line))
            }
        }
    }

    /// Whether it is Raptor's own launcher, which marks answers with `!`.
    pub(crate) fn marks_answers(&self) -> bool {
        matches!(self.launcher, Launcher::Own { .. })
    }

    /// Whether it could take an activation. What it said unasked is forgotten.
    pub(crate) async fn is_up(&mut self) -> bool {
        self.searched = 0;
        loop {
            self.buffer.clear();
            self.make_room();
            match self.answers.try_read_buf(&mut self.buffer) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Ok(0) | Err(_) => return false,
            }
        }
        self.buffer.clear();
        // What it started may hold its pipes open.
        tokio::select! {
            biased;
            _ = self.group.exited() => false,
            () = ready(()) => true,
        }
    }

    /// Gives it an activation, a line that ends in a line break, and waits for its answer, which
    /// has none.
    ///
    /// If the future is dropped the process is of no use any more.
    pub(crate) async fn ask(&mut self, line: &[u8]) -> Result<Bytes, Unanswered> {
        let mut rest = match self.input.try_write(line) {
            Ok(written) => &line[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => line,
            Err(_) => return Err(Unanswered::Untouched),
        };
        loop {
            if let Some(answer) = self.take_line() {
                // Who answers what it has not read is not in step with us.
                let is_in_step = rest.is_empty();
                return is_in_step.then_some(answer).ok_or(Unanswered::Exited);
            }
            if self.buffer.len() > ANSWER_BYTES_MAX {
                return Err(Unanswered::TooLong);
            }
            self.make_room();
            tokio::select! {
                biased;
                read = self.answers.read_buf(&mut self.buffer) => match read {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return self.bereaved(line.len() - rest.len()),
                },
                written = self.input.write(rest), if !rest.is_empty() => match written {
                    Ok(written) => rest = &rest[written..],
                    Err(_) => return self.bereaved(line.len() - rest.len()),
                },
                _ = self.group.exited() => return self.bereaved(line.len() - rest.len()),
            }
        }
    }

    /// What becomes of an activation of which so many bytes were written to a process that is gone.
    fn bereaved(&mut self, written: usize) -> Result<Bytes, Unanswered> {
        if let Some(answer) = self.last_words() {
            return Ok(answer);
        }
        // What it started may hold its pipes open, but has no use for lines.
        let is_untouched =
            written == 0 || unread_bytes(&self.input).is_ok_and(|count| count == written);
        Err(if is_untouched {
            Unanswered::Untouched
        } else {
            Unanswered::Exited
        })
    }

    /// Waits for one line.
    async fn answer(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.take_line() {
                return Some(line);
            }
            self.make_room();
            tokio::select! {
                biased;
                read = self.answers.read_buf(&mut self.buffer) => if !matches!(read, Ok(1..)) {
                    return None;
                },
                _ = self.group.exited() => return self.last_words(),
            }
        }
    }

    /// The line that it wrote before it ended, if it did: its children may hold the pipe open.
    fn last_words(&mut self) -> Option<Bytes> {
        loop {
            self.make_room();
            match self.answers.try_read_buf(&mut self.buffer) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return self.take_line(),
            }
        }
    }

    fn make_room(&mut self) {
        self.buffer.reserve(match self.buffer.len() {
            0 => FIRST_READ_BYTES,
            _ => READ_BYTES,
        });
    }

    fn take_line(&mut self) -> Option<Bytes> {
        let fresh = &self.buffer[self.searched..];
        let Some(end) = fresh.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched + end;
        self.searched = 0;
        let mut line = self.buffer.split_to(end + 1);
        line.truncate(end);
        Some(line.freeze())
    }

    /// Ends it: SIGTERM, and after a while SIGKILL to all that is left of it.
    pub(crate) async fn end(mut self) {
        // A process that is gone has nothing to put in order.
        if self.group.signal(Signal::Terminate).is_ok() {
            let _ = timeout(TERM_GRACE, self.group.exited()).await;
        }
        let _ = self.group.reap().await;
    }
}

/// By what the processes of this container are found, if they leave their group.
pub(crate) fn marker() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("runtime.{}/{count}", process::id())
}
