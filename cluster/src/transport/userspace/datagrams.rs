//! The UDP socket under the associations.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::task::{Context, Poll, ready};

use raptor_sys::Arrivals;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::settings::SOCKET_BUFFER_BYTES;
use crate::transport::{ListenError, Traffic};

/// What waits while the operating system takes no more. SCTP sends again what is dropped beyond.
const BACKLOG_PACKETS_MAX: usize = 1024;

/// One UDP socket, what it has received, and the packets that it did not take yet.
pub(super) struct Datagrams {
    /// Registered for reading alone.
    socket: AsyncFd<UdpSocket>,
    arrivals: Arrivals,
    /// The same socket, registered for writing while there is a backlog.
    outlet: Option<AsyncFd<UdpSocket>>,
    backlog: VecDeque<(SocketAddr, Vec<u8>)>,
    unsent: u64,
    traffic: Traffic,
    /// Where nobody listens, by what came back for packets of ours.
    unreachable: VecDeque<SocketAddr>,
}

impl Datagrams {
    pub(super) fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Socket { address, source };
        Ok(Self {
            socket: open(address).map_err(failed)?,
            arrivals: Arrivals::default(),
            outlet: None,
            backlog: VecDeque::new(),
            unsent: 0,
            traffic: Traffic::default(),
            unreachable: VecDeque::new(),
        })
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.get_ref().local_addr()
    }

    /// How many packets were dropped because the operating system took no more.
    pub(super) fn unsent(&self) -> u64 {
        self.unsent
    }

    /// What went through the socket; which packets were sent again is not known here.
    pub(super) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sends a packet now, or as soon as there is room.
    pub(super) fn send(&mut self, to: SocketAddr, packet: Vec<u8>) {
        if !self.backlog.is_empty() || !self.try_send(to, &packet) {
            self.postpone(to, packet);
        }
    }

    /// An address at which nobody listened when a packet of ours came there.
    pub(super) fn next_unreachable(&mut self) -> Option<SocketAddr> {
        self.unreachable.pop_front()
    }

    /// Whether the socket has taken the packet, or never will.
    fn try_send(&mut self, to: SocketAddr, packet: &[u8]) -> bool {
        let mut sent = self.socket.get_ref().send_to(packet, to);
        if is_refused(&sent) {
            // That was said of an earlier packet; this one has not been tried.
            self.hear_unreachable();
            sent = self.socket.get_ref().send_to(packet, to);
        }
        match sent {
            Ok(bytes) => {
                self.traffic.packets_sent += 1;
                self.traffic.bytes_sent += bytes as u64;
                true
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) => {
                // To SCTP it is a packet lost on the way; if it goes on the peer is given up.
                tracing::debug!(%to, %error, "a packet was not sent");
                self.unsent += 1;
                true
            }
        }
    }

    /// Takes note of what has come back for packets of ours.
    pub(super) fn hear_unreachable(&mut self) {
        while let Some(address) = raptor_sys::next_unreachable(self.socket.get_ref()) {
            self.unreachable.push_back(address);
        }
    }

    fn postpone(&mut self, to: SocketAddr, packet: Vec<u8>) {
        if self.backlog.len() < BACKLOG_PACKETS_MAX {
            self.backlog.push_back((to, packet));
        } else {
            self.unsent += 1;
        }
    }

    /// Sends what waits; wakes the task when there is room for more.
    pub(super) fn poll_backlog(&mut self, cx: &mut Context<'_>) {
        while !self.backlog.is_empty() {
            match self.poll_room(cx) {
                Poll::Ready(Ok(())) => self.send_backlog(),
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "packets that wait are not sent");
                    self.unsent += self.backlog.len() as u64;
                    self.backlog.clear();
                }
                Poll::Pending => return,
            }
        }
        self.outlet = None;
    }

    /// Ready when the socket may take a packet.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outlet = match self.outlet.take() {
            Some(outlet) => outlet,
            None => {
                let socket = self.socket.get_ref().try_clone()?;
                raptor_sys::watch_udp(socket, Interest::WRITABLE)?
            }
        };
        let outlet = self.outlet.insert(outlet);
        outlet.poll_write_ready(cx).map_ok(|_| ())
    }

    /// Sends packets that wait, until the socket takes no more.
    fn send_backlog(&mut self) {
        while let Some((to, packet)) = self.backlog.pop_front() {
            if !self.try_send(to, &packet) {
                self.backlog.push_front((to, packet));
                // To be told of room once more, it is registered anew.
                self.outlet = None;
                return;
            }
        }
    }

    /// Receives one datagram; wakes the task when there is another. The buffer is one of
    /// [`Arrivals::buffer`].
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<u8>,
    ) -> Poll<(usize, SocketAddr)> {
        loop {
            if let Some(arrived) = self.arrivals.take(buffer) {
                self.traffic.packets_received += 1;
                self.traffic.bytes_received += arrived.0 as u64;
                return Poll::Ready(arrived);
            }
            let Ok(mut ready) = ready!(self.socket.poll_read_ready(cx)) else {
                // The runtime is shutting down.
                return Poll::Pending;
            };
            match self.arrivals.receive(self.socket.get_ref()) {
                Ok(true) => {}
                Ok(false) => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                // Left behind by a packet of ours to an address where nobody listens.
                Err(error) => {
                    drop(ready);
                    tracing::debug!(%error, "the socket reports");
                    self.hear_unreachable();
                }
            }
        }
    }
}

fn open(address: SocketAddr) -> io::Result<AsyncFd<UdpSocket>> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    socket.set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    raptor_sys::keep_unreachable(&socket, address)?;
    raptor_sys::watch_udp(socket.into(), Interest::READABLE)
}

fn is_refused(sent: &io::Result<usize>) -> bool {
    matches!(sent, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}
