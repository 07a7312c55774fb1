//! The floor: datagrams between two threads that do nothing but wait for them.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use super::PAYLOAD_BYTES;
use crate::bench::PATIENCE;

/// A socket that is answered whatever it sends.
pub(super) struct PingPong {
    socket: UdpSocket,
}

impl PingPong {
    /// Starts the thread that answers; it ends with the process.
    pub(super) fn start() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let far = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.connect(far.local_addr()?)?;
        far.connect(socket.local_addr()?)?;
        thread::spawn(move || {
            let mut buffer = [0; 2 * PAYLOAD_BYTES];
            while let Ok(bytes) = far.recv(&mut buffer) {
                if far.send(&buffer[..bytes]).is_err() {
                    return;
                }
            }
        });
        Ok(Self { socket })
    }

    /// How long each of so many round trips took.
    pub(super) fn trips(&self, count: u32) -> io::Result<Vec<Duration>> {
        let mut buffer = [0; 2 * PAYLOAD_BYTES];
        let trip = |_| {
            let start = Instant::now();
            self.socket.send(&[1; PAYLOAD_BYTES])?;
            self.socket.recv(&mut buffer)?;
            Ok(start.elapsed())
        };
        (0..count).map(trip).collect()
    }
}
