//! What becomes of links when this node, or a peer, is reached elsewhere than before.

use raptor_core::NodeId;
use tokio::time::Instant;

use super::Switchboard;
use crate::actor::postmaster::{Introduce, Move, PeerDownReason};
use crate::link::Hello;
use crate::transport::{AssociationId, CloseReason};

impl Switchboard {
    /// This node is somewhere else now. Peers that it spoke with from where it was are gone: whoever
    /// wants to speak with them again has them dialed.
    pub(in super::super) fn move_to(&mut self, Move { address, moved }: Move, now: Instant) {
        (self.ours.address, self.ours.moved) = (address, moved);
        let sessions = self.sessions.iter();
        let cut_off = sessions.filter(|(_, session)| session.is_cut_off());
        for id in cut_off.map(|(&id, _)| id).collect::<Vec<_>>() {
            self.transport.abort(id);
            let reason = CloseReason::Aborted("this host has another address".into());
            self.on_closed(id, reason, now);
        }
    }

    pub(in super::super) fn introduce(&mut self, Introduce { node, address }: Introduce) {
        if self.closing.is_some() || node == self.ours.record.node {
            return;
        }
        for session in self.sessions.values_mut() {
            session.follow(&node, address);
        }
        if let Some(vain) = self.absents.introduce(node.clone(), address) {
            if !self.keeps.holds(vain) && !self.absents.is_awaited(vain) {
                self.hang_up(vain);
            }
            self.call(&node);
        }
    }

    /// A peer that has moved has greeted: the link that led to where it was ends, and this one has what
    /// was held or awaited by that.
    pub(super) fn take_over(&mut self, left: AssociationId, by: AssociationId, hello: &Hello) {
        self.keeps.on_moved(left, by);
        self.absents.on_moved(left, by);
        self.absents.follow(&hello.record.node, hello.address);
        let session = self.sessions.remove(&left).expect("it is a rival");
        self.transport.abort(left);
        if let Some(peer) = session.peer() {
            self.lose(peer, &session, PeerDownReason::Moved);
        }
    }

    /// This node answers on an association: whoever else was looked for there is not there.
    pub(super) fn on_found(&mut self, id: AssociationId, found: &NodeId) {
        for (node, absent) in self.absents.take_misled(id, found) {
            self.give_up(&node, absent, PeerDownReason::Elsewhere);
        }
    }
}
