//! Mail between actors of different nodes: what arrives is handed on here, and who is up, in a group,
//! or watched is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::NodeId;
use raptor_core::membership::Load;
use tracing::warn;

use super::Supervisor;
use crate::actor::postmaster::{Collect, PeerId, Token};
use crate::remote::mail::{Mail, Membership};
use crate::remote::{
    ActorEnded, BeginWatch, Correspondent, EndCause, EndWatch, JoinError, JoinGroup, LeaveGroup,
    Mailroom, Memberships, Undelivered, Vitals, VitalsAsked, Watches, membership,
};
use crate::wire;

/// What the supervisor keeps of the mail. What all threads look up is in the [`Mailroom`].
pub(super) struct Correspondence {
    mailroom: Arc<Mailroom>,
    correspondents: BTreeMap<PeerId, Arc<Correspondent>>,
    memberships: Memberships,
    watches: Watches,
}

impl Drop for Correspondence {
    /// Whoever still writes is refused, and whoever waits for an answer hears that none will come.
    fn drop(&mut self) {
        self.mailroom.close_all();
    }
}

impl Correspondence {
    pub(super) fn new(mailroom: Arc<Mailroom>) -> Self {
        let ourselves = mailroom.correspondent(mailroom.node());
        let ourselves = ourselves.expect("a node can always write to itself");
        Self {
            mailroom,
            correspondents: BTreeMap::from([(PeerId::OURSELVES, ourselves)]),
            memberships: Memberships::default(),
            watches: Watches::default(),
        }
    }

    /// A node is there, as the cluster says: it can be written to, although there may be no association
    /// with it yet.
    pub(super) fn on_node_known(&mut self, node: &NodeId) {
        if self.mailroom.correspondent(node).is_err() {
            let correspondent = self.mailroom.open(node.clone(), node.clone().into());
            self.tell_memberships(&correspondent);
        }
    }

    /// There is an association with a node.
    pub(super) fn on_node_up(&mut self, node: NodeId, peer: PeerId) {
        let known = self.mailroom.correspondent(&node).ok();
        let known = known.filter(|known| known.is_called_by_name());
        let correspondent = known.unwrap_or_else(|| self.mailroom.open(node, peer.into()));
        self.tell_memberships(&correspondent);
        self.correspondents.insert(peer, correspondent);
    }

    /// Tells a node which of our actors are in groups.
    fn tell_memberships(&self, to: &Correspondent) {
        for ours in self.memberships.ours() {
            to.inform(&Mail::Joined(ours));
        }
    }

    /// The association with a node is over.
    pub(super) fn on_node_down(&mut self, peer: PeerId) {
        if let Some(correspondent) = self.correspondents.remove(&peer) {
            self.watches.on_peer_down(peer);
            self.close(&correspondent);
        }
    }

    /// A node is not there any more, as the cluster says. If there is an association with it, the end
    /// of that is on its way, but who waits for an answer need not wait for that.
    pub(super) fn on_node_lost(&mut self, node: &NodeId) {
        match self.unlinked(node) {
            Some(unlinked) => self.close(&unlinked),
            None => {
                self.watches.on_node_down(node);
                if let Ok(linked) = self.mailroom.correspondent(node) {
                    linked.lose_asks();
                }
            }
        }
    }

    /// There could be no association with a node. What was written to it is lost; the next letter is
    /// another attempt.
    pub(super) fn on_unreached(&mut self, node: &NodeId) {
        if let Some(unlinked) = self.unlinked(node) {
            self.close(&unlinked);
            self.mailroom.open(node.clone(), node.clone().into());
        }
    }

    /// A node that is written to by name, and with which there is no association.
    fn unlinked(&self, node: &NodeId) -> Option<Arc<Correspondent>> {
        let known = self.mailroom.correspondent(node).ok()?;
        let mut linked = self.correspondents.values();
        let is_linked = linked.any(|linked| Arc::ptr_eq(linked, &known));
        (!is_linked).then_some(known)
    }

    fn close(&mut self, correspondent: &Arc<Correspondent>) {
        self.mailroom.close(correspondent);
        let node = correspondent.node();
        self.watches.on_node_down(node);
        for group in self.memberships.on_node_down(node) {
            self.publish(&group);
        }
    }

    /// A piece of mail has come.
    pub(super) fn on_mail(&mut self, peer: PeerId, bytes: &Bytes, receipt: Token) {
        let Some(from) = self.correspondents.get(&peer).map(Arc::clone) else {
            return warn!(%peer, "somebody who is no node has sent mail");
        };
        match wire::decode_mail(bytes) {
            Ok(Mail::Tell(letter)) => self.mailroom.on_tell(&from, letter, receipt),
            Ok(Mail::Ask { number, letter }) => {
                self.mailroom.on_ask(&from, number, letter, receipt);
            }
            Ok(Mail::Replied { number, reply }) => {
                from.on_replied(number, reply.map(|body| bytes.slice_ref(body)));
            }
            Ok(news) => self.on_news(peer, &from, news),
            Err(error) => warn!(node = %from.node(), %error, "a letter cannot be read"),
        }
    }

    /// What is said rarely.
    fn on_news(&mut self, peer: PeerId, from: &Correspondent, news: Mail<'_>) {
        let node = from.node();
        match news {
            Mail::Bounced { address, why } => self.mailroom.on_bounced(Undelivered {
                node: node.clone(),
                actor: address.actor.to_owned(),
                kind: address.kind.to_owned(),
                version: address.version,
                why,
            }),
            Mail::Joined(joined) => {
                self.memberships.on_joined(node, joined);
                self.publish(joined.group);
            }
            Mail::Left(left) => {
                self.memberships.on_left(node, left);
                self.publish(left.group);
            }
            Mail::Watch { number, actor } => {
                let life = self.mailroom.directory.life(actor);
                if let Err(why) = self.watches.on_watch(peer, number, actor, life) {
                    from.inform(&Mail::Terminated { number, why });
                }
            }
            Mail::Unwatch { number } => self.watches.on_unwatch(peer, number),
            Mail::Terminated { number, why } => self.watches.on_terminated(node, number, why),
            Mail::Tell(_) | Mail::Ask { .. } | Mail::Replied { .. } => {
                unreachable!("letters were handed on before")
            }
        }
    }

    /// Looks which actors of this node have ended, and tells whoever wants to know.
    pub(super) fn look_for_ended(&mut self) {
        let directory = &self.mailroom.directory;
        directory.forget_ended();
        for (peer, number) in self.watches.take_ended(|actor| directory.life(actor)) {
            if let Some(watcher) = self.correspondents.get(&peer) {
                let why = EndCause::Stopped;
                watcher.inform(&Mail::Terminated { number, why });
            }
        }
        let ended = self.memberships.take_ended(|actor| directory.life(actor));
        for place in &ended {
            self.tell_left(membership(place));
        }
    }

    fn tell_left(&self, left: Membership<'_>) {
        self.inform_others(&Mail::Left(left));
        self.publish(left.group);
    }

    fn inform_others(&self, mail: &Mail<'_>) {
        let others = self.correspondents.iter();
        for (_, other) in others.filter(|(peer, _)| **peer != PeerId::OURSELVES) {
            other.inform(mail);
        }
    }

    fn publish(&self, group: &str) {
        let Mailroom { rosters, .. } = &*self.mailroom;
        self.memberships
            .publish(group, self.mailroom.node(), rosters);
    }

    fn join(&mut self, join: &JoinGroup) -> Result<(), JoinError> {
        let life = self.mailroom.directory.life(&join.actor);
        if self.memberships.join(join, life)? {
            let JoinGroup { group, actor } = join;
            self.inform_others(&Mail::Joined(Membership { group, actor }));
            self.publish(group);
        }
        Ok(())
    }

    fn watch(&mut self, begin: BeginWatch) {
        let (id, actor) = (begin.id, Arc::clone(&begin.actor));
        let node = self.mailroom.correspondent(&begin.node);
        self.watches.begin(begin);
        let (number, actor) = (id.0, &*actor);
        match node {
            Ok(node) => node.inform(&Mail::Watch { number, actor }),
            Err(_) => self.watches.conclude(id, EndCause::NodeDown),
        }
    }
}

/// Mail of this node to itself.
impl Handler<Collect> for Supervisor {
    type Result = ();

    fn handle(&mut self, Collect(gate): Collect, _: &mut Self::Context) {
        for piece in gate.empty() {
            // As long as its actor has not handled it, it takes up room.
            let receipt = Token::from(piece.envelope.clone());
            self.correspondence
                .on_mail(PeerId::OURSELVES, &piece.envelope, receipt);
        }
    }
}

impl Handler<ActorEnded> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: ActorEnded, _: &mut Self::Context) {
        self.correspondence.look_for_ended();
    }
}

impl Handler<JoinGroup> for Supervisor {
    type Result = Result<(), JoinError>;

    fn handle(&mut self, join: JoinGroup, _: &mut Self::Context) -> Self::Result {
        self.correspondence.join(&join)
    }
}

impl Handler<LeaveGroup> for Supervisor {
    type Result = ();

    fn handle(&mut self, leave: LeaveGroup, _: &mut Self::Context) {
        if self.correspondence.memberships.leave(&leave) {
            let LeaveGroup { group, actor } = &leave;
            self.correspondence.tell_left(Membership { group, actor });
        }
    }
}

impl Handler<BeginWatch> for Supervisor {
    type Result = ();

    fn handle(&mut self, begin: BeginWatch, _: &mut Self::Context) {
        self.correspondence.watch(begin);
    }
}

impl Handler<EndWatch> for Supervisor {
    type Result = ();

    fn handle(&mut self, EndWatch(id): EndWatch, _: &mut Self::Context) {
        let correspondence = &mut self.correspondence;
        let node = correspondence.watches.end(id);
        let node = node.and_then(|node| correspondence.mailroom.correspondent(&node).ok());
        if let Some(node) = node {
            node.inform(&Mail::Unwatch { number: id.0 });
        }
    }
}

impl Handler<VitalsAsked> for Supervisor {
    type Result = MessageResult<VitalsAsked>;

    fn handle(&mut self, _: VitalsAsked, _: &mut Self::Context) -> Self::Result {
        let Load {
            flights,
            weight,
            slots,
            is_draining,
        } = self.supervision.load();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        MessageResult(Vitals {
            peers: count(self.membership.up().count()),
            flights,
            weight,
            slots,
            attempts: count(self.services.attempts.len()),
            is_draining,
        })
    }
}
