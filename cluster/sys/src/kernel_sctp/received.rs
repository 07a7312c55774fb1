//! What an SCTP socket gives: messages in pieces, and notices.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::sys::socket::sockopt::SocketError;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, getsockopt, recvmsg};

use super::SOL_SCTP;

/// The type of the control message that goes with a message (RFC 6458, section 5.3.5), if it was
/// asked for: `SCTP_RCVINFO`.
const RCVINFO: i32 = 3;

/// `struct sctp_rcvinfo`.
const RCVINFO_BYTES: usize = 28;

/// Something that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SctpReceived {
    /// A message or a piece of one is in the buffer. Pieces of other messages do not come between.
    Data {
        /// The stream that it came on.
        stream: u16,
        /// What it is, as the peer said.
        ppid: u32,
        /// How many bytes of the buffer it takes.
        bytes: usize,
        /// Whether the message ends here.
        is_end: bool,
    },
    /// Something became of the association.
    Notice(SctpNotice),
    /// Nothing more will arrive.
    End,
}

/// What became of an association (RFC 6458, section 6.1), as far as somebody subscribed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SctpNotice {
    /// It is established.
    Up,
    /// It is not to be established.
    NotStarted,
    /// The peer no longer answers.
    Lost,
    /// The peer has cut it off.
    Aborted {
        /// Why (RFC 9260, section 3.3.10); 0 if it does not say.
        cause: u16,
    },
    /// The peer has begun anew.
    Restarted,
    /// It ended in order.
    ShutDown,
    /// The rest of the message that was being received will not come.
    Abandoned,
    /// Something that need not be known.
    Other,
}

pub(super) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<SctpReceived> {
    let (bytes, flags, info) = {
        let mut slices = [IoSliceMut::new(buffer)];
        let mut space = nix::cmsg_space!([u8; RCVINFO_BYTES]);
        let none = MsgFlags::empty();
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut space), none)?;
        (message.bytes, message.flags, info(message.cmsgs()?))
    };
    let is_end = flags.contains(MsgFlags::MSG_EOR);
    if flags.contains(MsgFlags::MSG_NOTIFICATION) {
        let notice = match notice(&buffer[..bytes]) {
            SctpNotice::Lost if was_reset(socket) => SctpNotice::Aborted { cause: 0 },
            notice => notice,
        };
        return Ok(SctpReceived::Notice(notice));
    }
    match info {
        _ if bytes == 0 => Ok(SctpReceived::End),
        Some((stream, ppid)) => Ok(SctpReceived::Data {
            stream,
            ppid,
            bytes,
            is_end,
        }),
        None => {
            let text = "the kernel does not tell the streams of messages";
            Err(io::Error::new(io::ErrorKind::InvalidData, text))
        }
    }
}

/// Whether the association is lost because the peer, or whoever is in its place, has cut it off: the
/// notice does not tell an ABORT that gives no cause from silence.
fn was_reset(socket: BorrowedFd<'_>) -> bool {
    getsockopt(&socket, SocketError) == Ok(nix::libc::ECONNRESET)
}

/// The stream of a message, and what it is.
fn info(mut messages: impl Iterator<Item = ControlMessageOwned>) -> Option<(u16, u32)> {
    messages.find_map(|message| match message {
        ControlMessageOwned::Unknown(unknown)
            if (
                unknown.cmsg_header.cmsg_level,
                unknown.cmsg_header.cmsg_type,
            ) == (SOL_SCTP, RCVINFO) =>
        {
            let bytes = unknown.data_bytes;
            // What a peer sends is in network order, and the kernel leaves it as it is.
            let ppid = u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
            Some((read_u16(&bytes, 0)?, ppid))
        }
        _ => None,
    })
}

/// Reads `union sctp_notification`.
fn notice(bytes: &[u8]) -> SctpNotice {
    const ASSOCIATION_CHANGE: u16 = 0x8001;
    const PARTIAL_DELIVERY: u16 = 0x8006;
    match read_u16(bytes, 0) {
        Some(ASSOCIATION_CHANGE) => change(bytes).unwrap_or(SctpNotice::Other),
        Some(PARTIAL_DELIVERY) => SctpNotice::Abandoned,
        _ => SctpNotice::Other,
    }
}

/// Reads `struct sctp_assoc_change`.
fn change(bytes: &[u8]) -> Option<SctpNotice> {
    /// The fixed part; an ABORT that was received follows it.
    const FIXED_BYTES: usize = 20;
    // The kernel leaves the cause as it stands in the packet.
    let cause = read_u16(bytes, 10)?.to_be();
    let was_told = bytes.len() > FIXED_BYTES;
    Some(match read_u16(bytes, 8)? {
        0 => SctpNotice::Up,
        1 if was_told || cause != 0 => SctpNotice::Aborted { cause },
        1 => SctpNotice::Lost,
        2 => SctpNotice::Restarted,
        3 => SctpNotice::ShutDown,
        4 => SctpNotice::NotStarted,
        _ => SctpNotice::Other,
    })
}

fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// An address of the internet.
pub(super) fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage
        .as_sockaddr_in()
        .map(|v4| SocketAddrV4::from(*v4).into());
    v4.or_else(|| {
        storage
            .as_sockaddr_in6()
            .map(|v6| SocketAddrV6::from(*v6).into())
    })
}
