//! What becomes of a socket that is ready: associations that peers begin, and what arrives on them.

use std::io;
use std::net::SocketAddr;

use raptor_sys::Ready;

use super::association::{Association, Effect};
use super::settings::ACCEPTED_MAX;
use super::{ACCEPT_PAUSE, Kernel, LISTENER, RECEIVED_PER_VISIT_MAX};
use crate::transport::{AssociationId, CloseReason, Direction, TransportEvent};

impl Kernel {
    pub(super) fn visit(&mut self, ready: Ready) {
        if ready.token == LISTENER {
            self.accept();
            return;
        }
        let id = AssociationId::from_number(ready.token);
        if ready.to_send && self.associations.contains_key(&id) {
            self.watch(id, false);
            self.queued.insert(id);
        }
        if ready.to_receive {
            self.receive(id);
        }
    }

    fn accept(&mut self) {
        match self.listener.accept() {
            Ok((socket, address)) if self.accepted() < ACCEPTED_MAX => {
                let accepted = Association::accepted(address, socket);
                match accepted.and_then(|association| self.insert(association)) {
                    Ok(id) => self.on_effect(id, address, Direction::Accepted, Effect::Established),
                    Err(error) => self.on_accept_failed(&error),
                }
            }
            Ok((_, address)) => {
                tracing::warn!(peer = %address, "refused an association: there are too many");
                self.counters.associations_refused += 1;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.on_accept_failed(&error),
        }
    }

    fn accepted(&self) -> usize {
        let directions = self.associations.values().map(Association::direction);
        directions
            .filter(|direction| *direction == Direction::Accepted)
            .count()
    }

    fn on_accept_failed(&mut self, error: &io::Error) {
        tracing::warn!(%error, "an association was not accepted");
        if self
            .readiness
            .change(&self.listener, LISTENER, false, false)
            .is_ok()
        {
            self.pause = Some(Box::pin(tokio::time::sleep(ACCEPT_PAUSE)));
        }
    }

    fn receive(&mut self, id: AssociationId) {
        for _ in 0..RECEIVED_PER_VISIT_MAX {
            let Some(association) = self.associations.get_mut(&id) else {
                return;
            };
            let (peer, direction) = (association.peer(), association.direction());
            let Some(effect) = association.receive(&mut self.buffer) else {
                return;
            };
            self.on_effect(id, peer, direction, effect);
        }
    }

    fn on_effect(
        &mut self,
        association: AssociationId,
        address: SocketAddr,
        direction: Direction,
        effect: Effect,
    ) {
        self.events.push_back(match effect {
            Effect::Established => {
                self.queued.insert(association);
                TransportEvent::Connected {
                    association,
                    address,
                    direction,
                }
            }
            Effect::Received(stream, ppid, payload) => TransportEvent::Received {
                association,
                stream,
                ppid,
                payload,
            },
            Effect::Drained => TransportEvent::Drained { association },
            Effect::Over(reason) => return self.on_over(association, reason),
        });
    }

    /// An association is over; after a restart its socket carries the next one.
    pub(super) fn on_over(&mut self, id: AssociationId, reason: CloseReason) {
        let over = self.associations.remove(&id);
        let is_restart = reason == CloseReason::Restarted;
        self.events.push_back(TransportEvent::Closed {
            association: id,
            reason,
        });
        let Some(over) = over.filter(|_| is_restart) else {
            return;
        };
        let reborn = over.reborn();
        let (id, peer, direction) = (self.next_id, reborn.peer(), reborn.direction());
        self.next_id = id.next();
        self.associations.insert(id, reborn);
        self.watch(id, false);
        self.on_effect(id, peer, direction, Effect::Established);
    }
}
