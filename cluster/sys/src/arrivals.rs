//! Datagrams that have arrived, taken from the kernel many at once.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};

use crate::unreachable::socket_address;

/// How many are taken at once: more than arrive while one is handled, but in bulk.
const BATCH_DATAGRAMS_MAX: usize = 8;

/// The longest datagram that UDP has.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Datagrams of one socket that have arrived: recvmmsg(2).
///
/// One call both takes what there is and says that there is no more, where one call for each datagram
/// needs another to learn that.
pub struct Arrivals {
    headers: MultiHeaders<SockaddrStorage>,
    buffers: Vec<Vec<u8>>,
    /// How long those in the buffers are, and whence they came.
    datagrams: Vec<(usize, SocketAddr)>,
    taken: usize,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            headers: MultiHeaders::preallocate(BATCH_DATAGRAMS_MAX, None),
            buffers: (0..BATCH_DATAGRAMS_MAX).map(|_| Self::buffer()).collect(),
            datagrams: Vec::with_capacity(BATCH_DATAGRAMS_MAX),
            taken: 0,
        }
    }
}

impl Arrivals {
    /// A buffer for [`take`](Self::take): any datagram fits it.
    pub fn buffer() -> Vec<u8> {
        vec![0; DATAGRAM_BYTES_MAX]
    }

    /// Takes datagrams from a socket that does not block; says whether there may be more. All that were
    /// received before must have been [taken](Self::take).
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] if there are none, else what the kernel says. Nothing was received.
    pub fn receive(&mut self, socket: &UdpSocket) -> io::Result<bool> {
        self.datagrams.clear();
        self.taken = 0;
        let mut slots = self.buffers.iter_mut();
        let mut slots: [_; BATCH_DATAGRAMS_MAX] = std::array::from_fn(|_| {
            let buffer = slots.next().expect("there is a buffer for each");
            [IoSliceMut::new(buffer)]
        });
        let (socket, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
        let received = recvmmsg(socket, &mut self.headers, &mut slots, flags, None)?;
        for datagram in received {
            let from = datagram.address.as_ref().and_then(socket_address);
            let from = from.expect("a datagram of IP has an address of IP");
            self.datagrams.push((datagram.bytes, from));
        }
        Ok(self.datagrams.len() == BATCH_DATAGRAMS_MAX)
    }

    /// The next of those that were received, in order: puts it at the beginning of `buffer`, which must
    /// be one of [`buffer`](Self::buffer), and says how long it is and whence it came.
    pub fn take(&mut self, buffer: &mut Vec<u8>) -> Option<(usize, SocketAddr)> {
        let datagram = *self.datagrams.get(self.taken)?;
        std::mem::swap(buffer, &mut self.buffers[self.taken]);
        self.taken += 1;
        Some(datagram)
    }
}

#[cfg(test)]
#[path = "arrivals_tests.rs"]
mod tests;
