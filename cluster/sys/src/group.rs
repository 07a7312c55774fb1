//! A process group with one owner.
//!
//! A PID can be recycled only once its process is reaped. The fork server reaps a group's leader
//! only when told to, and [`Group::reap`] takes the group by value; every [`Leash`] is cut before
//! the server is told. So a PID that was reaped is never signalled.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{kill, killpg};
use nix::unistd::Pid;
use tokio::sync::{oneshot, watch};

use crate::fork_server::Line;
use crate::signal::{Exit, Signal};

/// A running, or exited but unreaped, process group.
///
/// Dropping it does what [`Group::reap`] does, without waiting for it.
#[derive(Debug)]
pub struct Group {
    leader: Pid,
    leash: Leash,
    exit: watch::Receiver<Option<Exit>>,
    line: Arc<Line>,
    condemned: bool,
}

/// What is known of a group when nothing of it is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaped {
    /// How its leader ended.
    pub exit: Exit,
    /// Processor time of the leader and of the descendants that it had waited for.
    pub cpu: Duration,
}

/// An exit was not seen.
#[derive(Debug, thiserror::Error)]
pub enum ExitedError {
    /// The fork server is gone, and the group's processes were killed with it.
    #[error("see the exit of process {leader}: the fork server is gone")]
    Lost {
        /// The group's leader.
        leader: i32,
    },
}

/// A group was not reaped.
#[derive(Debug, thiserror::Error)]
pub enum ReapError {
    /// The fork server is gone. The group's processes are killed; that nothing is left of them
    /// is not known yet.
    #[error("reap process {leader}: the fork server is gone")]
    Lost {
        /// The group's leader.
        leader: i32,
    },
}

/// A signal was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// The group is being reaped, or is lost with the fork server: nobody was signalled.
    #[error("signal a process group: it is reaped")]
    Reaped,
    /// The kernel refused; no process of the group got the signal.
    #[error("signal process group {leader}: {source}")]
    Refused {
        /// The group's leader.
        leader: i32,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Group {
    /// A group that the fork server has just started.
    pub(crate) fn new(
        leader: Pid,
        leash: Leash,
        exit: watch::Receiver<Option<Exit>>,
        line: Arc<Line>,
    ) -> Self {
        Self {
            leader,
            leash,
            exit,
            line,
            condemned: false,
        }
    }

    /// The PID of its leader, which is also the number of the group.
    pub fn pid(&self) -> i32 {
        self.leader.as_raw()
    }

    /// A way for others to signal the group for as long as it is not reaped.
    pub fn leash(&self) -> Leash {
        self.leash.clone()
    }

    /// Signals every process of the group.
    ///
    /// # Errors
    ///
    /// As [`Leash::signal`].
    pub fn signal(&self, signal: Signal) -> Result<(), SignalError> {
        self.leash.signal(signal)
    }

    /// Waits until the leader has exited, and leaves it unreaped.
    ///
    /// May be dropped and called again at any time; later calls answer at once.
    ///
    /// # Errors
    ///
    /// [`ExitedError::Lost`] if the fork server dies first.
    pub async fn exited(&mut self) -> Result<Exit, ExitedError> {
        let seen = self.exit.wait_for(Option::is_some).await;
        seen.ok()
            .and_then(|exit| *exit)
            .ok_or(ExitedError::Lost { leader: self.pid() })
    }

    /// Kills the group (SIGKILL) and everything that left it, and reaps the leader.
    ///
    /// Resolves when nothing is left: no process of the group, no descendant of its leader, no
    /// process that carries its marker. The work goes on if the future is dropped.
    ///
    /// # Errors
    ///
    /// [`ReapError::Lost`] if the fork server dies first.
    pub async fn reap(mut self) -> Result<Reaped, ReapError> {
        let leader = self.pid();
        let reaped = self.condemn();
        reaped.await.map_err(|_| ReapError::Lost { leader })
    }

    /// Cuts the leash, then has the server kill and reap.
    fn condemn(&mut self) -> oneshot::Receiver<Reaped> {
        self.condemned = true;
        self.leash.cut();
        self.line.reap(self.leader)
    }
}

impl Drop for Group {
    /// An owner that unwinds leaves no process behind.
    fn drop(&mut self) {
        if !self.condemned {
            // Nobody waits for the answer.
            drop(self.condemn());
        }
    }
}

/// Signals a group that somebody else owns.
///
/// Cheap to clone. After the group's reaping began it answers [`SignalError::Reaped`].
#[derive(Clone, Debug)]
pub struct Leash {
    /// The leader, until the leash is cut. Signals are sent under this lock, so that none is under
    /// way when the server is told to reap.
    leader: Arc<Mutex<Option<Pid>>>,
}

impl Leash {
    /// A leash on the group of `leader`, which is not reaped before the leash is cut.
    pub(crate) fn new(leader: Pid) -> Self {
        Self {
            leader: Arc::new(Mutex::new(Some(leader))),
        }
    }

    /// Signals every process of the group, exited ones without effect.
    ///
    /// # Errors
    ///
    /// [`SignalError`]; in each case nobody was signalled.
    pub fn signal(&self, signal: Signal) -> Result<(), SignalError> {
        let leader = self.leader.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pid) = *leader else {
            return Err(SignalError::Reaped);
        };
        let signal = nix::sys::signal::Signal::from(signal);
        let sent = match killpg(pid, signal) {
            // The leader moved to another group, and left none behind.
            Err(Errno::ESRCH) => kill(pid, signal),
            sent => sent,
        };
        sent.map_err(|errno| SignalError::Refused {
            leader: pid.as_raw(),
            source: errno.into(),
        })
    }

    /// From now on nobody is signalled; a signal under way is sent before this returns.
    pub(crate) fn cut(&self) {
        let mut leader = self.leader.lock().unwrap_or_else(PoisonError::into_inner);
        *leader = None;
    }
}
