//! An alarm to the microsecond.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::unix::AsyncFd;

use crate::watch::watch;

/// What is due already goes off after this: nothing at all would switch the timer off.
const AFTER_MIN: Duration = Duration::from_nanos(1);

/// An alarm that goes off when it is due, where tokio's timers wait for the next millisecond:
/// timerfd_create(2), on the clock that [`std::time::Instant`] tells.
#[derive(Debug)]
pub struct Alarm {
    timer: TimerFd,
    /// The same timer, as tokio wants it.
    watched: AsyncFd<OwnedFd>,
}

impl Alarm {
    /// An alarm that is not set.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        let watched = watch(timer.as_fd().try_clone_to_owned()?)?;
        Ok(Self { timer, watched })
    }

    /// Has it go off once, so much later, and not when it was to go off before.
    pub fn set(&self, after: Duration) {
        let once = Expiration::OneShot(TimeSpec::from_duration(after.max(AFTER_MIN)));
        let set = self.timer.set(once, TimerSetTimeFlags::empty());
        set.expect("any time from now on can be set");
    }

    /// Ready once for each time that it has gone off; wakes the task when it does.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Ok(mut ready) = ready!(self.watched.poll_read_ready(cx)) else {
                // The runtime is shutting down.
                return Poll::Pending;
            };
            let rung = self.timer.wait();
            ready.clear_ready();
            match rung {
                Ok(()) => return Poll::Ready(()),
                // It went off, and was set anew before anybody looked.
                Err(Errno::EAGAIN) => {}
                Err(error) => panic!("a timer of ours can be read: {error}"),
            }
        }
    }
}

#[cfg(test)]
#[path = "alarm_tests.rs"]
mod tests;
