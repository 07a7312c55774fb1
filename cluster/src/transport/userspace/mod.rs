//! SCTP over UDP (RFC 6951), in this process and without privileges.
//!
//! One UDP socket carries all associations of a node, each of them a `dcsctp` socket for one peer
//! address. Strangers get nothing kept: an INIT is answered by a socket that is thrown away at once,
//! and only a COOKIE ECHO with a cookie of ours ([`cookie`]) makes an association, within bounds
//! ([`census`]). What `dcsctp` should not see is dropped before ([`packet`]).
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

use tokio::time::{Instant, Sleep};

mod association;
mod census;
mod cookie;
mod datagrams;
mod packet;
mod reception;
mod settings;
mod window;

use self::association::{Association, Effect, Ports};
use self::census::Census;
use self::cookie::CookieSeal;
use self::datagrams::{DATAGRAM_BYTES_MAX, Datagrams};
use self::settings::MESSAGE_BYTES_MAX;
use super::{
    AssociationId, CloseReason, Direction, ListenError, Message, SendError, StreamId, Transport,
    TransportCounters, TransportEvent, check, listen,
};

/// How many datagrams are taken before the rest of the thread gets its turn: the transport of a node
/// shares it with everything that the node decides. They take about half a millisecond.
const DATAGRAMS_PER_TURN_MAX: usize = 32;

/// How many associations a transport accepts.
///
/// Those that it began itself do not count. An accepted association holds at most its receive window,
/// 3 MiB, of messages that are not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserspaceLimits {
    /// From everywhere together. Default: 1,024, several times the nodes and clients of a cluster.
    pub accepted_max: usize,
    /// From one IP address. Default: 512, because all peers are on this machine as long as only
    /// loopback is served, and some must remain for others.
    pub accepted_per_source_max: usize,
}

impl Default for UserspaceLimits {
    fn default() -> Self {
        Self {
            accepted_max: 1024,
            accepted_per_source_max: 512,
        }
    }
}

/// SCTP over one UDP socket. Runs inside the tokio runtime in which it was bound.
pub struct Userspace {
    datagrams: Datagrams,
    buffer: Vec<u8>,
    local_address: SocketAddr,
    associations: HashMap<AssociationId, Association>,
    by_address: HashMap<SocketAddr, AssociationId>,
    next_id: AssociationId,
    queued: Vec<AssociationId>,
    events: VecDeque<TransportEvent>,
    seal: CookieSeal,
    census: Census,
    counters: TransportCounters,
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
    /// Fails if the address is not a loopback address, or if the operating system refuses it.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn bind(address: SocketAddr, limits: UserspaceLimits) -> Result<Self, ListenError> {
        listen::refuse_exposed(address)?;
        let seal = CookieSeal::new().map_err(ListenError::Random)?;
        let datagrams = Datagrams::bind(address)?;
        let local_address = datagrams
            .local_address()
            .map_err(|source| ListenError::Socket { address, source })?;
        let epoch = Instant::now();
        Ok(Self {
            datagrams,
            buffer: vec![0; DATAGRAM_BYTES_MAX],
            local_address,
            associations: HashMap::new(),
            by_address: HashMap::new(),
            next_id: AssociationId::FIRST,
            queued: Vec::new(),
            events: VecDeque::new(),
            seal,
            census: Census::new(limits),
            counters: TransportCounters::default(),
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

    fn insert(&mut self, association: Association) -> AssociationId {
        let id = self.next_id;
        self.next_id = id.next();
        self.by_address.insert(association.peer(), id);
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
        let (datagrams, events, seal, now) =
            (&mut self.datagrams, &mut self.events, &self.seal, self.now);
        let mut over = None;
        act(association);
        association.drain(|effect| match effect {
            Effect::Transmit(packet) => datagrams.send(peer, seal.seal(packet, peer, now)),
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
        self.by_address.remove(&association.peer());
        if association.direction() == Direction::Accepted {
            self.census.release(association.peer().ip());
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
        self.datagrams.hear_unreachable();
    }

    /// Nobody listens at the other end any more: RFC 9260, section 10, leaves it to us what to make of
    /// that. A node that was killed is so missed at the next heartbeat, and not after many.
    fn on_unreachable(&mut self, address: SocketAddr) {
        if let Some(&id) = self.by_address.get(&address) {
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
        let received = self.datagrams.poll_receive(cx, &mut buffer);
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
}

impl Transport for Userspace {
    fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    fn message_bytes_max(&self) -> usize {
        MESSAGE_BYTES_MAX
    }

    fn connect(&mut self, address: SocketAddr) -> AssociationId {
        if let Some(&id) = self.by_address.get(&address) {
            return id;
        }
        let now = self.tell_time();
        let ports = self.ports(address.port());
        let id = self.insert(Association::new(address, Direction::Dialed, ports, now));
        self.with(id, Association::connect);
        id
    }

    fn has_room(&self, association: AssociationId, stream: StreamId) -> bool {
        let association = self.associations.get(&association);
        association.is_some_and(|association| association.is_open() && association.has_room(stream))
    }

    fn send(&mut self, association: AssociationId, message: Message) -> Result<(), SendError> {
        check(&message, MESSAGE_BYTES_MAX)?;
        let id = association;
        let association = self.associations.get_mut(&id).ok_or(SendError::Gone)?;
        if !association.is_open() {
            return Err(SendError::Gone);
        }
        if !association.has_room(message.stream) {
            return Err(SendError::Full);
        }
        association.queue(message);
        if self.queued.last() != Some(&id) {
            self.queued.push(id);
        }
        Ok(())
    }

    fn flush(&mut self) {
        if self.queued.is_empty() {
            return;
        }
        let now = self.tell_time();
        for id in std::mem::take(&mut self.queued) {
            if self.associations.contains_key(&id) {
                self.with(id, |association| association.flush(now));
            }
        }
    }

    fn close(&mut self, association: AssociationId) {
        if self.associations.contains_key(&association) {
            let now = self.tell_time();
            self.with(association, |association| {
                association.flush(now);
                association.close();
            });
        }
    }

    fn abort(&mut self, association: AssociationId) {
        if let Some(mut association) = self.forget(association) {
            let peer = association.peer();
            association.abort();
            association.drain(|effect| {
                if let Effect::Transmit(packet) = effect {
                    self.datagrams.send(peer, packet);
                }
            });
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TransportEvent> {
        if self.events.is_empty() {
            self.tell_time();
        }
        while self.datagrams_this_turn < DATAGRAMS_PER_TURN_MAX {
            if self.alarm_at.is_some_and(|at| at <= self.now) {
                self.on_alarm();
            }
            while let Some(address) = self.datagrams.next_unreachable() {
                self.on_unreachable(address);
            }
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(event);
            }
            if self.poll_datagrams(cx).is_ready() {
                self.datagrams_this_turn += 1;
            } else if self.poll_alarm(cx).is_pending() {
                self.datagrams_this_turn = 0;
                self.datagrams.poll_backlog(cx);
                return Poll::Pending;
            }
        }
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(event);
        }
        self.datagrams_this_turn = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn counters(&self) -> TransportCounters {
        TransportCounters {
            packets_unsent: self.datagrams.unsent(),
            ..self.counters
        }
    }
}

#[cfg(test)]
mod hostile_peer_tests;
#[cfg(test)]
mod strangers_tests;
#[cfg(test)]
mod tests;
