//! Associations that nobody needs for now: how they end, and how their peers are called back.

use raptor_core::{NodeId, Role};
use tokio::time::Instant;

use super::{Seat, Switchboard};
use crate::actor::postmaster::absent::Absent;
use crate::actor::postmaster::keeps::Aim;
use crate::actor::postmaster::session::{Leaving, Session};
use crate::actor::postmaster::{PeerDownReason, PeerId, PostmasterEvent};
use crate::transport::AssociationId;

/// Idle associations are looked for so often in the time that one may be idle.
const IDLE_LOOKS: u32 = 4;

impl Switchboard {
    pub(in super::super) fn dismiss(&mut self, node: &NodeId) {
        if let Some(absent) = self.absents.dismiss(node) {
            self.give_up(node, absent, PeerDownReason::Dismissed);
        }
    }

    /// Dials an absent node, unless that is under way.
    pub(super) fn call(&mut self, node: &NodeId) {
        let Some(absent) = self.absents.find(node) else {
            return;
        };
        if absent.dialing.is_some() {
            return;
        }
        let (address, role) = (absent.address, Role::Node);
        let id = self.reach(Aim { address, role });
        if let Some(absent) = self.absents.find(node) {
            absent.dialing = Some(id);
        }
        let greeted = self.sessions.get(&id).and_then(|it| it.hello.as_ref());
        if let Some(found) = greeted.map(|hello| hello.record.node.clone()) {
            self.on_found(id, &found);
        }
    }

    /// An association has ended: if it was to bring an absent node back, that is down.
    pub(super) fn on_call_failed(&mut self, id: AssociationId, reason: &PeerDownReason) {
        if let Some((node, absent)) = self.absents.take_dialed_by(id) {
            self.give_up(&node, absent, reason.clone());
        }
    }

    pub(super) fn give_up(&mut self, node: &NodeId, absent: Absent, reason: PeerDownReason) {
        match absent.peer {
            Some((peer, hello)) => {
                self.unseat(peer, (hello.role, node.clone()));
                self.events.push_back(PostmasterEvent::PeerDown {
                    peer,
                    record: hello.record,
                    reason,
                });
            }
            None => self.events.push_back(PostmasterEvent::Unreached {
                node: node.clone(),
                reason,
            }),
        }
    }

    /// Both ends of a session have nothing to say, and we close it.
    pub(super) fn on_parted(&mut self, id: AssociationId) {
        self.session(id).leaving = Leaving::WhenDrained;
        self.list(id);
    }

    /// A session that both ends agreed to end has: its peer stays up without it.
    pub(super) fn park(&mut self, peer: PeerId, mut session: Session) {
        let outbox = session.link.take_outbox();
        let hello = session
            .hello
            .take()
            .expect("a peer that was up has said hello");
        let node = hello.record.node.clone();
        let has_mail = !outbox.is_empty();
        tracing::debug!(%peer, %node, "parted for now");
        self.peers.insert(peer, Seat::Parted(node.clone()));
        self.absents.part(peer, hello, outbox);
        if has_mail {
            self.call(&node);
        }
    }

    /// Whoever has come up may have been away: then it is the same peer, and gets what has waited.
    pub(super) fn welcome_back(&mut self, id: AssociationId) -> Option<PeerId> {
        let session = self.sessions.get(&id)?;
        let hello = session
            .hello
            .as_ref()
            .filter(|hello| hello.role == Role::Node)?;
        let record = hello.record.clone();
        let absent = self.absents.take(&record.node)?;
        match absent.peer {
            Some((peer, known)) if known.record.incarnation == record.incarnation => {
                self.session(id).link.inherit(absent.outbox);
                Some(peer)
            }
            Some(_) => {
                let by = record.incarnation;
                self.give_up(&record.node, absent, PeerDownReason::Replaced { by });
                None
            }
            None => {
                self.session(id).link.inherit(absent.outbox);
                None
            }
        }
    }

    /// Parts from nodes with which nothing was exchanged for long.
    pub(super) fn part_from_idle(&mut self, now: Instant) {
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for &id in &ids {
            let idle_timeout = self.idle_timeout;
            if self.may_part(id) && self.session(id).active_at + idle_timeout <= now {
                let session = self.session(id);
                session.active_at = now;
                session.link.part();
                self.list(id);
            }
        }
        // Those that are kept may be forgotten by then.
        let ups = self
            .sessions
            .values()
            .filter(|session| session.peer().is_some());
        let idle_at = ups.map(|session| (session.active_at + self.idle_timeout).max(now));
        let idle_at = idle_at.min().filter(|_| self.ours.role == Role::Node);
        self.idle_at = idle_at.map(|at| at.max(now + self.idle_timeout / IDLE_LOOKS));
    }

    /// Whether a session is one that could be made again when it is needed.
    fn may_part(&self, id: AssociationId) -> bool {
        let session = &self.sessions[&id];
        let is_node = |hello: &crate::link::Hello| hello.role == Role::Node;
        self.ours.role == Role::Node
            && session.peer().is_some()
            && session.hello.as_ref().is_some_and(is_node)
            && !self.keeps.holds(id)
    }
}
