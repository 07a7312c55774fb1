//! A process held by a descriptor, whoever its parent is.
#![expect(unsafe_code, reason = "pidfds have no safe wrapper")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

/// A process, held so that its number cannot come to mean another: `pidfd_open(2)`.
///
/// The descriptor becomes readable when the process has ended, reaped or not: so anybody can wait
/// for it with `poll(2)`.
#[derive(Debug)]
pub struct Pidfd(OwnedFd);

/// A process was not reached; nothing has happened to it.
#[derive(Debug, thiserror::Error)]
pub enum PidfdError {
    /// Typically there is none of that number any more.
    #[error("hold process {pid}: {source}")]
    Open {
        /// Its number.
        pid: i32,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Pidfd {
    /// Holds the process that goes by this number now.
    ///
    /// # Errors
    ///
    /// [`PidfdError::Open`] if there is none.
    pub fn open(pid: i32) -> Result<Self, PidfdError> {
        // SAFETY: it takes numbers.
        let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let number = Errno::result(opened).map_err(|errno| PidfdError::Open {
            pid,
            source: errno.into(),
        })?;
        let number = i32::try_from(number).expect("a descriptor is a small number");
        // SAFETY: the kernel has just made it for us.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(number) }))
    }

    /// Waits until it has ended, at most that long; says whether it has.
    pub fn wait(&self, limit: Duration) -> bool {
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        let mut sources = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut sources, limit), Ok(1..))
    }

    /// As [`Pidfd::open`], for a process of which nothing but its being gone can be wrong.
    pub(crate) fn of(pid: Pid) -> Option<Self> {
        Self::open(pid.as_raw()).ok()
    }

    /// Sends it SIGKILL; whether it was there to be sent it.
    pub(crate) fn kill(&self) -> bool {
        let (pidfd, no_info) = (self.0.as_raw_fd(), ptr::null::<libc::siginfo_t>());
        // SAFETY: it takes an open descriptor, and no structure.
        let sent = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                pidfd,
                libc::SIGKILL,
                no_info,
                0,
            )
        };
        sent == 0
    }
}

impl AsFd for Pidfd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
#[path = "pidfd_tests.rs"]
mod tests;
