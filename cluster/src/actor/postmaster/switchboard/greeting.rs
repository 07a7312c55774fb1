//! Who is let in: what becomes of a peer that has greeted.

use raptor_core::{Incarnation, Role};
use tokio::time::Instant;

use super::{Seat, Switchboard};
use crate::actor::postmaster::register::{Nonce, Refusal, Rival, Verdict};
use crate::actor::postmaster::session::{Session, Stage};
use crate::actor::postmaster::{PeerDownReason, PeerId, PostmasterEvent};
use crate::link::Hello;
use crate::transport::AssociationId;

impl Switchboard {
    pub(super) fn on_greeted(
        &mut self,
        id: AssociationId,
        hello: Hello,
        nonce: Option<Nonce>,
        now: Instant,
    ) {
        if nonce.is_some_and(|nonce| !self.register.is_new(nonce)) {
            self.session(id).link.ignore();
            return self.on_stranger(id, "its opening was recorded earlier".into(), now);
        }
        if hello.role == Role::Node {
            self.on_found(id, &hello.record.node);
        }
        let direction = self.session(id).direction;
        let rival = self.rival(&hello);
        let judged = rival.map(|(_, rival)| rival);
        match self.register.judge(&self.ours, &hello, direction, judged) {
            Verdict::Welcome => self.welcome(id, hello),
            Verdict::Replace => {
                let by = hello.record.incarnation;
                match rival {
                    Some((rival, judged)) if judged.incarnation == by => {
                        self.keeps.on_moved(rival, id);
                        self.absents.on_moved(rival, id);
                        self.turn_away(rival, Refusal::Duplicate, by, now);
                    }
                    Some((rival, _)) => {
                        self.turn_away(rival, Refusal::Replaced { by }, by, now);
                    }
                    None => {}
                }
                self.welcome(id, hello);
            }
            Verdict::TakeOver => {
                if let Some((rival, _)) = rival {
                    self.take_over(rival, id, &hello);
                }
                self.welcome(id, hello);
            }
            Verdict::Refuse(refusal) => {
                let by = hello.record.incarnation;
                self.session(id).hello = Some(hello);
                self.turn_away(id, refusal, by, now);
                match (refusal, rival) {
                    (Refusal::Ourselves, _) => self.keeps.on_ourselves(id),
                    // What the duplicate held is held by the link that stays.
                    (Refusal::Duplicate, Some((rival, _))) => {
                        self.keeps.on_moved(id, rival);
                        self.absents.on_moved(id, rival);
                    }
                    (
                        Refusal::Duplicate
                        | Refusal::Namesake
                        | Refusal::Outdated { .. }
                        | Refusal::Replaced { .. },
                        _,
                    ) => {}
                }
            }
        }
    }

    /// The welcomed session of the same name and role, if there is one.
    fn rival(&self, hello: &Hello) -> Option<(AssociationId, Rival)> {
        let is_rival = |session: &Session| {
            let theirs = session.hello.as_ref();
            let is_same = theirs.is_some_and(|theirs| {
                (theirs.role, &theirs.record.node) == (hello.role, &hello.record.node)
            });
            is_same && !session.is_refused()
        };
        let (&id, session) = self
            .sessions
            .iter()
            .find(|(_, session)| is_rival(session))?;
        let theirs = session.hello.as_ref()?;
        let rival = Rival {
            incarnation: theirs.record.incarnation,
            moved: theirs.moved,
            direction: session.direction,
            is_up: session.peer().is_some(),
        };
        Some((id, rival))
    }

    fn welcome(&mut self, id: AssociationId, hello: Hello) {
        self.register.on_welcomed(&hello);
        self.transport.trust(id, &hello.record.zone);
        let session = self.session(id);
        session.link.welcome();
        session.hello = Some(hello);
    }

    pub(super) fn on_up(&mut self, id: AssociationId, now: Instant) {
        let is_back = self.welcome_back(id);
        let peer = is_back.unwrap_or(PeerId(self.last_peer.0 + 1));
        self.last_peer = self.last_peer.max(peer);
        let idle_at = now + self.idle_timeout;
        self.idle_at = Some(self.idle_at.map_or(idle_at, |at| at.min(idle_at)));
        let session = self.session(id);
        session.active_at = now;
        session.stage = Stage::Up(peer);
        let version = session.link.version();
        let hello = session
            .hello
            .clone()
            .expect("only who was welcomed comes up");
        self.peers.insert(peer, Seat::Live(id));
        self.list(id);
        if is_back.is_some() {
            tracing::debug!(%peer, name = %hello.record.node, "a peer is back");
            return;
        }
        if let role @ (Role::Node | Role::Member(_)) = hello.role {
            self.nodes.insert((role, hello.record.node.clone()), peer);
        }
        let mut address = hello.address;
        if address.ip().is_unspecified() {
            // It listens everywhere: there, for example, where it is spoken with.
            address.set_ip(self.session(id).address.ip());
        }
        let name = &hello.record.node;
        match hello.role {
            // Health checks come and go all the time.
            Role::Admin => tracing::debug!(%peer, %name, %address, "a peer is up"),
            Role::Node | Role::Client | Role::Member(_) => {
                tracing::info!(%peer, %name, %address, "a peer is up");
            }
        }
        self.events.push_back(PostmasterEvent::PeerUp {
            peer,
            record: hello.record,
            role: hello.role,
            address,
            moved: hello.moved,
            version,
        });
    }

    /// Tells a peer that it is not welcome, or no longer.
    fn turn_away(&mut self, id: AssociationId, refusal: Refusal, by: Incarnation, now: Instant) {
        match refusal {
            // Links cross whenever two ends dial at once under several addresses.
            Refusal::Duplicate | Refusal::Ourselves => {
                tracing::debug!(%id, %refusal, "refused a link");
            }
            Refusal::Namesake | Refusal::Outdated { .. } | Refusal::Replaced { .. } => {
                self.warn(id, "refused a peer", &refusal);
            }
        }
        self.session(id).link.refuse(refusal.to_string());
        self.part(id, PeerDownReason::Replaced { by }, now);
    }
}
