//! What a fork server inherits from whoever started it, and must not pass on.
#![expect(
    unsafe_code,
    reason = "closing descriptors, resetting signals and owning a number are promises"
)]

use std::ffi::c_int;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;

use nix::errno::Errno;

/// Closes all descriptors but the standard ones.
///
/// To be called first in a process, before anything in it has opened one.
pub(super) fn drop_descriptors() -> Result<(), Errno> {
    // SAFETY: it takes numbers. Nothing in this process has a descriptor yet, so none is closed
    // under anybody's feet.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    Errno::result(done).map(drop)
}

/// Lets every signal do what it does by default: a handler, or that a signal is ignored (as
/// under `nohup`), would be inherited by every attempt.
///
/// Straight to the kernel: the C library keeps two real-time signals for itself, and does not let
/// them be reset, but they too may have been inherited as ignored.
pub(super) fn reset_signals() -> Result<(), Errno> {
    const LAST: c_int = 64;
    for signal in 1..=LAST {
        if matches!(signal, libc::SIGKILL | libc::SIGSTOP) {
            continue;
        }
        // The kernel's own `sigaction`: the default handler, no flags, an empty mask.
        let default = [0_u64; 4];
        let former = ptr::null_mut::<u64>();
        // SAFETY: it reads a structure of at most that size. No handler is installed, only
        // removed.
        let done = unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                default.as_ptr(),
                former,
                size_of::<u64>(),
            )
        };
        Errno::result(done)?;
    }
    Ok(())
}

/// Takes possession of a descriptor that this process has just made.
pub(super) fn own(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the caller has made it, and knows it only as this number.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}
