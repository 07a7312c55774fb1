//! The userspace SCTP as the transport that it is to the layers above.

use std::net::SocketAddr;
use std::task::{Context, Poll};

use raptor_core::Zone;

use super::Userspace;
use super::association::{Association, Effect, Ports};
use super::settings::MESSAGE_BYTES_MAX;
use crate::transport::shaping::Shaping;
use crate::transport::{
    AssociationId, Direction, Message, SendError, ShapeError, StreamId, Traffic, Transport,
    TransportCounters, TransportEvent, check,
};

/// How many datagrams are taken before the rest of the thread gets its turn: the transport of a node
/// shares it with everything that the node decides. They take about half a millisecond.
const DATAGRAMS_PER_TURN_MAX: usize = 32;

impl Transport for Userspace {
    fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    fn message_bytes_max(&self) -> usize {
        MESSAGE_BYTES_MAX
    }

    fn connect(&mut self, address: SocketAddr) -> AssociationId {
        let ports = self.ports(address.port());
        match self.paths.find(address, ports) {
            Some(id) => id,
            None => self.dial(address, ports),
        }
    }

    fn connect_apart(&mut self, address: SocketAddr) -> AssociationId {
        let remote = address.port();
        let local = self.paths.free_port(address, remote);
        self.dial(address, Ports { local, remote })
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
            self.tell_time();
            let peer = association.peer();
            association.abort();
            association.drain(|effect| {
                if let Effect::Transmit(packet) = effect {
                    self.send_packet(peer, packet);
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
            self.departures.send_due(self.now);
            while let Some(address) = self.departures.datagrams.next_unreachable() {
                self.on_unreachable(address);
            }
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(event);
            }
            if self.poll_datagrams(cx).is_ready() {
                self.datagrams_this_turn += 1;
            } else if self.poll_alarm(cx).is_pending() && self.poll_departures(cx).is_pending() {
                self.datagrams_this_turn = 0;
                self.departures.datagrams.poll_backlog(cx);
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

    fn trust(&mut self, association: AssociationId, zone: &Zone) {
        let Some(association) = self.associations.get_mut(&association) else {
            return;
        };
        let peer = association.peer();
        let was_stranger = !association.trust();
        if was_stranger && association.direction() == Direction::Accepted {
            self.census.trust(peer.ip());
        }
        let paths = &self.paths;
        self.acquaintances
            .on_proven(peer, zone, |held| paths.leads_to(held));
    }

    fn shape(&mut self, zone: &Zone, shaping: &Shaping) -> Result<(), ShapeError> {
        self.departures.shape(zone, shaping)
    }

    fn counters(&self) -> TransportCounters {
        TransportCounters {
            packets_unsent: self.departures.datagrams.unsent(),
            packets_shaped_away: self.departures.dropped(),
            ..self.counters
        }
    }

    fn traffic(&self) -> Option<Traffic> {
        let associations = self.associations.values();
        let retransmitted = associations.map(Association::retransmitted);
        Some(Traffic {
            packets_retransmitted: self.retransmitted_before + retransmitted.sum::<u64>(),
            ..self.departures.datagrams.traffic()
        })
    }
}
