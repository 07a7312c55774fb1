//! Transports: how messages get from one process to another.
//!
//! A [`Transport`] knows associations (RFC 9260), streams and messages of a bounded size, and
//! nothing of what the messages say. There are three, behind one trait:
//!
//! | transport | carries messages by | for |
//! | --- | --- | --- |
//! | [`Userspace`] | SCTP over UDP (RFC 6951), unprivileged | everything; the default |
//! | `Kernel` | the SCTP of the Linux kernel | hosts that have it |
//! | [`InProcess`] | queues in memory | tests of the layers above |
//!
//! A transport lives on one thread and does its work inside [`Transport::poll`]: it has no task, no
//! channel and no thread of its own, because a wake-up costs more than everything else that it does.

use std::fmt;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use raptor_core::Zone;

use crate::config::{Backend, KernelConfig};

mod in_process;
#[cfg(all(target_os = "linux", feature = "kernel-sctp"))]
mod kernel;
mod listen;
pub mod shaping;
mod userspace;

pub use in_process::{Hub, InProcess};
#[cfg(all(target_os = "linux", feature = "kernel-sctp"))]
pub use kernel::{Kernel, KernelOptions};
pub use listen::ListenError;
pub use userspace::{Userspace, UserspaceLimits};

use self::shaping::Shaping;

/// Opens the transport that a node or a client is set to use.
///
/// # Errors
///
/// If an address is not to be had, if other machines reach it and peers are not authenticated, or if
/// the kernel has no SCTP where that was asked for.
pub(crate) fn listen(
    backend: Backend,
    address: SocketAddr,
    config: &KernelConfig,
    is_protected: bool,
) -> Result<Box<dyn Transport>, ListenError> {
    if !is_protected {
        let also = config.listen_also.iter();
        let also = also.map(|ip| SocketAddr::new(*ip, address.port()));
        let mut all = std::iter::once(address).chain(also);
        all.try_for_each(listen::refuse_exposed)?;
    }
    match backend {
        Backend::Userspace => userspace(address, config),
        Backend::Kernel => kernel(address, config),
        Backend::Auto => match kernel(address, config) {
            Err(ListenError::NoKernelSctp { .. } | ListenError::NotEncapsulated { .. }) => {
                userspace(address, config)
            }
            opened => opened,
        },
    }
}

fn userspace(
    address: SocketAddr,
    config: &KernelConfig,
) -> Result<Box<dyn Transport>, ListenError> {
    if let Some(&address) = config.listen_also.first() {
        return Err(ListenError::OneAddressOnly { address });
    }
    Ok(Box::new(Userspace::bind(
        address,
        UserspaceLimits::default(),
    )?))
}

#[cfg(all(target_os = "linux", feature = "kernel-sctp"))]
fn kernel(address: SocketAddr, config: &KernelConfig) -> Result<Box<dyn Transport>, ListenError> {
    let options = KernelOptions {
        listen_also: config.listen_also.clone(),
        encapsulation: config.encapsulation,
    };
    Ok(Box::new(Kernel::bind(address, options)?))
}

#[cfg(not(all(target_os = "linux", feature = "kernel-sctp")))]
fn kernel(address: SocketAddr, _: &KernelConfig) -> Result<Box<dyn Transport>, ListenError> {
    let why = "this program was built without the feature kernel-sctp";
    let source = std::io::Error::new(std::io::ErrorKind::Unsupported, why);
    Err(ListenError::NoKernelSctp { address, source })
}

/// An association, as its transport calls it. A transport never gives one out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssociationId(u64);

impl AssociationId {
    /// The first one that a transport gives out.
    pub(crate) const FIRST: Self = Self(1);

    /// The one after this.
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// As the readiness of its socket is told.
    #[cfg(all(target_os = "linux", feature = "kernel-sctp"))]
    const fn number(self) -> u64 {
        self.0
    }

    #[cfg(all(target_os = "linux", feature = "kernel-sctp"))]
    const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for AssociationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "association {}", self.0)
    }
}

/// A stream of an association: messages on one arrive in the order in which they were sent, and do
/// not wait for messages on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u16);

/// How many streams an association has in each direction.
///
/// More streams let more flights go on when a packet of one is lost. Each may hold a partly received
/// message of [`Transport::message_bytes_max`], and all of those together must fit the receive window.
pub const STREAMS: u16 = 32;

/// The payload protocol identifier of a message (RFC 9260, section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ppid(pub u32);

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The stream that keeps it in order.
    pub stream: StreamId,
    /// What it is.
    pub ppid: Ppid,
    /// Its bytes: at least one, at most [`Transport::message_bytes_max`].
    pub payload: Vec<u8>,
    /// When it is worthless: a transport that can abandons it if it has not arrived by then (RFC
    /// 3758), and later messages of its stream do not wait for it. Userspace cannot.
    pub lifetime: Option<Duration>,
}

/// Who began an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// We did, by [`Transport::connect`].
    Dialed,
    /// The peer did.
    Accepted,
}

/// What happened to an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEvent {
    /// It is established: messages may be sent.
    Connected {
        /// The association.
        association: AssociationId,
        /// The peer's address.
        address: SocketAddr,
        /// Who began it.
        direction: Direction,
    },
    /// A message arrived.
    Received {
        /// The association.
        association: AssociationId,
        /// The stream that it came on.
        stream: StreamId,
        /// What it is.
        ppid: Ppid,
        /// Its bytes.
        payload: Bytes,
    },
    /// A stream that had no room has some again.
    Drained {
        /// The association.
        association: AssociationId,
    },
    /// It is over. Nothing more is heard of it.
    Closed {
        /// The association.
        association: AssociationId,
        /// Why.
        reason: CloseReason,
    },
}

/// Why an association is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// One end closed it, and everything that was queued before has been delivered.
    Closed,
    /// It was never established: nothing answered.
    Unreachable,
    /// It was never established: the host at its address says that nobody listens there.
    Refused,
    /// The peer no longer answers.
    Vanished,
    /// The peer has begun a new association from the same address: it knows nothing of this one.
    Restarted,
    /// One end cut it off at once, without regard to what was queued.
    Aborted(String),
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::Unreachable => f.write_str("nothing answers at its address"),
            Self::Refused => f.write_str("nobody listens at its address"),
            Self::Vanished => f.write_str("it no longer answers"),
            Self::Restarted => f.write_str("it began anew from the same address"),
            Self::Aborted(detail) => write!(f, "cut off: {detail}"),
        }
    }
}

/// A message was not taken: failed to send it because ... It is not queued, and nothing else is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The association is over, or was told to close. Nothing was changed.
    #[error("the association is over or closing")]
    Gone,
    /// The stream has no room; [`TransportEvent::Drained`] tells when to try again. Nothing was changed.
    #[error("the stream has no room")]
    Full,
    /// A bug of the caller. Nothing was changed.
    #[error("a message has 1 to {max} bytes, not {bytes}")]
    Length {
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// A bug of the caller. Nothing was changed.
    #[error("there is no stream {0}: there are {STREAMS}")]
    Stream(u16),
}

/// What a transport counted since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportCounters {
    /// Datagrams that were no SCTP packet, or one that no peer of ours sends.
    pub datagrams_malformed: u64,
    /// Well-formed packets that belonged to no association.
    pub packets_stray: u64,
    /// Handshakes refused because their cookie was not ours, or too old.
    pub cookies_refused: u64,
    /// Handshakes refused because there were too many associations.
    pub associations_refused: u64,
    /// Handshakes that were not answered because too many were begun.
    pub handshakes_ignored: u64,
    /// Packets that shaping has dropped: as its rules say, or since too much waited.
    pub packets_shaped_away: u64,
    /// Packets that the operating system did not take. SCTP sends them again.
    pub packets_unsent: u64,
}

/// What went over the network since a transport began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// SCTP packets that the operating system took.
    pub packets_sent: u64,
    /// Datagrams that came, whatever was in them.
    pub packets_received: u64,
    /// Packets sent with something in them that had been sent before (RFC 9260, section 6.3).
    pub packets_retransmitted: u64,
    /// Bytes of the packets sent, without the headers of UDP and IP.
    pub bytes_sent: u64,
    /// Bytes of the packets received, without these headers.
    pub bytes_received: u64,
}

/// Packets cannot be shaped here: failed to ... Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    /// The transport does not.
    #[error(
        "shape packets: only SCTP in this process can (set transport.backend = \"userspace\", or \
         shape the host's interfaces by tc-netem(8))"
    )]
    Elsewhere,
    /// There is no timer for packets that wait.
    #[error("shape packets: the operating system gives no timer: {0}")]
    Alarm(#[source] std::io::Error),
}

/// A way to exchange messages with other processes.
///
/// `connect`, `send`, `close` and `abort` return at once; what becomes of them is told by [`poll`].
///
/// [`poll`]: Transport::poll
pub trait Transport {
    /// The address at which peers reach this end.
    fn local_address(&self) -> SocketAddr;

    /// How many bytes one message has at most.
    fn message_bytes_max(&self) -> usize;

    /// Begins an association with `address`, or names the one that there is already.
    fn connect(&mut self, address: SocketAddr) -> AssociationId;

    /// Begins one more association with `address`, beside whatever there is with it already. At the
    /// other end it is one of its own, too.
    fn connect_apart(&mut self, address: SocketAddr) -> AssociationId;

    /// Whether [`send`](Transport::send) would take a message on this stream now.
    fn has_room(&self, association: AssociationId, stream: StreamId) -> bool;

    /// Queues a message. It leaves at the latest with the next [`flush`](Transport::flush).
    ///
    /// # Errors
    ///
    /// Fails if the association is over or closing, if the stream has no room, or if the message
    /// is malformed.
    fn send(&mut self, association: AssociationId, message: Message) -> Result<(), SendError>;

    /// Sends what is queued, as far as congestion control allows. Messages queued since the last
    /// call share packets.
    fn flush(&mut self);

    /// Closes an association once everything queued has been delivered. [`TransportEvent::Closed`]
    /// tells when.
    fn close(&mut self, association: AssociationId);

    /// Cuts an association off. No event follows.
    fn abort(&mut self, association: AssociationId);

    /// Does what is ready to be done and gives the next event.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TransportEvent>;

    /// The peer of an association has proven who it is, and that it is in this zone. Until then it
    /// is a stranger, of whom few are borne with.
    fn trust(&mut self, _association: AssociationId, _zone: &Zone) {}

    /// Shapes from now on what leaves from here, which is in `zone`.
    ///
    /// # Errors
    ///
    /// Fails if there are rules and the transport cannot heed them.
    fn shape(&mut self, _zone: &Zone, shaping: &Shaping) -> Result<(), ShapeError> {
        if shaping.rules.is_empty() {
            Ok(())
        } else {
            Err(ShapeError::Elsewhere)
        }
    }

    /// What was counted so far.
    fn counters(&self) -> TransportCounters;

    /// What went over the network so far, if this is where packets are made. It looks at every
    /// association.
    fn traffic(&self) -> Option<Traffic> {
        None
    }
}

/// Whether a message is one that any transport takes.
fn check(message: &Message, bytes_max: usize) -> Result<(), SendError> {
    let bytes = message.payload.len();
    if !(1..=bytes_max).contains(&bytes) {
        return Err(SendError::Length {
            bytes,
            max: bytes_max,
        });
    }
    if message.stream.0 >= STREAMS {
        return Err(SendError::Stream(message.stream.0));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_keys_only_loopback_is_listened_on() {
        let listen = |address, is_protected| {
            listen(
                Backend::Userspace,
                address,
                &KernelConfig::default(),
                is_protected,
            )
        };
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let address: SocketAddr = address.parse().expect("an address");
            let refused = listen(address, false);
            let text = refused.map(|_| ()).expect_err("refused").to_string();
            assert!(text.contains("set transport.key_file"), "{text}");
        }
        let everywhere = "0.0.0.0:0".parse().expect("an address");
        assert!(listen(everywhere, true).is_ok());
        let loopback = "127.0.0.1:0".parse().expect("an address");
        assert!(listen(loopback, false).is_ok());
    }
}
