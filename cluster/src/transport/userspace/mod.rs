//! SCTP over UDP (RFC 6951), in this process and without privileges.
//!
//! One UDP socket carries all associations of a node, each of them a `dcsctp` socket for one peer
//! address; where a further one with the same address is wanted, it has an SCTP port of its own
//! ([`paths`]). Strangers get nothing kept: an INIT is answered by a socket that is thrown away at
//! once, and only a COOKIE ECHO with a cookie of ours ([`cookie`]) makes an association, within
//! bounds ([`census`]). Only so many are answered ([`knocks`]), and only addresses that are known
//! ([`acquaintances`]) hear that an association is gone. What `dcsctp` should not see is dropped
//! before ([`packet`]).
//!
//! A peer that begins anew from an address with an association gets a new one, and the old one ends
//! with [`CloseReason::Restarted`], so that nothing of the old life reaches the new. `dcsctp` itself
//! would go on with the old socket and what is queued in it.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use raptor_sys::Arrivals;
use tokio::time::{Instant, Sleep};

mod acquaintances;
mod association;
mod bucket;
mod census;
mod cookie;
mod datagrams;
mod departures;
mod knocks;
mod packet;
mod paths;
mod reception;
mod settings;
mod shaping;
mod transport;
mod window;

use self::acquaintances::Acquaintances;
use self::association::{Association, Effect, Ports};
use self::bucket::Bucket;
pub use self::census::UserspaceLimits;

use self::census::Census;
use self::cookie::CookieSeal;
use self::datagrams::Datagrams;
use self::departures::Departures;
use self::knocks::Knocks;
use self::paths::Paths;
use super::{
    AssociationId, CloseReason, Direction, ListenError, TransportCounters, TransportEvent,
};

/// How many answers to packets of associations that are gone leave in a second, and how many at
/// once: each peer needs one, and forged packets must not make us send as many again.
const STRAYS_ANSWERED_PER_SECOND: u32 = 100;
const STRAYS_ANSWERED_BURST: u32 = 100;

/// SCTP over one UDP socket. Runs inside the tokio runtime in which it was bound.
pub struct Userspace {
    departures: Departures,
    buffer: Vec<u8>,
    local_address: SocketAddr,
    associations: HashMap<AssociationId, Association>,
    paths: Paths,
    next_id: AssociationId,
    queued: Vec<AssociationId>,
    events: VecDeque<TransportEvent>,
    seal: CookieSeal,
    census: Census,
    knocks: Knocks,
    acquaintances: Acquaintances,
    strays_answered: Bucket,
    counters: TransportCounters,
    /// How many packets associations have sent again that are gone.
    retransmitted_before: u64,
    epoch: Instant,
    /// The clock of the associations: how long after `epoch` it is, as of the last look.
    now: Duration,
    alarm: Pin<Box<Sleep>>,
    /// No association wants to be woken before this.
    alarm_at: Option<Duration>,
    datagrams_this_turn: usize,
}

impl Userspace {
    /// Listens on `address`, whose port may be zero to get a free one.
    ///
    /// # Errors
    ///
    /// Fails if the operating system refuses the address.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn bind(address: SocketAddr, limits: UserspaceLimits) -> Result<Self, ListenError> {
        let seal = CookieSeal::new().map_err(ListenError::Random)?;
        let datagrams = Datagrams::bind(address)?;
        let local_address = datagrams
            .local_address()
            .map_err(|source| ListenError::Socket { address, source })?;
        let epoch = Instant::now();
        Ok(Self {
            departures: Departures::new(datagrams, epoch),
            buffer: Arrivals::buffer(),
            local_address,
            associations: HashMap::new(),
            paths: Paths::new(),
            next_id: AssociationId::FIRST,
            queued: Vec::new(),
            events: VecDeque::new(),
            seal,
            census: Census::new(limits),
            knocks: Knocks::new(),
            acquaintances: Acquaintances::default(),
            strays_answered: Bucket::new(STRAYS_ANSWERED_PER_SECOND, STRAYS_ANSWERED_BURST),
            counters: TransportCounters::default(),
            retransmitted_before: 0,
            epoch,
            now: Duration::ZERO,
            alarm: Box::pin(tokio::time::sleep_until(epoch)),
            alarm_at: None,
            datagrams_this_turn: 0,
        })
    }

    /// How many associations there are, in whatever state.
    pub fn associations(&self) -> usize {
        self.associations.len()
    }

    fn tell_time(&mut self) -> Duration {
        self.now = self.epoch.elapsed();
        self.now
    }

    fn ports(&self, remote: u16) -> Ports {
        Ports {
            local: self.local_address.port(),
            remote,
        }
    }

    /// Begins an association.
    fn dial(&mut self, address: SocketAddr, ports: Ports) -> AssociationId {
        let now = self.tell_time();
        let paths = &self.paths;
        self.acquaintances
            .on_dialed(address, |held| paths.leads_to(held));
        let id = self.insert(Association::new(address, Direction::Dialed, ports, now));
        self.with(id, Association::connect);
        id
    }

    fn insert(&mut self, association: Association) -> AssociationId {
        let id = self.next_id;
        self.next_id = id.next();
        self.paths
            .insert(association.peer(), association.ports(), id);
        self.associations.insert(id, association);
        id
    }

    fn feed(&mut self, id: AssociationId, packet: &[u8]) {
        let now = self.now;
        self.with(id, |association| association.receive(now, packet));
    }

    /// Lets an association do something, and then does what it wants done.
    fn with(&mut self, id: AssociationId, act: impl FnOnce(&mut Association)) {
        let association = self
            .associations
            .get_mut(&id)
            .expect("it was looked up before");
        let (peer, direction) = (association.peer(), association.direction());
        let (departures, known) = (&mut self.departures, &self.acquaintances);
        let (events, seal, now) = (&mut self.events, &self.seal, self.now);
        let mut over = None;
        act(association);
        association.drain(|effect| match effect {
            Effect::Transmit(packet) => {
                departures.send(now, known, peer, seal.seal(packet, peer, now));
            }
            Effect::Established => events.push_back(TransportEvent::Connected {
                association: id,
                address: peer,
                direction,
            }),
            Effect::Received(stream, ppid, payload) => events.push_back(TransportEvent::Received {
                association: id,
                stream,
                ppid,
                payload,
            }),
            Effect::Drained => events.push_back(TransportEvent::Drained { association: id }),
            Effect::Over(reason) => over = Some(reason),
        });
        let deadline = association.deadline();
        match over {
            Some(reason) => self.remove(id, reason),
            None => self.wake_by(deadline),
        }
    }

    /// Sends a packet that no association sends.
    fn send_packet(&mut self, to: SocketAddr, packet: Vec<u8>) {
        self.departures
            .send(self.now, &self.acquaintances, to, packet);
    }

    /// Forgets an association and tells why.
    fn remove(&mut self, id: AssociationId, reason: CloseReason) {
        if self.forget(id).is_some() {
            self.events.push_back(TransportEvent::Closed {
                association: id,
                reason,
            });
        }
    }

    fn forget(&mut self, id: AssociationId) -> Option<Association> {
        let association = self.associations.remove(&id)?;
        self.paths.remove(association.peer(), id);
        self.retransmitted_before += association.retransmitted();
        if association.direction() == Direction::Accepted {
            let source = association.peer().ip();
            self.census.release(source, association.is_trusted());
        }
        Some(association)
    }

    /// Sees to it that the alarm goes off no later than `deadline`. It may go off earlier: moving it
    /// to a later time with every packet would cost more than an idle look now and then.
    fn wake_by(&mut self, deadline: Option<Duration>) {
        let Some(deadline) = deadline else { return };
        if self.alarm_at.is_none_or(|at| deadline < at) {
            self.alarm_at = Some(deadline);
            self.alarm.as_mut().reset(self.epoch + deadline);
        }
    }

    fn on_alarm(&mut self) {
        let now = self.tell_time();
        self.alarm_at = None;
        let due = |association: &Association| association.deadline().is_some_and(|at| at <= now);
        let ids: Vec<_> = self.associations.keys().copied().collect();
        for id in ids {
            let association = &self.associations[&id];
            if due(association) {
                self.with(id, |association| association.advance(now));
            } else {
                let deadline = association.deadline();
                self.wake_by(deadline);
            }
        }
        // The heartbeats that have just left may be the first packets for long.
        self.departures.datagrams.hear_unreachable();
    }

    /// Nobody listens at the other end any more: RFC 9260, section 10, leaves it to us what to make of
    /// that. A node that was killed is so missed at the next heartbeat, and not after many.
    fn on_unreachable(&mut self, address: SocketAddr) {
        for id in self.paths.all(address) {
            let reason = if self.associations[&id].is_open() {
                CloseReason::Vanished
            } else {
                CloseReason::Refused
            };
            self.remove(id, reason);
        }
    }

    fn poll_datagrams(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Taken out, so that the packet in it can be looked at while everything else changes.
        let mut buffer = std::mem::take(&mut self.buffer);
        let received = self.departures.datagrams.poll_receive(cx, &mut buffer);
        if let Poll::Ready((bytes, from)) = received {
            self.on_datagram(from, &buffer[..bytes]);
        }
        self.buffer = buffer;
        received.map(|_| ())
    }

    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.alarm_at.is_none() {
            return Poll::Pending;
        }
        let alarm = self.alarm.as_mut().poll(cx);
        if alarm.is_ready() {
            self.on_alarm();
        }
        alarm
    }

    fn poll_departures(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let alarm = self.departures.poll_alarm(cx);
        if alarm.is_ready() {
            let now = self.tell_time();
            self.departures.send_due(now);
        }
        alarm
    }
}

#[cfg(test)]
mod apart_tests;
#[cfg(test)]
mod handshake_tests;
#[cfg(test)]
mod hostile_peer_tests;
#[cfg(test)]
mod shaped_tests;
#[cfg(test)]
mod strangers_tests;
#[cfg(test)]
mod tests;
