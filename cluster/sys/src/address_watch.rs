//! News of the addresses of this host.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};
use tokio::io::unix::AsyncFd;

use crate::watch::watch;

/// Of what the kernel tells (rtnetlink(7)): an address of this host has come or gone.
const GROUPS: u32 = (libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV6_IFADDR) as u32;

/// What is told is not read: that something is told is enough.
const NEWS_BYTES: usize = 4096;

/// Tells that addresses of this host have come or gone: of the network namespace of the thread that
/// began it. No privilege is needed.
#[derive(Debug)]
pub struct AddressWatch(AsyncFd<OwnedFd>);

impl AddressWatch {
    /// Watches from now on.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn begin() -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
        Ok(Self(watch(socket)?))
    }

    /// Waits until an address has come or gone since the last call, or since it was begun. What came
    /// together is told once.
    ///
    /// # Errors
    ///
    /// What the kernel says; it tells nothing more then.
    pub async fn changed(&self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            let has_changed = self.take_news()?;
            ready.clear_ready();
            if has_changed {
                return Ok(());
            }
        }
    }

    /// Takes all that was told; says whether there was anything.
    fn take_news(&self) -> io::Result<bool> {
        let mut news = [0; NEWS_BYTES];
        let mut has_changed = false;
        loop {
            match recv(self.0.as_raw_fd(), &mut news, MsgFlags::empty()) {
                // More was told than the socket holds: something has changed.
                Ok(_) | Err(Errno::ENOBUFS) => has_changed = true,
                Err(Errno::EAGAIN) => return Ok(has_changed),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
