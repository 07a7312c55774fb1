//! What a process says while it runs, and how it ends.

use std::io;

use bytes::{Bytes, BytesMut};
use raptor_sys::{Exit, Group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use super::launching::Launched;

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
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Reads what the process says until it has exited and its pipes are empty. What it leaves running
/// may hold the pipes open: they are not waited for.
pub(super) async fn watch(
    launched: Launched,
    limits: Limits,
    overflowed: impl Fn(),
) -> Result<Watched, String> {
    let Launched {
        mut group,
        result,
        stdout,
        stderr,
    } = launched;
    let mut result = Outlet::new(result, limits.result_bytes_max + 1, Keep::First);
    let mut stdout = Outlet::new(stdout, limits.log_bytes_max, Keep::Last);
    let mut stderr = Outlet::new(stderr, limits.log_bytes_max, Keep::Last);
    let exit = loop {
        tokio::select! {
            exit = group.exited() => break exit.map_err(|lost| lost.to_string())?,
            () = result.read(), if result.is_open() => {
                if result.kept.len() > limits.result_bytes_max {
                    result.pipe = None;
                    overflowed();
                }
            }
            () = stdout.read(), if stdout.is_open() => {}
            () = stderr.read(), if stderr.is_open() => {}
        }
    };
    Ok(Watched {
        group,
        exit,
        result: result.finish().freeze(),
        stdout: String::from_utf8_lossy(&stdout.finish()).into_owned(),
        stderr: String::from_utf8_lossy(&stderr.finish()).into_owned(),
    })
}

/// Which part is kept of what is too long.
#[derive(Clone, Copy)]
enum Keep {
    First,
    Last,
}

/// The reading end of one of a process's pipes.
struct Outlet {
    pipe: Option<Receiver>,
    kept: BytesMut,
    bytes_max: usize,
    keep: Keep,
}

impl Outlet {
    fn new(pipe: Receiver, bytes_max: usize, keep: Keep) -> Self {
        Self {
            pipe: Some(pipe),
            kept: BytesMut::new(),
            bytes_max,
            keep,
        }
    }

    fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Waits for something to read, and reads it. Cancel-safe.
    async fn read(&mut self) {
        if let Some(pipe) = &mut self.pipe {
            self.kept.reserve(READ_BYTES);
            let read = pipe.read_buf(&mut self.kept).await;
            self.took(read);
        }
    }

    /// Takes what is there without waiting, and gives all that was kept.
    fn finish(mut self) -> BytesMut {
        while let Some(pipe) = &self.pipe {
            self.kept.reserve(READ_BYTES);
            let read = pipe.try_read_buf(&mut self.kept);
            self.took(read);
        }
        self.kept
    }

    fn took(&mut self, read: io::Result<usize>) {
        // A pipe that cannot be read says no more than one that ended, or one that is empty when
        // nobody is left to fill it.
        if !matches!(read, Ok(1..)) {
            self.pipe = None;
        }
        let excess = self.kept.len().saturating_sub(self.bytes_max);
        match self.keep {
            Keep::First => self.kept.truncate(self.bytes_max),
            Keep::Last => drop(self.kept.split_to(excess)),
        }
    }
}
