//! One small process that forks, guards and reaps all attempts of a node.
//!
//! It is this very program, executed anew, so it has one thread and little memory, and forking
//! it is cheap and safe however large and threaded the node is. It is the attempts' parent: their
//! death signal (`PR_SET_PDEATHSIG`) is tied to its only thread; and a subreaper, so what leaves
//! an attempt becomes its child. It reaps an attempt only when the node says so, hence the node
//! may signal the attempt directly and never hits a PID that was given anew. When the node dies,
//! however it dies, the line between them closes: the server kills everything, and ends.
//!
//! | file | holds |
//! | --- | --- |
//! | `connection`, `ledger` | the node's side: who waits for which answer |
//! | `protocol`, `datagram` | what is said, and how it travels |
//! | `order` | from the caller's words to the kernel's |
//! | `serve`, `inheritance` | the server's process |
//! | `launchpad`, `step` | from an order to a running program |
//! | `wards`, `kin` | the groups, what strays from them, and how `/proc` tells |
//! | `aftermath` | when the server itself was killed |

mod aftermath;
mod connection;
mod datagram;
mod inheritance;
mod kin;
mod launchpad;
mod ledger;
mod order;
mod protocol;
mod serve;
mod step;
mod wards;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::MsgFlags;

pub(crate) use connection::Line;
use protocol::{ANSWER_BYTES_MAX, Answer, decode};
pub use serve::serve_if_asked;
pub use step::Step;

use crate::group::Group;
use crate::launch::Launch;
use crate::watch::watch;

/// The most groups that one server has at a time, running or not yet reaped: at each exit it
/// looks at each of them. Nodes have far fewer slots.
pub const GROUPS_COUNT_MAX: usize = 512;

/// The most bytes that program, arguments, environment and directory of a launch take: one message
/// to the server holds them all, and the kernel's default socket buffers hold little more.
pub const LAUNCH_BYTES_MAX: usize = 256 * 1024;

/// How long a new server may take to say that it is up; typically some milliseconds.
const READY_WAIT_MAX: Duration = Duration::from_secs(10);

/// The fork server of this process, for all its actors.
///
/// Cheap to clone. When the last clone and the last [`Group`] are dropped, the server kills what
/// is left and ends.
#[derive(Clone, Debug)]
pub struct ForkServer {
    line: Arc<Line>,
    pid: u32,
}

/// The fork server was not started; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Called outside a tokio runtime, which must carry the answers.
    #[error("start the fork server: there is no tokio runtime here")]
    NoRuntime,
    /// This process was started to be a fork server itself, but its `main` does not call
    /// [`serve_if_asked`] first.
    #[error("start the fork server: this program does not call serve_if_asked first in its main")]
    NotServing,
    /// There is no socket pair, or it has no room for a launch.
    #[error("open a line to the fork server: {0}")]
    Line(#[source] io::Error),
    /// This program cannot be executed anew.
    #[error("execute this program as the fork server: {0}")]
    Execute(#[source] io::Error),
    /// It ended, or did not say in time that it is up; it was killed.
    #[error("start the fork server: it does not answer")]
    Silent,
}

/// An attempt was not started; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// More than [`LAUNCH_BYTES_MAX`].
    #[error("start {program}: its arguments and environment take {bytes} bytes, more than {max}", max = LAUNCH_BYTES_MAX)]
    TooLong {
        /// What was to be started.
        program: String,
        /// How long it is.
        bytes: usize,
    },
    /// The program, an argument, a variable or the directory holds a NUL byte.
    #[error("start {program}: its program, arguments, environment or directory hold a NUL byte")]
    Nul {
        /// What was to be started.
        program: String,
    },
    /// The name of a variable is empty or holds a `=`.
    #[error("start {program}: {name:?} cannot be the name of a variable")]
    Variable {
        /// What was to be started.
        program: String,
        /// The name.
        name: String,
    },
    /// There are [`GROUPS_COUNT_MAX`] already.
    #[error("start {program}: there are {max} process groups already", max = GROUPS_COUNT_MAX)]
    Full {
        /// What was to be started.
        program: String,
    },
    /// A group with this marker is not reaped yet.
    #[error("start {program}: its marker is that of another attempt")]
    MarkerTaken {
        /// What was to be started.
        program: String,
    },
    /// The kernel refused a step on the way to the program.
    #[error("{step} {program}: {source}")]
    Refused {
        /// Which step.
        step: Step,
        /// What was to be started.
        program: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The fork server is gone.
    #[error("start {program}: the fork server is gone")]
    Lost {
        /// What was to be started.
        program: String,
    },
}

impl ForkServer {
    /// Executes this program anew as a fork server, and waits until it is up.
    ///
    /// Blocks for some milliseconds. The answers of the server are carried by a task of the tokio
    /// runtime in which this is called: when that runtime ends, so does the server.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing was started, or it is killed.
    ///
    /// # Panics
    ///
    /// If the runtime has no reactor (`enable_io`).
    pub fn start() -> Result<Self, StartError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(StartError::NoRuntime);
        }
        // Without this a program that forgets to serve would start itself for ever.
        if serve::is_asked() {
            return Err(StartError::NotServing);
        }
        let (ours, theirs) = datagram::pair().map_err(|errno| StartError::Line(errno.into()))?;
        let ours = watch(ours).map_err(StartError::Line)?;
        let mut server = execute(theirs).map_err(StartError::Execute)?;
        let pid = server.id();
        if !is_ready(ours.get_ref()) {
            // Neither can fail: it is our child, and unreaped.
            let _ = server.kill();
            let _ = server.wait();
            return Err(StartError::Silent);
        }
        let line = Line::open(ours, server);
        Ok(Self { line, pid })
    }

    /// Starts an attempt, as the leader of a group of its own.
    ///
    /// Resolves when the program is executed. If the future is dropped before, what it started is
    /// killed.
    ///
    /// # Errors
    ///
    /// [`SpawnError`]; nothing of the attempt is left.
    pub async fn spawn(&self, launch: Launch) -> Result<Group, SpawnError> {
        let program = order::subject(&launch);
        let (order, descriptors) = order::parse(launch)?;
        let answer = Line::launch(&self.line, &program, order, descriptors)?;
        answer.await.map_err(|_| SpawnError::Lost { program })?
    }

    /// The PID of the server.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

/// Executes this program in the role of the server, with its end of the line as standard input.
///
/// Of the node's environment, which may hold secrets, it gets only what the dynamic linker needs.
fn execute(line: OwnedFd) -> io::Result<Child> {
    const LINKER: &str = "LD_LIBRARY_PATH";
    let mut command = Command::new("/proc/self/exe");
    command.arg0(serve::ROLE).env_clear();
    command.envs(std::env::var_os(LINKER).map(|path| (LINKER, path)));
    command.stdin(line).stdout(Stdio::null()).spawn()
}

/// Waits for the server's first word.
fn is_ready(line: &OwnedFd) -> bool {
    let mut source = [PollFd::new(line.as_fd(), PollFlags::POLLIN)];
    let wait = PollTimeout::try_from(READY_WAIT_MAX).expect("seconds fit into a timeout");
    // A signal that this thread handles meanwhile, as few do, ends the wait.
    if poll(&mut source, wait) != Ok(1) {
        return false;
    }
    let mut buffer = [0; ANSWER_BYTES_MAX];
    match datagram::receive(line.as_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
        Ok(Some((length, _))) => decode::<Answer>(&buffer[..length]) == Answer::Ready,
        Ok(None) | Err(_) => false,
    }
}
