//! The UDP socket under the associations.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::settings::SOCKET_BUFFER_BYTES;
use crate::transport::ListenError;

/// What waits while the operating system takes no more. SCTP sends again what is dropped beyond.
const BACKLOG_PACKETS_MAX: usize = 1024;

/// The longest datagram that UDP has.
pub(super) const DATAGRAM_BYTES_MAX: usize = 65_535;

/// One UDP socket and the packets that it did not take yet.
pub(super) struct Datagrams {
    socket: UdpSocket,
    backlog: VecDeque<(SocketAddr, Vec<u8>)>,
    unsent: u64,
    /// Where nobody listens, by what came back for packets of ours.
    unreachable: VecDeque<SocketAddr>,
}

impl Datagrams {
    pub(super) fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Socket { address, source };
        Ok(Self {
            socket: open(address).map_err(failed)?,
            backlog: VecDeque::new(),
            unsent: 0,
            unreachable: VecDeque::new(),
        })
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// How many packets were dropped because the operating system took no more.
    pub(super) fn unsent(&self) -> u64 {
        self.unsent
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
        let mut sent = self.socket.try_send_to(packet, to);
        if is_refused(&sent) {
            // That was said of an earlier packet; this one has not been tried.
            self.hear_unreachable();
            sent = self.socket.try_send_to(packet, to);
        }
        match sent {
            Ok(_) => true,
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
        while let Some(address) = raptor_sys::next_unreachable(&self.socket) {
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
        while !self.backlog.is_empty() && self.socket.poll_send_ready(cx).is_ready() {
            if let Some((to, packet)) = self.backlog.pop_front()
                && !self.try_send(to, &packet)
            {
                self.backlog.push_front((to, packet));
            }
        }
    }

    /// Receives one datagram; wakes the task when there is another.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<(usize, SocketAddr)> {
        loop {
            match self.socket.try_recv_from(buffer) {
                Ok(received) => return Poll::Ready(received),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // An error of the readiness itself means that the runtime is shutting down.
                    if ready!(self.socket.poll_recv_ready(cx)).is_err() {
                        return Poll::Pending;
                    }
                }
                // Left behind by a packet of ours to an address where nobody listens.
                Err(error) => {
                    tracing::debug!(%error, "the socket reports");
                    self.hear_unreachable();
                }
            }
        }
    }
}

fn open(address: SocketAddr) -> io::Result<UdpSocket> {
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
    UdpSocket::from_std(socket.into())
}

fn is_refused(sent: &io::Result<usize>) -> bool {
    matches!(sent, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}
