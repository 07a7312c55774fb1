//! The addresses of this host.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use crate::unreachable::socket_address;

/// The addresses of the interfaces that are up, in the kernel's order (getifaddrs(3)).
///
/// # Errors
///
/// What the kernel says.
pub fn host_addresses() -> io::Result<Vec<IpAddr>> {
    let interfaces = getifaddrs()?;
    let up = interfaces.filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP));
    let addresses = up.filter_map(|interface| socket_address(&interface.address?));
    Ok(addresses.map(|address| address.ip()).collect())
}

/// The address of this host that packets to `peer` leave from. None is sent.
///
/// # Errors
///
/// What the kernel says: that no route leads there, for example.
pub fn source_towards(peer: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(peer)?;
    Ok(socket.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_reached_from_an_address_that_this_host_has() {
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        let source = source_towards(peer).expect("a route leads there");
        assert!(source.is_loopback(), "{source}");
        let addresses = host_addresses().expect("the kernel tells");
        assert!(addresses.contains(&source), "{addresses:?}");
    }
}
