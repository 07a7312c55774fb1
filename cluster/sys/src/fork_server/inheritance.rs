//! What a fork server inherits from whoever started it, and must not pass on.
#![expect(
    unsafe_code,
    reason = "closing descriptors, resetting signals and owning a number are promises"
)]

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};

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
pub(super) fn reset_signals() -> Result<(), Errno> {
    for each in Signal::iterator() {
        if matches!(each, Signal::SIGKILL | Signal::SIGSTOP) {
            continue;
        }
        // SAFETY: no handler is installed, only removed.
        unsafe { signal(each, SigHandler::SigDfl) }?;
    }
    Ok(())
}

/// Takes possession of a descriptor that this process has just made.
pub(super) fn own(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the caller has made it, and knows it only as this number.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}
