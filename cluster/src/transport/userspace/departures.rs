//! Packets on their way out: through the shaping, where there is any, to the socket.

use std::net::SocketAddr;
use std::time::Duration;

use raptor_core::Zone;

use super::acquaintances::Acquaintances;
use super::datagrams::Datagrams;
use super::shaping::{Fate, Shaper, Waiting};
use crate::transport::shaping::Shaping;

/// The socket, and what is done to packets before they get there.
pub(super) struct Departures {
    pub(super) datagrams: Datagrams,
    shaper: Option<Box<Shaper>>,
    waiting: Waiting,
    dropped: u64,
}

impl Departures {
    pub(super) fn new(datagrams: Datagrams) -> Self {
        Self {
            datagrams,
            shaper: None,
            waiting: Waiting::default(),
            dropped: 0,
        }
    }

    /// From now on packets that leave `zone` are shaped so. Those that wait leave when they would
    /// have.
    pub(super) fn shape(&mut self, zone: &Zone, shaping: &Shaping) {
        let shaper = || Box::new(Shaper::new(zone.clone(), shaping.clone()));
        self.shaper = (!shaping.rules.is_empty()).then(shaper);
    }

    /// How many packets shaping has dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// When the next packet leaves that waits.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.waiting.deadline()
    }

    /// Sends a packet to an address, or lets it wait, or drops it.
    pub(super) fn send(
        &mut self,
        now: Duration,
        known: &Acquaintances,
        to: SocketAddr,
        packet: Vec<u8>,
    ) {
        let Some(shaper) = &mut self.shaper else {
            return self.datagrams.send(to, packet);
        };
        match shaper.judge(now, known.zone(to), packet.len()) {
            Fate::Dropped => self.dropped += 1,
            Fate::Leaves(at) => self.send_at(at, now, to, packet),
            Fate::LeavesTwice(at) => {
                self.send_at(at, now, to, packet.clone());
                self.send_at(at, now, to, packet);
            }
        }
    }

    fn send_at(&mut self, at: Duration, now: Duration, to: SocketAddr, packet: Vec<u8>) {
        if at <= now {
            self.datagrams.send(to, packet);
        } else if !self.waiting.push(at, to, packet) {
            self.dropped += 1;
        }
    }

    /// Sends what has waited long enough.
    pub(super) fn send_due(&mut self, now: Duration) {
        while let Some((to, packet)) = self.waiting.pop_due(now) {
            self.datagrams.send(to, packet);
        }
    }
}
