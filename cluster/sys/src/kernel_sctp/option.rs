//! How an SCTP socket is tuned.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce, SndBuf, SndBufForce};

use super::set;

const RTOINFO: i32 = 0;
const ASSOCINFO: i32 = 1;
const INITMSG: i32 = 2;
const NODELAY: i32 = 3;
const PEER_ADDR_PARAMS: i32 = 9;
const STREAM_SCHEDULER: i32 = 123;
const REMOTE_UDP_ENCAPS_PORT: i32 = 132;

/// `struct sockaddr_storage`.
const STORAGE_BYTES: usize = 128;

/// What holds for all associations of a socket. The kernel counts in milliseconds, and in ticks of
/// its clock (1 to 10 ms).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpOptions {
    /// How many streams there are in each direction.
    pub streams: u16,
    /// How often a packet of the handshake is sent in vain.
    pub handshake_tries_max: u16,
    /// How long the answer to one is awaited at most.
    pub handshake_timeout: Duration,
    /// How long an acknowledgement is awaited before the round trip is known.
    pub rto_initial: Duration,
    /// How long at least.
    pub rto_min: Duration,
    /// How long at most.
    pub rto_max: Duration,
    /// After so many times in a row without an answer the peer is given up.
    pub retransmissions_max: u16,
    /// After so many one of its addresses is, as long as it has others.
    pub path_retransmissions_max: u16,
    /// How long an address is idle before it is asked whether it lives.
    pub heartbeat: Duration,
    /// How long an acknowledgement may wait for more to acknowledge, at most 500 ms.
    pub acknowledgement_delay: Duration,
    /// What may have arrived and not been taken. The kernel may give less.
    pub receive_buffer_bytes: usize,
    /// What may have been sent and not been acknowledged. The kernel may give less.
    pub send_buffer_bytes: usize,
    /// The UDP port of the peer, if packets go by UDP (RFC 6951).
    pub udp_port: Option<u16>,
}

impl SctpOptions {
    pub(super) fn apply(&self, socket: &OwnedFd) -> io::Result<()> {
        set(socket, NODELAY, &Value::default().u32(1))?;
        set(socket, INITMSG, &self.handshake())?;
        set(socket, RTOINFO, &self.timeouts())?;
        set(socket, ASSOCINFO, &self.patience())?;
        set(socket, PEER_ADDR_PARAMS, &self.paths())?;
        set(socket, STREAM_SCHEDULER, &streams_in_turn())?;
        if let Some(port) = self.udp_port {
            set(socket, REMOTE_UDP_ENCAPS_PORT, &encapsulation(port))?;
        }
        self.set_buffers(socket)
    }

    /// `struct sctp_initmsg`.
    fn handshake(&self) -> Value {
        let timeout = u16::try_from(millis(self.handshake_timeout)).unwrap_or(u16::MAX);
        Value::default()
            .u16(self.streams)
            .u16(self.streams)
            .u16(self.handshake_tries_max)
            .u16(timeout)
    }

    /// `struct sctp_rtoinfo`.
    fn timeouts(&self) -> Value {
        Value::default()
            .every_association()
            .u32(millis(self.rto_initial))
            .u32(millis(self.rto_max))
            .u32(millis(self.rto_min))
    }

    /// `struct sctp_assocparams`: zero leaves a value as it is.
    fn patience(&self) -> Value {
        Value::default()
            .every_association()
            .u16(self.retransmissions_max)
            .zeros(14)
    }

    /// `struct sctp_paddrparams`, which has no padding but at its end.
    fn paths(&self) -> Value {
        const HEARTBEAT_ENABLE: u32 = 1;
        const SACKDELAY_ENABLE: u32 = 1 << 5;
        Value::default()
            .every_association()
            .zeros(STORAGE_BYTES)
            .u32(millis(self.heartbeat))
            .u16(self.path_retransmissions_max)
            .zeros(4) // The path's MTU is found out.
            .u32(millis(self.acknowledgement_delay))
            .u32(HEARTBEAT_ENABLE | SACKDELAY_ENABLE)
            .zeros(6)
    }

    /// Beyond what the system allows everybody, as far as it lets us.
    fn set_buffers(&self, socket: &OwnedFd) -> io::Result<()> {
        let (receive, send) = (self.receive_buffer_bytes, self.send_buffer_bytes);
        match setsockopt(socket, RcvBufForce, &receive) {
            Err(Errno::EPERM) => setsockopt(socket, RcvBuf, &receive)?,
            set => set?,
        }
        match setsockopt(socket, SndBufForce, &send) {
            Err(Errno::EPERM) => setsockopt(socket, SndBuf, &send)?,
            set => set?,
        }
        Ok(())
    }
}

/// `struct sctp_assoc_value`: streams send one message each in turn (RFC 8260, section 3.2), so that
/// a long queue on one does not keep the others waiting.
fn streams_in_turn() -> Value {
    const ROUND_ROBIN: u32 = 2;
    Value::default().every_association().u32(ROUND_ROBIN)
}

/// `struct sctp_udpencaps`, for all addresses of the peer.
fn encapsulation(port: u16) -> Value {
    Value::default()
        .every_association()
        .zeros(4)
        .zeros(STORAGE_BYTES)
        .u16(port.to_be())
        .zeros(6)
}

pub(super) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// The value of an option, laid out as the kernel's structure is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Value(Vec<u8>);

impl Value {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The association that is meant. A one-to-one socket has one or will have, and that is it.
    pub(super) fn every_association(self) -> Self {
        self.u32(0)
    }

    pub(super) fn u16(mut self, number: u16) -> Self {
        self.0.extend_from_slice(&number.to_ne_bytes());
        self
    }

    pub(super) fn u32(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_ne_bytes());
        self
    }

    pub(super) fn zeros(mut self, count: usize) -> Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    /// `struct sockaddr_in` or `struct sockaddr_in6`.
    pub(super) fn address(self, address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(v4) => {
                let mut value = self.u16(nix::libc::AF_INET as u16).u16(v4.port().to_be());
                value.0.extend_from_slice(&v4.ip().octets());
                value.zeros(8)
            }
            SocketAddr::V6(v6) => {
                let family = nix::libc::AF_INET6 as u16;
                let mut value = self.u16(family).u16(v6.port().to_be()).u32(v6.flowinfo());
                value.0.extend_from_slice(&v6.ip().octets());
                value.u32(v6.scope_id())
            }
        }
    }
}
