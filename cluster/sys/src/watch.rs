//! A descriptor that the reactor watches.
#![expect(
    unsafe_code,
    reason = "AsyncFd::register trusts its caller; wrapped here once"
)]

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// Registers `fd` with the reactor of the current runtime.
///
/// # Panics
///
/// Outside a tokio runtime.
pub(crate) fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open, is ours alone, and answers `as_raw_fd` with the same number
    // until it is dropped, which the `AsyncFd` that takes it does last.
    unsafe { AsyncFd::register(fd) }.map_err(io::Error::from)
}
