//! Where a transport may listen.

use std::io;
use std::net::{IpAddr, SocketAddr};

/// A transport did not begin: failed to listen because ... Nothing is open.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Peers are not authenticated, so only this machine may reach us. Nothing was opened.
    #[error(
        "{address} is reached by other machines, and transport.security is \"none\": set \
         transport.key_file, or listen on a loopback address"
    )]
    Exposed {
        /// The address that was refused.
        address: SocketAddr,
    },
    /// The operating system gave no key for the handshake. Nothing was opened.
    #[error("the operating system has no random numbers: {0}")]
    Random(getrandom::Error),
    /// The operating system refused. What was opened is closed again.
    #[error("{address} is not to be had: {source}")]
    Socket {
        /// The address that was asked for.
        address: SocketAddr,
        /// What it said.
        source: io::Error,
    },
    /// The kernel has no SCTP, or none that we may use. What was opened is closed again.
    #[error(
        "the kernel gave no SCTP socket for {address}: {source} (set transport.backend = \"userspace\", which needs no kernel support)"
    )]
    NoKernelSctp {
        /// The address that was asked for.
        address: SocketAddr,
        /// What it said.
        source: io::Error,
    },
    /// Peers over UDP would not reach us. Nothing was opened.
    #[error(
        "the kernel takes SCTP over UDP on {}, not on that of {address} (sysctl net.sctp.udp_port={}, or set transport.kernel_encapsulation = \"none\", which excludes userspace peers)",
        port(*udp_port), address.port()
    )]
    NotEncapsulated {
        /// The address that was asked for.
        address: SocketAddr,
        /// The port on which it does; 0 if on none.
        udp_port: u16,
    },
    /// Only the kernel's SCTP has more than one address. Nothing was opened.
    #[error(
        "there is one address only in userspace, but transport.listen_also has {address} (set transport.backend = \"kernel\", or leave it out)"
    )]
    OneAddressOnly {
        /// The first of the others.
        address: IpAddr,
    },
}

fn port(port: u16) -> String {
    match port {
        0 => "no port".to_owned(),
        port => format!("port {port}"),
    }
}

/// Refuses every address that another machine could reach.
pub(super) fn refuse_exposed(address: SocketAddr) -> Result<(), ListenError> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(ListenError::Exposed { address })
    }
}
