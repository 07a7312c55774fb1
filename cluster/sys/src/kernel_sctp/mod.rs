//! SCTP sockets of the kernel: what the crate `sctp-rs` leaves out.
//!
//! `sctp-rs` carries an association once it has its descriptor. It does not give descriptors away,
//! so all that needs one comes before or beside it, and is here: sockets with options of their own,
//! several local addresses, accepting, connecting from the port that is listened on, receiving with
//! ends of messages and notices, lifetimes, and readiness that is cleared.
//!
//! All sockets are one-to-one (RFC 6458, section 4), never block, and are not inherited by programs
//! that this one starts. The numbers are those of `linux/sctp.h`.
#![expect(
    unsafe_code,
    reason = "socket options that nix does not know, and descriptors that sctp-rs owns"
)]

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::sockopt::{Linger, ReuseAddr, ReusePort};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockProtocol, SockType, SockaddrStorage, accept4, connect,
    getpeername, getsockname, listen, setsockopt, socket,
};

mod option;
mod readiness;
mod received;

pub use self::option::SctpOptions;
use self::option::Value;
pub use self::readiness::{Readiness, Ready};
pub use self::received::{SctpNotice, SctpReceived};

/// The level of SCTP's socket options and control messages.
const SOL_SCTP: i32 = 132;

/// `SCTP_SOCKOPT_BINDX_ADD`: more addresses for a socket (RFC 6458, section 9.1).
const BINDX_ADD: i32 = 100;

/// `SCTP_DEFAULT_PRINFO`: how long messages live that do not say themselves (section 8.1.32).
const DEFAULT_PRINFO: i32 = 114;

/// The flag of a message that its lifetime ends (RFC 7496, section 4.1), in `snd_flags`.
pub const SCTP_PR_SCTP_TTL: u16 = 0x0010;

/// A socket without an owner but us: new, or listening.
#[derive(Debug)]
pub struct SctpSocket(OwnedFd);

/// The descriptor of a socket that somebody else owns and closes.
///
/// It is good for as long as that one lives. After that, every use fails, or meets whatever has the
/// number then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpHandle(RawFd);

impl SctpSocket {
    /// A socket of the address's family, with these options for all of its associations.
    ///
    /// Closing it cuts its association off, so that a process that dies does not seem to have said
    /// all that it had to say.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] if the kernel has no SCTP; else what it says.
    pub fn open(address: SocketAddr, options: &SctpOptions) -> io::Result<Self> {
        let family = match address {
            SocketAddr::V4(_) => AddressFamily::Inet,
            SocketAddr::V6(_) => AddressFamily::Inet6,
        };
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let opened = socket(family, SockType::Stream, flags, SockProtocol::Sctp);
        let socket = opened.map_err(|errno| match errno {
            Errno::EPROTONOSUPPORT | Errno::ESOCKTNOSUPPORT => {
                io::Error::new(io::ErrorKind::Unsupported, "it has no SCTP")
            }
            errno => errno.into(),
        })?;
        let socket = Self(socket);
        socket.cut_off_when_closed()?;
        options.apply(&socket.0)?;
        Ok(socket)
    }

    fn cut_off_when_closed(&self) -> io::Result<()> {
        let at_once = nix::libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        Ok(setsockopt(&self.0, Linger, &at_once)?)
    }

    /// Gives it its addresses, which must have one port.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn bind(&self, addresses: &[SocketAddr]) -> io::Result<()> {
        let packed = addresses
            .iter()
            .fold(Value::default(), |packed, address| packed.address(*address));
        set(&self.0, BINDX_ADD, &packed)
    }

    /// Lets further sockets of this user have the same addresses and port: needed before binding the
    /// second, and after binding the first, which so still finds the port taken by a stranger.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn share_port(&self) -> io::Result<()> {
        // Both: an accepted socket inherits only the first, with one that listens only the second
        // helps (`sctp_get_port_local`).
        setsockopt(&self.0, ReuseAddr, &true)?;
        Ok(setsockopt(&self.0, ReusePort, &true)?)
    }

    /// Begins to listen, with so many handshakes that wait to be accepted.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn listen(&self, backlog: i32) -> io::Result<()> {
        Ok(listen(&self.0, Backlog::new(backlog)?)?)
    }

    /// The first of its addresses.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        let local = getsockname::<SockaddrStorage>(self.0.as_raw_fd())?;
        received::address(&local).ok_or_else(not_an_address)
    }

    /// The next association that a peer began, and the peer's address.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] if there is none, else what the kernel says.
    pub fn accept(&self) -> io::Result<(Self, SocketAddr)> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let accepted = accept4(self.0.as_raw_fd(), flags)?;
        // SAFETY: the kernel has just given us this descriptor.
        let socket = Self(unsafe { OwnedFd::from_raw_fd(accepted) });
        let peer = getpeername::<SockaddrStorage>(accepted)?;
        socket.cut_off_when_closed()?;
        socket.share_port()?;
        let peer = received::address(&peer).ok_or_else(not_an_address)?;
        Ok((socket, peer))
    }

    /// Lets somebody else own it, and gives what stays with us.
    pub fn hand_over(self) -> (RawFd, SctpHandle) {
        let fd = self.0.into_raw_fd();
        (fd, SctpHandle(fd))
    }
}

impl AsFd for SctpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl SctpHandle {
    /// Begins an association. [`SctpNotice::Up`] or [`SctpNotice::NotStarted`] tells what becomes of
    /// it, if that was subscribed to.
    ///
    /// # Errors
    ///
    /// What the kernel says. Then nothing was begun.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        match connect(self.0, &SockaddrStorage::from(peer)) {
            Ok(()) | Err(Errno::EINPROGRESS) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// From now on, and until this is said again, messages are worthless after `lifetime` and may be
    /// abandoned (RFC 7496), if they are sent with [`SCTP_PR_SCTP_TTL`]; none: no message is.
    ///
    /// # Errors
    ///
    /// What the kernel says. Then nothing was changed.
    pub fn set_lifetime(&self, lifetime: Option<Duration>) -> io::Result<()> {
        let policy = lifetime.map_or(0, |_| SCTP_PR_SCTP_TTL);
        let millis = lifetime.map_or(0, |lifetime| option::millis(lifetime).max(1));
        let info = Value::default()
            .every_association()
            .u32(millis)
            .u16(policy)
            .zeros(2);
        set(&self, DEFAULT_PRINFO, &info)
    }

    /// Takes the next piece of what has arrived.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] if there is nothing, else how the association ended.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<SctpReceived> {
        received::receive(self.as_fd(), buffer)
    }
}

impl AsFd for SctpHandle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the number is not -1. That its owner has not closed it yet is what a handle is
        // about; if it has, the kernel refuses what is asked of it.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// The UDP port on which this network namespace takes SCTP (RFC 6951); 0 if on none.
///
/// # Errors
///
/// If the kernel has no SCTP, or none that is carried by UDP.
pub fn sctp_udp_port() -> io::Result<u16> {
    let text = std::fs::read_to_string("/proc/sys/net/sctp/udp_port")?;
    text.trim()
        .parse()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Sets an option of SCTP.
fn set(socket: &impl AsFd, option: i32, value: &Value) -> io::Result<()> {
    let bytes = value.bytes();
    let length = nix::libc::socklen_t::try_from(bytes.len()).expect("an option is short");
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the kernel reads `length` bytes from the pointer, which is what the slice has.
    let set = unsafe { nix::libc::setsockopt(fd, SOL_SCTP, option, bytes.as_ptr().cast(), length) };
    Errno::result(set)?;
    Ok(())
}

fn not_an_address() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is no internet address")
}

#[cfg(test)]
mod tests;
