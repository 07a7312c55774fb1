//! A descriptor that the reactor watches.
#![expect(
    unsafe_code,
    reason = "AsyncFd::register trusts its caller; wrapped here once"
)]

use std::io;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
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

/// Registers a UDP socket with the reactor of the current runtime, for what is of interest and nothing
/// else: `tokio::net::UdpSocket` is always told when there is room to send, which wakes the thread for
/// every datagram that has left the socket's buffer.
///
/// The socket must not block.
///
/// # Errors
///
/// What the kernel says; the socket is closed.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn watch_udp(socket: UdpSocket, interest: Interest) -> io::Result<AsyncFd<UdpSocket>> {
    // SAFETY: a `UdpSocket` owns its descriptor as an `OwnedFd` does.
    unsafe { AsyncFd::register_with_interest(socket, interest) }.map_err(io::Error::from)
}
