//! Looking at, and reaping, one child.
//!
//! `nix` refuses the status of a process that a real-time signal ended, and has no resource usage,
//! so this asks the kernel itself.
#![expect(
    unsafe_code,
    reason = "waitid with its fifth argument has no safe wrapper"
)]

use std::mem;
use std::ptr;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::signal::Exit;

/// How a child ended, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) exit: Exit,
    /// Processor time of the child and of what it had reaped itself.
    pub(crate) cpu: Duration,
}

/// How `child` ended, if it has; it stays unreaped.
///
/// Fails with `ECHILD` if it is no child of ours.
pub(crate) fn peek(child: Pid) -> Result<Option<Exit>, Errno> {
    let ended = wait(libc::P_PID, child, libc::WNOHANG | libc::WNOWAIT)?;
    Ok(ended.map(|ended| ended.exit))
}

/// Reaps `child`, which has ended, or is about to. From then on its PID may name another process.
///
/// # Panics
///
/// If it is no child of ours: only this process reaps them.
pub(crate) fn reap(child: Pid) -> Ended {
    loop {
        match wait(libc::P_PID, child, 0) {
            Err(Errno::EINTR) => {}
            ended => return ended.ok().flatten().expect("a child of ours ends"),
        }
    }
}

/// Whether this process has any child, dead or alive.
pub(crate) fn has_children() -> bool {
    let any = Pid::from_raw(0);
    wait(libc::P_ALL, any, libc::WNOHANG | libc::WNOWAIT) != Err(Errno::ECHILD)
}

fn wait(which: libc::idtype_t, child: Pid, how: libc::c_int) -> Result<Option<Ended>, Errno> {
    // SAFETY: both are plain data, for which all zeroes is a value.
    let (mut info, mut usage): (libc::siginfo_t, libc::rusage) = unsafe { mem::zeroed() };
    // SAFETY: the kernel writes into two live structures of its own layout, and nothing else.
    let done = unsafe {
        libc::syscall(
            libc::SYS_waitid,
            which,
            child.as_raw(),
            ptr::from_mut(&mut info),
            how | libc::WEXITED | libc::__WALL,
            ptr::from_mut(&mut usage),
        )
    };
    Errno::result(done)?;
    // SAFETY: waitid fills in the fields of SIGCHLD, or leaves the zeroes.
    let (found, status) = unsafe { (info.si_pid() != 0, info.si_status()) };
    let exit = match info.si_code {
        libc::CLD_EXITED => Exit::Code(status),
        _ => Exit::Signal(status),
    };
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(found.then_some(Ended { exit, cpu }))
}

/// A time that the kernel gives; it is never negative.
fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec.unsigned_abs())
        + Duration::from_micros(time.tv_usec.unsigned_abs())
}
