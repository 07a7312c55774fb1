//! Packets on their way out: through the shaping, where there is any, to the socket.

use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use raptor_core::Zone;
use raptor_sys::Alarm;
use tokio::time::Instant;

use super::acquaintances::Acquaintances;
use super::datagrams::Datagrams;
use super::shaping::{Fate, Shaper, Waiting};
use crate::transport::ShapeError;
use crate::transport::shaping::Shaping;

/// The socket, and what is done to packets before they get there.
pub(super) struct Departures {
    pub(super) datagrams: Datagrams,
    /// When the times of packets count from.
    epoch: Instant,
    shaped: Option<Box<Shaped>>,
    dropped: u64,
}

/// Packets to which something is done.
struct Shaped {
    /// None if nothing is done any more to those that come.
    shaper: Option<Shaper>,
    waiting: Waiting,
    /// Zones of one region are less than the millisecond of tokio's timers from each other.
    alarm: Alarm,
    /// When the alarm goes off: no packet that waits leaves before.
    alarm_at: Option<Duration>,
    epoch: Instant,
}

impl Departures {
    /// To this socket, without shaping.
    pub(super) fn new(datagrams: Datagrams, epoch: Instant) -> Self {
        Self {
            datagrams,
            epoch,
            shaped: None,
            dropped: 0,
        }
    }

    /// From now on packets that leave `zone` are shaped so. Those that wait leave when they would
    /// have.
    ///
    /// # Errors
    ///
    /// If the operating system gives no alarm. Nothing was changed.
    pub(super) fn shape(&mut self, zone: &Zone, shaping: &Shaping) -> Result<(), ShapeError> {
        let has_rules = !shaping.rules.is_empty();
        let shaper = has_rules.then(|| Shaper::new(zone.clone(), shaping.clone()));
        match &mut self.shaped {
            Some(shaped) => shaped.shaper = shaper,
            None if has_rules => self.shaped = Some(Box::new(Shaped::new(shaper, self.epoch)?)),
            None => {}
        }
        self.retire();
        Ok(())
    }

    /// How many packets shaping has dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sends a packet to an address, or lets it wait, or drops it.
    pub(super) fn send(
        &mut self,
        now: Duration,
        known: &Acquaintances,
        to: SocketAddr,
        packet: Vec<u8>,
    ) {
        // What is due by now leaves before it, or it would overtake.
        self.send_due(now);
        let Some(shaper) = self.shaped.as_mut().and_then(|it| it.shaper.as_mut()) else {
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
        match &mut self.shaped {
            Some(shaped) if at > now => {
                let waits = shaped.waiting.push(at, to, packet);
                self.dropped += u64::from(!waits);
                shaped.set_alarm();
            }
            Some(_) | None => self.datagrams.send(to, packet),
        }
    }

    /// Ready if the alarm went off: then it is time to [`send_due`](Self::send_due).
    pub(super) fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.shaped {
            Some(shaped) => shaped.poll_alarm(cx),
            None => Poll::Pending,
        }
    }

    /// Sends what has waited long enough.
    pub(super) fn send_due(&mut self, now: Duration) {
        let Some(shaped) = &mut self.shaped else {
            return;
        };
        while let Some((to, packet)) = shaped.waiting.pop_due(now) {
            self.datagrams.send(to, packet);
        }
        shaped.set_alarm();
        self.retire();
    }

    /// Keeps nothing for shaping once there is none and nothing waits.
    fn retire(&mut self) {
        let is_over = |shaped: &Shaped| shaped.shaper.is_none() && shaped.waiting.is_empty();
        if self.shaped.as_deref().is_some_and(is_over) {
            self.shaped = None;
        }
    }
}

impl Shaped {
    fn new(shaper: Option<Shaper>, epoch: Instant) -> Result<Self, ShapeError> {
        Ok(Self {
            shaper,
            waiting: Waiting::default(),
            alarm: Alarm::new().map_err(ShapeError::Alarm)?,
            alarm_at: None,
            epoch,
        })
    }

    /// Sees to it that the alarm goes off when the next packet leaves.
    fn set_alarm(&mut self) {
        let Some(deadline) = self.waiting.deadline() else {
            return;
        };
        if self.alarm_at.is_none_or(|at| deadline < at) {
            // By the clock as it is now: what was last looked at may be some packets ago.
            self.alarm
                .set(deadline.saturating_sub(self.epoch.elapsed()));
            self.alarm_at = Some(deadline);
        }
    }

    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let rung = self.alarm.poll(cx);
        if rung.is_ready() {
            self.alarm_at = None;
        }
        rung
    }
}
