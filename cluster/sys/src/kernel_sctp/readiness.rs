//! Which of many sockets are ready.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll, ready};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use tokio::io::unix::AsyncFd;

use crate::watch::watch;

/// How many are told at once. The rest come first the next time.
const READY_PER_LOOK_MAX: usize = 64;

/// A set of sockets, of which it tells those that are ready, as long as they are.
///
/// `sctp-rs` registers its sockets with tokio itself, and does not take back the readiness of those
/// that are full; tokio registers a descriptor but once. So this is a set beside tokio's, which is
/// itself one descriptor for tokio. The cost of a look does not grow with the sockets that are idle.
#[derive(Debug)]
pub struct Readiness {
    epoll: Epoll,
    watched: AsyncFd<OwnedFd>,
}

/// A socket that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Which, as whoever added it calls it.
    pub token: u64,
    /// There is something to be received or accepted, or it is over.
    pub to_receive: bool,
    /// There is room, and somebody waits for it.
    pub to_send: bool,
}

impl Readiness {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new() -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let watched = watch(epoll.0.try_clone()?)?;
        Ok(Self { epoll, watched })
    }

    /// Adds a socket, which leaves the set when it is closed.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn add(&self, socket: &impl AsFd, token: u64) -> io::Result<()> {
        let event = EpollEvent::new(EpollFlags::EPOLLIN, token);
        Ok(self.epoll.add(socket, event)?)
    }

    /// Changes what is of interest of a socket.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn change(
        &self,
        socket: &impl AsFd,
        token: u64,
        to_receive: bool,
        to_send: bool,
    ) -> io::Result<()> {
        let mut flags = EpollFlags::empty();
        flags.set(EpollFlags::EPOLLIN, to_receive);
        flags.set(EpollFlags::EPOLLOUT, to_send);
        let mut event = EpollEvent::new(flags, token);
        Ok(self.epoll.modify(socket, &mut event)?)
    }

    /// Those that are ready, at least one.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<io::Result<Vec<Ready>>> {
        let mut events = [EpollEvent::empty(); READY_PER_LOOK_MAX];
        loop {
            let mut guard = ready!(self.watched.poll_read_ready(cx))?;
            let count = self.epoll.wait(&mut events, EpollTimeout::ZERO)?;
            if count > 0 {
                return Poll::Ready(Ok(events[..count].iter().map(Ready::from).collect()));
            }
            guard.clear_ready();
        }
    }
}

impl From<&EpollEvent> for Ready {
    fn from(event: &EpollEvent) -> Self {
        let flags = event.events();
        Self {
            token: event.data(),
            to_receive: !(flags - EpollFlags::EPOLLOUT).is_empty(),
            to_send: flags.contains(EpollFlags::EPOLLOUT),
        }
    }
}
