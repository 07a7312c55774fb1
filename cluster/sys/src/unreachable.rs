//! What the network says of datagrams that nobody took.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

use nix::libc::sock_extended_err;
use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
use nix::sys::socket::{MsgFlags, SockaddrStorage, recvmsg, setsockopt};

/// Makes a UDP socket keep the errors that come back for what it sent, for
/// [`next_unreachable`]: `IP_RECVERR` (ip(7)).
///
/// From then on an operation on the socket fails once for each, with
/// [`io::ErrorKind::ConnectionRefused`] where nobody listens, whatever it was itself about.
///
/// # Errors
///
/// What the kernel says; nothing was changed.
pub fn keep_unreachable(socket: &impl AsFd, address: SocketAddr) -> io::Result<()> {
    match address {
        SocketAddr::V4(_) => setsockopt(socket, Ipv4RecvErr, &true),
        SocketAddr::V6(_) => setsockopt(socket, Ipv6RecvErr, &true),
    }
    .map_err(io::Error::from)
}

/// The next address at which nobody took a datagram of this socket; none if there is no news.
///
/// It comes from an ICMP message that quotes the datagram. Whoever is on the way can forge one.
pub fn next_unreachable(socket: &impl AsFd) -> Option<SocketAddr> {
    let mut quoted = [0; 64];
    let mut quoted = [IoSliceMut::new(&mut quoted)];
    let mut space = nix::cmsg_space!(sock_extended_err, [u8; 64]);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let socket = socket.as_fd().as_raw_fd();
    // Any error means that there is no news: the queue is empty, or the socket has none.
    let news = recvmsg::<SockaddrStorage>(socket, &mut quoted, Some(&mut space), flags).ok()?;
    socket_address(&news.address?)
}

/// The address of IP that it is, if it is one.
pub(crate) fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in();
    let v4 = v4.map(|it| SocketAddrV4::from(*it).into());
    v4.or_else(|| {
        let v6 = address.as_sockaddr_in6();
        v6.map(|it| SocketAddrV6::from(*it).into())
    })
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn a_datagram_to_a_port_where_nobody_listens_names_its_address() {
        for host in ["127.0.0.1", "::1"] {
            let Ok(gone) = UdpSocket::bind((host, 0)) else {
                continue; // This machine has no such addresses.
            };
            let address = gone.local_addr().expect("it is bound");
            drop(gone);
            let socket = UdpSocket::bind((host, 0)).expect("there is a free port");
            keep_unreachable(&socket, address).expect("it is a UDP socket");
            assert_eq!(next_unreachable(&socket), None);
            socket.send_to(b"anybody?", address).expect("it is sent");
            // On the loopback the answer is there when the call returns.
            assert_eq!(next_unreachable(&socket), Some(address));
            assert_eq!(next_unreachable(&socket), None);
        }
    }
}
