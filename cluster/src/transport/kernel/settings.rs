//! How the kernel's SCTP is tuned: as the userspace one, for a data centre, and so that the two get on
//! with each other. The kernel's own defaults wait a second before they send again, 200 ms before they
//! acknowledge, and five minutes before they give a peer up.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use raptor_sys::SctpOptions;

use crate::config::Encapsulation;
use crate::transport::STREAMS;

/// The longest message. The kernel sends streams in turn, a message each, and without I-DATA (RFC 8260;
/// Linux 6.1 numbers fragments so that they never arrive) a message is not interrupted: a longer one
/// would have the control stream wait longer, a shorter one costs more system calls.
pub(super) const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Handshakes that wait to be accepted.
pub(super) const BACKLOG: i32 = 128;

/// Accepted associations: each costs a descriptor, of which a process usually has 1,024.
pub(super) const ACCEPTED_MAX: usize = 512;

/// What may arrive before it is taken. The kernel doubles it for its own overhead, and offers half of
/// that as the window. Much more only makes long queues: a turn of the receiver takes all of it.
const RECEIVE_BUFFER_BYTES: usize = 512 * 1024;

/// What may be on its way, doubled by the kernel too. All of it may lie before a message of the same
/// stream, or before one of another stream if it has begun its way; a path with a round trip of 1 ms
/// carries 128 MB/s with it.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// Where a transport over the kernel's SCTP listens, and how its packets travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelOptions {
    /// Further addresses of this host (multi-homing): peers go on over the others when one is cut off.
    pub listen_also: Vec<IpAddr>,
    /// What carries the packets.
    pub encapsulation: Encapsulation,
}

impl KernelOptions {
    /// All addresses of an endpoint that listens on `address`. SCTP gives them one port.
    pub(super) fn addresses(&self, address: SocketAddr) -> Vec<SocketAddr> {
        let also = self.listen_also.iter().copied();
        std::iter::once(address)
            .chain(also.map(|ip| SocketAddr::new(ip, address.port())))
            .collect()
    }

    /// The options of a socket that speaks with `peer`, or with everybody.
    pub(super) fn socket(&self, peer: Option<SocketAddr>) -> SctpOptions {
        let udp_port = peer.map(|peer| peer.port());
        SctpOptions {
            streams: STREAMS,
            // 400, 800 and 800 ms: whoever wants the peer does better to begin again.
            handshake_tries_max: 3,
            handshake_timeout: Duration::from_millis(800),
            rto_initial: Duration::from_millis(100),
            // Above the delay of acknowledgements at both ends, and a tick of the kernel's clock.
            rto_min: Duration::from_millis(40),
            rto_max: Duration::from_millis(400),
            // Over one path with data outstanding after 4 s, idle after 8 s. It must not befall a peer
            // whose host is busy; the membership notices earlier what is silent.
            retransmissions_max: 12,
            // Of several paths one is given up within half a second.
            path_retransmissions_max: 3,
            heartbeat: Duration::from_millis(400),
            acknowledgement_delay: Duration::from_millis(5),
            receive_buffer_bytes: RECEIVE_BUFFER_BYTES,
            send_buffer_bytes: SEND_BUFFER_BYTES,
            udp_port: udp_port.filter(|_| self.encapsulation == Encapsulation::Udp),
        }
    }
}
