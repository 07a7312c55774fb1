//! How envelopes get to links: those of peers that are up, and those of nodes that must be dialed first.

use raptor_core::{NodeId, Role};
use tokio::time::Instant;

use super::{Seat, Switchboard};
use crate::actor::postmaster::keeps::Outcome;
use crate::actor::postmaster::{Destination, PeerDownReason, PeerId, Post, PostRefused};

impl Switchboard {
    pub(in super::super) fn post(&mut self, post: Post, now: Instant) -> Result<(), PostRefused> {
        let bytes = post.envelope.len();
        let posted = self.try_post(post, now);
        match posted {
            Ok(()) => self.meter.on_posted(bytes),
            Err(_) => self.meter.on_post_refused(),
        }
        posted
    }

    /// Posts, and cuts off a peer that cannot take it.
    pub(in super::super) fn deliver(&mut self, post: Post, now: Instant) {
        let to = post.to.clone();
        match self.post(post, now) {
            Err(PostRefused::Backlogged { .. }) => self.cut_off(&to, now),
            Err(PostRefused::TooLong { bytes }) => {
                tracing::error!(bytes, ?to, "an envelope is too long to be delivered");
            }
            // Who is not up is told when it is; who is being left need not hear.
            Ok(()) | Err(PostRefused::Unknown | PostRefused::Closing) => {}
        }
    }

    fn cut_off(&mut self, to: &Destination, now: Instant) {
        let Some(peer) = self.peer_of(to) else { return };
        let Some(Seat::Live(id)) = self.peers.get(&peer).cloned() else {
            return;
        };
        let session = self.sessions.remove(&id);
        let session = session.expect("a peer that is up has a session");
        self.transport.abort(id);
        self.lose(peer, &session, PeerDownReason::Backlogged);
        self.keeps.on_over(id, Outcome::WasUp, now);
    }

    fn peer_of(&self, to: &Destination) -> Option<PeerId> {
        match to {
            Destination::Peer(peer) => Some(*peer),
            Destination::Node(node) => self.nodes.get(&(Role::Node, node.clone())).copied(),
            Destination::Member(flight, node) => {
                let name = (Role::Member(*flight), node.clone());
                self.nodes.get(&name).copied()
            }
        }
    }

    fn try_post(&mut self, post: Post, now: Instant) -> Result<(), PostRefused> {
        if self.closing.is_some() {
            return Err(PostRefused::Closing);
        }
        let seat = self.peer_of(&post.to);
        let seat = seat.and_then(|peer| self.peers.get(&peer).cloned());
        match (seat, &post.to) {
            (Some(Seat::Live(id)), _) => {
                let session = self.session(id);
                let expires_at = post.expires_after.map(|lifetime| now + lifetime);
                session.active_at = now;
                session.link.post(post.lane, post.envelope, expires_at)?;
                self.list(id);
                Ok(())
            }
            (Some(Seat::Parted(node)), _) => self.post_absent(&node, post, now),
            (None, Destination::Node(node)) => {
                let node = node.clone();
                self.post_absent(&node, post, now)
            }
            (None, Destination::Peer(_) | Destination::Member(..)) => Err(PostRefused::Unknown),
        }
    }

    /// Posts to a node with which there is no association, and dials it.
    fn post_absent(&mut self, node: &NodeId, post: Post, now: Instant) -> Result<(), PostRefused> {
        let expires_at = post.expires_after.map(|lifetime| now + lifetime);
        let absent = self.absents.find(node).ok_or(PostRefused::Unknown)?;
        absent.outbox.post(post.lane, post.envelope, expires_at)?;
        self.call(node);
        Ok(())
    }
}
