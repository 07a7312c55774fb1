//! Where a transport may listen.

use std::io;
use std::net::SocketAddr;

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
}

/// Refuses every address that another machine could reach.
pub(super) fn refuse_exposed(address: SocketAddr) -> Result<(), ListenError> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(ListenError::Exposed { address })
    }
}
