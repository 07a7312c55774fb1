//! Two processors: one for the harness, one for the stub.

use std::io;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use std::time::Duration;

/// Two processors of those that this program may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cores {
    harness: usize,
    stub: usize,
}

impl Cores {
    /// The first two.
    pub(super) fn find() -> io::Result<Self> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        let mut all = (0..CpuSet::count()).filter(|at| allowed.is_set(*at) == Ok(true));
        match (all.next(), all.next()) {
            (Some(harness), Some(stub)) => Ok(Self { harness, stub }),
            _ => Err(io::Error::other(
                "it needs two processors: one for itself, one for the stub",
            )),
        }
    }

    /// Starts the stub by `start` on its own, and keeps to the other from then on. Threads that are
    /// started later inherit it.
    pub(super) fn part<T>(self, start: impl FnOnce() -> T) -> io::Result<T> {
        keep_to(self.stub)?;
        let stub = start();
        keep_to(self.harness)?;
        Ok(stub)
    }
}

/// Keeps this thread to a processor.
fn keep_to(processor: usize) -> io::Result<()> {
    let mut one = CpuSet::new();
    one.set(processor)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &one)?)
}

/// How long all threads of this process have computed.
pub(super) fn computed() -> Duration {
    let spent = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID);
    spent.expect("every Linux has this clock").into()
}
