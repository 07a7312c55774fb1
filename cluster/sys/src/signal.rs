//! Signals that Raptor sends, and ends that it sees.

use nix::sys::signal::{self, SigHandler};
use serde::{Deserialize, Serialize};

/// A signal that Raptor sends to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// SIGTERM: asks it to end.
    Terminate,
    /// SIGINT: asks it to end, as Ctrl-C does.
    Interrupt,
    /// SIGKILL: ends it.
    Kill,
    /// SIGSTOP: pauses it; it cannot refuse.
    Stop,
    /// SIGCONT: resumes it.
    Continue,
}

impl From<Signal> for nix::sys::signal::Signal {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Terminate => Self::SIGTERM,
            Signal::Interrupt => Self::SIGINT,
            Signal::Kill => Self::SIGKILL,
            Signal::Stop => Self::SIGSTOP,
            Signal::Continue => Self::SIGCONT,
        }
    }
}

/// How the leader of a group ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// The signal of this number ended it. Real-time signals included, hence a number.
    Signal(i32),
}

/// Lets a write to a pipe that nobody reads fail, where it would end this process.
///
/// Rust sees to that before it calls `main`. It is for a process that lives its life before that,
/// as the nodes of a test harness do, which has a `main` of its own.
#[expect(unsafe_code, reason = "a disposition has no safe wrapper")]
pub fn ignore_broken_pipes() {
    // SAFETY: it installs no handler, so no code of ours runs in one.
    let set = unsafe { signal::signal(signal::Signal::SIGPIPE, SigHandler::SigIgn) };
    // signal(2) refuses only numbers that are no signal's, and the two that cannot be ignored.
    set.expect("SIGPIPE can be ignored");
}
