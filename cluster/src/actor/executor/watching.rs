//! What a process says while it runs, and how it ends.

use std::io;

use bytes::{Bytes, BytesMut};
use raptor_core::{FAULT_LOG_BYTES_MAX, LogLine, Stream};
use raptor_sys::{Exit, Group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use super::launching::Process;
use super::transcript::Transcript;
use crate::clock::Clock;

/// How much is read at once: what a pipe holds.
const READ_BYTES: usize = 64 << 10;

/// How much of what a process says is kept.
pub(super) struct Limits {
    pub(super) result_bytes_max: usize,
    pub(super) log_bytes_max: usize,
}

/// A process that exited, and all it said.
pub(super) struct Watched {
    pub(super) group: Group,
    pub(super) exit: Exit,
    pub(super) result: Bytes,
    /// What it wrote, by lines.
    pub(super) log: Vec<LogLine>,
    /// The end of what it wrote to its standard error.
    pub(super) stderr: String,
}

/// Reads what the process says until it has exited and its pipes are empty. What it leaves running
/// may hold the pipes open: they are not waited for.
pub(super) async fn watch(
    process: Process,
    limits: Limits,
    clock: Clock,
    overflowed: impl Fn(),
) -> Result<Watched, String> {
    let Process {
        mut group,
        result,
        stdout,
        stderr,
    } = process;
    let mut result = Outlet::new(result);
    let mut log = Log {
        stdout: Outlet::new(stdout),
        stderr: Outlet::new(stderr),
        tail: BytesMut::new(),
        transcript: Transcript::new(limits.log_bytes_max),
        clock,
    };
    let exit = loop {
        tokio::select! {
            exit = group.exited() => break exit.map_err(|lost| lost.to_string())?,
            () = result.read(), if result.is_open() => {
                if result.taken.len() > limits.result_bytes_max {
                    result.pipe = None;
                    overflowed();
                }
            }
            () = log.stdout.read(), if log.stdout.is_open() => log.take_stdout(),
            () = log.stderr.read(), if log.stderr.is_open() => log.take_stderr(),
        }
    };
    while result.taken.len() <= limits.result_bytes_max && result.read_more() {}
    result.taken.truncate(limits.result_bytes_max + 1);
    let (log, stderr) = log.finish();
    Ok(Watched {
        group,
        exit,
        result: result.taken.freeze(),
        log,
        stderr,
    })
}

/// What a process writes beside its result.
struct Log {
    stdout: Outlet,
    stderr: Outlet,
    /// The end of its standard error.
    tail: BytesMut,
    transcript: Transcript,
    clock: Clock,
}

impl Log {
    fn take_stdout(&mut self) {
        let now = self.clock.now();
        let bytes = &self.stdout.taken;
        self.transcript.take(Stream::Stdout, bytes, now);
        self.stdout.taken.clear();
    }

    fn take_stderr(&mut self) {
        let now = self.clock.now();
        let bytes = &self.stderr.taken;
        self.transcript.take(Stream::Stderr, bytes, now);
        self.tail.extend_from_slice(bytes);
        let excess = self.tail.len().saturating_sub(FAULT_LOG_BYTES_MAX);
        drop(self.tail.split_to(excess));
        self.stderr.taken.clear();
    }

    /// Takes what is there without waiting.
    fn finish(mut self) -> (Vec<LogLine>, String) {
        while self.stdout.read_more() {
            self.take_stdout();
        }
        while self.stderr.read_more() {
            self.take_stderr();
        }
        let tail = String::from_utf8_lossy(&self.tail).into_owned();
        (self.transcript.finish(self.clock.now()), tail)
    }
}

/// The reading end of one of a process's pipes.
struct Outlet {
    pipe: Option<Receiver>,
    taken: BytesMut,
}

impl Outlet {
    fn new(pipe: Receiver) -> Self {
        Self {
            pipe: Some(pipe),
            taken: BytesMut::new(),
        }
    }

    fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Waits for something to read, and reads it. Cancel-safe.
    async fn read(&mut self) {
        if let Some(pipe) = &mut self.pipe {
            self.taken.reserve(READ_BYTES);
            let read = pipe.read_buf(&mut self.taken).await;
            self.took(&read);
        }
    }

    /// Reads what is there without waiting; says whether it was anything.
    fn read_more(&mut self) -> bool {
        let Some(pipe) = &self.pipe else {
            return false;
        };
        self.taken.reserve(READ_BYTES);
        let read = pipe.try_read_buf(&mut self.taken);
        self.took(&read)
    }

    fn took(&mut self, read: &io::Result<usize>) -> bool {
        // A pipe that cannot be read says no more than one that ended, or one that is empty when
        // nobody is left to fill it.
        let is_some = matches!(read, Ok(1..));
        if !is_some {
            self.pipe = None;
        }
        is_some
    }
}
