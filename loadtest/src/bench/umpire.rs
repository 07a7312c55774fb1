//! Hears which processes are there, gives the start, and sees them end.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use raptor_sys::Pidfd;

use super::{Failure, PATIENCE, clock};
use crate::bench::act::Presence;

/// Where the processes of [`crate::bench::act`] report.
pub(super) struct Umpire {
    socket: UdpSocket,
}

/// A process that has reported.
pub(super) struct Runner {
    pub(super) presence: Presence,
    pub(super) pidfd: Pidfd,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Umpire {
    /// Listens on a free port of the loopback.
    pub(super) fn new() -> Result<Self, Failure> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { socket })
    }

    /// The parameters of [`crate::bench::act`].
    pub(super) fn params(&self, winner: Option<u16>) -> Result<String, Failure> {
        let umpire = self.socket.local_addr()?;
        let params = serde_json::json!({ crate::bench::act::UMPIRE: umpire, crate::bench::act::WINNER: winner });
        Ok(params.to_string())
    }

    /// Waits until a process reports.
    pub(super) fn next(&self) -> Result<Runner, Failure> {
        let mut text = [0; 128];
        let (length, address) = self
            .socket
            .recv_from(&mut text)
            .map_err(|error| format!("hear that a function has started: {error}"))?;
        let presence: Presence = serde_json::from_slice(&text[..length])?;
        let pidfd = Pidfd::open(presence.pid)?;
        Ok(Runner {
            presence,
            pidfd,
            address,
        })
    }

    /// Sends a datagram: to a runner, that it may finish.
    pub(super) fn say(&self, word: &[u8], to: SocketAddr) -> Result<(), Failure> {
        self.socket.send_to(word, to)?;
        Ok(())
    }
}

/// Waits until all of them have ended; gives when each was seen to, by [`clock::now_ns`].
pub(super) fn ends(pidfds: &[Pidfd]) -> Result<Vec<u64>, Failure> {
    let patience = PollTimeout::try_from(PATIENCE).expect("it is short");
    let mut ends = vec![None; pidfds.len()];
    while ends.contains(&None) {
        let waiting = ends.iter().enumerate().filter(|(_, end)| end.is_none());
        let places: Vec<usize> = waiting.map(|(place, _)| place).collect();
        let mut sources: Vec<_> = places
            .iter()
            .map(|place| PollFd::new(pidfds[*place].as_fd(), PollFlags::POLLIN))
            .collect();
        if poll(&mut sources, patience)? == 0 {
            return Err("see a process end: it goes on".into());
        }
        let now = clock::now_ns();
        for (place, source) in places.into_iter().zip(sources) {
            if source.any().unwrap_or(true) {
                ends[place] = Some(now);
            }
        }
    }
    Ok(ends.into_iter().flatten().collect())
}
