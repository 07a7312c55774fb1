//! Processes that start on some of the processors only.

use std::io;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// Starts a process that has these processors, as all that it starts will; with none, those that
/// this thread has.
///
/// It inherits them from this thread, which has them for that moment: set afterwards, they would
/// not hold for threads that the process has started meanwhile.
pub(super) fn spawn_on(cpus: &[usize], command: &mut Command) -> io::Result<Child> {
    if cpus.is_empty() {
        return command.spawn();
    }
    let this = Pid::from_raw(0);
    let mut wanted = CpuSet::new();
    for &cpu in cpus {
        wanted.set(cpu)?;
    }
    let had = sched_getaffinity(this)?;
    sched_setaffinity(this, &wanted)?;
    let child = command.spawn();
    sched_setaffinity(this, &had)?;
    child
}
