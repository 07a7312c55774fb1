//! What the transport reports, and what the links make of it.

use std::net::SocketAddr;

use raptor_core::Role;
use tokio::time::Instant;

use super::Switchboard;
use crate::actor::postmaster::keeps::Outcome;
use crate::actor::postmaster::session::{Session, Stage};
use crate::actor::postmaster::{PeerDownReason, PostmasterEvent};
use crate::link::{Hello, Link, LinkEvent, Setting};
use crate::transport::{AssociationId, CloseReason, Direction, TransportEvent};

impl Switchboard {
    pub(super) fn on_transport_event(&mut self, event: TransportEvent, now: Instant) {
        match event {
            TransportEvent::Connected {
                association,
                address,
                direction,
            } => self.on_connected(association, address, direction, now),
            TransportEvent::Received {
                association,
                stream,
                ppid,
                payload,
            } => {
                if let Some(session) = self.sessions.get_mut(&association) {
                    session.link.on_message(stream, ppid, payload);
                    self.take_link_events(association, now);
                }
            }
            TransportEvent::Drained { association } => {
                if self.sessions.contains_key(&association) {
                    self.list(association);
                }
            }
            TransportEvent::Closed {
                association,
                reason,
            } => self.on_closed(association, reason, now),
        }
    }

    fn on_connected(
        &mut self,
        id: AssociationId,
        address: SocketAddr,
        direction: Direction,
        now: Instant,
    ) {
        if self.closing.is_some() {
            self.transport.abort(id);
            return;
        }
        let dialed_as = self.dialing.remove(&id).unwrap_or(self.ours.role);
        let dialed_as = (direction == Direction::Dialed).then_some(dialed_as);
        let setting = Setting {
            protection: self.protection.clone(),
            association: id,
            bell: self.bell.clone(),
        };
        let ours = Hello {
            role: dialed_as.unwrap_or(self.ours.role),
            ..self.ours.clone()
        };
        let link = Link::new(ours, direction, setting);
        let session = Session::new(link, address, dialed_as, now);
        let deadline = session.deadline().expect("it has to greet");
        self.sessions.insert(id, session);
        self.look_by(deadline);
        self.list(id);
        self.take_link_events(id, now);
    }

    pub(super) fn on_closed(&mut self, id: AssociationId, reason: CloseReason, now: Instant) {
        let Some(session) = self.sessions.remove(&id) else {
            // It was dialed and did not answer.
            self.dialing.remove(&id);
            self.on_call_failed(id, &PeerDownReason::Over(reason));
            self.keeps.on_over(id, Outcome::Failed, now);
            return;
        };
        let outcome = match session.stage {
            Stage::Greeting { .. } => Outcome::Failed,
            Stage::Up(_) => Outcome::WasUp,
            Stage::Refused { .. } => Outcome::Refused,
        };
        let has_parted = session.link.has_parted() && session.may_be(Role::Node);
        if let Some(peer) = session.peer().filter(|_| has_parted) {
            self.keeps.on_over(id, outcome, now);
            return self.park(peer, session);
        }
        if let Some(peer) = session.peer() {
            let has_everything = reason == CloseReason::Closed && session.link.is_drained();
            if let Some(closing) = self.closing.as_mut().filter(|_| !has_everything) {
                closing.outcome.cut_off += 1;
            }
            self.lose(peer, &session, PeerDownReason::Over(reason));
        } else {
            self.on_call_failed(id, &PeerDownReason::Over(reason));
        }
        self.keeps.on_over(id, outcome, now);
    }

    fn take_link_events(&mut self, id: AssociationId, now: Instant) {
        while let Some(session) = self.sessions.get_mut(&id) {
            let Some(event) = session.link.next_event() else {
                // The greeting may have something to say.
                if session.peer().is_none() {
                    self.list(id);
                }
                return;
            };
            self.on_link_event(id, event, now);
        }
    }

    fn on_link_event(&mut self, id: AssociationId, event: LinkEvent, now: Instant) {
        match event {
            LinkEvent::Greeted { hello, nonce } => self.on_greeted(id, hello, nonce, now),
            LinkEvent::Up => self.on_up(id, now),
            LinkEvent::Arrived { lane, envelope } => {
                let session = self.session(id);
                session.active_at = now;
                if let Some(peer) = session.peer() {
                    let receipt = session.link.receipt(lane, envelope.len());
                    self.meter.on_received(envelope.len());
                    self.events.push_back(PostmasterEvent::Arrived {
                        peer,
                        lane,
                        envelope,
                        receipt,
                    });
                }
            }
            LinkEvent::Resumed => self.list(id),
            LinkEvent::Parted => self.on_parted(id),
            LinkEvent::RefusedByPeer { reason } => {
                self.warn(id, "a peer refused us", &reason);
                self.part(id, PeerDownReason::RefusedByPeer(reason), now);
            }
            LinkEvent::Refused(refusal) if self.session(id).is_stranger() => {
                self.on_stranger(id, refusal.to_string(), now);
            }
            LinkEvent::Refused(refusal) => {
                self.warn(id, "refused a peer", &refusal);
                self.part(id, PeerDownReason::Misbehaved(refusal.to_string()), now);
            }
        }
    }
}
