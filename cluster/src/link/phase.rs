//! How far a link has come, and how it gets from one phase to the next.

use raptor_core::Role;

use super::credit::Credit;
use super::frame::Frame;
use super::greeting::{self, GREETING_PPID, Greeting, Opening, Verdict};
use super::lane::LINK_STREAM;
use super::outbox::Outbox;
use super::{Hello, Link, LinkEvent, LinkRefusal, MESSAGE_BYTES_MIN, PIECE_BYTES_MAX};
use crate::link::inbox::Inbox;
use crate::security::{HandshakeError, Initiator, NONCE_BYTES, Responder, SEAL_BYTES_MAX, Seal};
use crate::transport::{Message, StreamId};

pub(super) enum Phase {
    /// We were dialed, and nothing was said yet.
    Listening,
    /// We have dialed, and said who we are.
    Opened {
        initiator: Initiator,
        nonce: [u8; NONCE_BYTES],
    },
    /// The peer has said who it is; our owner judges it. It waits for our answer if it spoke first.
    Judged { judged: Judged },
    /// We welcomed the peer and wait for its first message, which proves that it is there now.
    Confirming { seal: Seal },
    /// Both ends have welcomed each other.
    Up { seal: Seal },
    /// One end refused the other.
    Over,
}

/// A peer that is being judged.
pub(super) enum Judged {
    /// It spoke first.
    Initiator(Responder),
    /// It has answered us.
    Responder(Seal),
}

/// How far the ends are agreed to end the association for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    No,
    /// We asked; nothing but the answer to a crossing question is sent.
    Asked,
    /// Neither end sends anything more.
    Agreed,
}

impl Phase {
    pub(super) fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// What opens the peer's messages, as soon as it may send any.
    pub(super) fn heard_seal(&mut self) -> Option<&mut Seal> {
        match self {
            Self::Confirming { seal } | Self::Up { seal } => Some(seal),
            Self::Listening | Self::Opened { .. } | Self::Judged { .. } | Self::Over => None,
        }
    }

    /// What seals messages for the peer.
    pub(super) fn seal_mut(&mut self) -> Option<&mut Seal> {
        match self {
            Self::Judged {
                judged: Judged::Responder(seal),
            } => Some(seal),
            other => other.heard_seal(),
        }
    }

    pub(super) fn seal(&self) -> Option<&Seal> {
        match self {
            Self::Confirming { seal }
            | Self::Up { seal }
            | Self::Judged {
                judged: Judged::Responder(seal),
            } => Some(seal),
            Self::Listening | Self::Opened { .. } | Self::Judged { .. } | Self::Over => None,
        }
    }
}

impl Link {
    /// Says who we are.
    pub(super) fn open(&mut self) -> Result<(), HandshakeError> {
        let prologue = greeting::prologue(&self.protection, self.ours.role);
        let (initiator, body) = Initiator::begin(
            &self.protection,
            self.ours.role,
            &prologue,
            &self.ours.encode(),
        )?;
        let nonce = *body.first_chunk().expect("an opening begins with a nonce");
        self.phase = Phase::Opened { initiator, nonce };
        self.greet([prologue, body].concat());
        Ok(())
    }

    fn greet(&mut self, payload: Vec<u8>) {
        self.own.push_back(Message {
            stream: LINK_STREAM,
            ppid: GREETING_PPID,
            payload,
            lifetime: None,
        });
    }

    pub(super) fn on_greeting(
        &mut self,
        stream: StreamId,
        payload: &[u8],
    ) -> Result<(), LinkRefusal> {
        if stream != LINK_STREAM {
            return Err(LinkRefusal::OutOfTurn("greeted on the wrong stream"));
        }
        match Greeting::parse(payload)? {
            Greeting::Opening(opening) => self.on_opening(&opening),
            Greeting::Answer(answer) => self.on_answer(answer),
        }
    }

    fn on_opening(&mut self, opening: &Opening<'_>) -> Result<(), LinkRefusal> {
        match &self.phase {
            Phase::Listening => {}
            // Both dialed at once. The one with the lesser nonce goes on as the one that did; the other
            // forgets that it has, and answers.
            Phase::Opened { nonce, .. } if *nonce < opening.nonce => return Ok(()),
            Phase::Opened { nonce, .. } if *nonce > opening.nonce => {}
            Phase::Opened { .. }
            | Phase::Judged { .. }
            | Phase::Confirming { .. }
            | Phase::Up { .. }
            | Phase::Over => return Err(LinkRefusal::OutOfTurn("greeted out of turn")),
        }
        if opening.protection != self.protection.code() {
            return Err(HandshakeError::Protection.into());
        }
        let is_apart = |role| matches!(role, Role::Member(_));
        let has_dialed = matches!(self.phase, Phase::Opened { .. });
        if has_dialed && opening.role != self.ours.role && is_apart(self.ours.role) {
            return Err(LinkRefusal::OutOfTurn("greeted as what it was not dialed"));
        }
        let (responder, payload) = Responder::accept(
            &self.protection,
            opening.role,
            opening.prologue,
            opening.body,
        )?;
        self.phase = Phase::Judged {
            judged: Judged::Initiator(responder),
        };
        let hello = Hello::decode(&payload, opening.role)?;
        if hello.role != opening.role {
            return Err(LinkRefusal::OutOfTurn(
                "is not of the role that its key proves",
            ));
        }
        // Whoever is spoken to as a member answers as one: the flight's key proves no more.
        if is_apart(opening.role) {
            self.ours.role = opening.role;
        }
        self.judge(hello, Some(opening.nonce))
    }

    fn on_answer(&mut self, answer: &[u8]) -> Result<(), LinkRefusal> {
        let initiator = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Opened { initiator, .. } => initiator,
            other => {
                self.phase = other;
                return Err(LinkRefusal::OutOfTurn("answered what nobody asked"));
            }
        };
        let (payload, seal) = initiator.finish(answer)?;
        self.phase = Phase::Judged {
            judged: Judged::Responder(seal),
        };
        match Verdict::decode(&payload, self.ours.role)? {
            Verdict::Welcome(hello) => {
                let fit = match self.ours.role {
                    Role::Node | Role::Client | Role::Admin => Role::Node,
                    // The flight's key does not prove a node.
                    member @ Role::Member(_) => member,
                };
                if hello.role != fit {
                    return Err(LinkRefusal::OutOfTurn(
                        "is not of the role that its key proves",
                    ));
                }
                self.judge(hello, None)
            }
            Verdict::Refusal(reason) => {
                self.phase = Phase::Over;
                self.events.push_back(LinkEvent::RefusedByPeer { reason });
                Ok(())
            }
        }
    }

    fn judge(&mut self, hello: Hello, nonce: Option<[u8; NONCE_BYTES]>) -> Result<(), LinkRefusal> {
        let (theirs, ours) = (hello.versions, self.ours.versions);
        self.version = ours
            .newest_common(theirs)
            .ok_or(LinkRefusal::Versions { theirs, ours })?;
        // A flight's key is shared by whom its leader has invited, of whatever cluster.
        let is_member = matches!(self.ours.role, Role::Member(_));
        if hello.cluster != self.ours.cluster && !is_member {
            return Err(LinkRefusal::Cluster {
                theirs: hello.cluster,
                ours: self.ours.cluster.clone(),
            });
        }
        if hello.message_bytes_max < MESSAGE_BYTES_MIN {
            return Err(LinkRefusal::OutOfTurn("receives too short messages"));
        }
        let shorter = hello.message_bytes_max.min(self.ours.message_bytes_max) as usize;
        self.message_bytes_max = PIECE_BYTES_MAX.min(shorter - SEAL_BYTES_MAX);
        self.credit = Credit::new(&hello);
        self.events.push_back(LinkEvent::Greeted { hello, nonce });
        Ok(())
    }

    /// Takes the peer, which has [greeted](LinkEvent::Greeted).
    ///
    /// # Panics
    ///
    /// Panics if it has not.
    pub fn welcome(&mut self) {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Judged {
                judged: Judged::Initiator(responder),
            } => {
                let verdict = Verdict::Welcome(self.ours.clone());
                let (sealed, seal) = responder.answer(&verdict.encode());
                self.phase = Phase::Confirming { seal };
                self.greet(greeting::answer(&sealed));
            }
            Phase::Judged {
                judged: Judged::Responder(seal),
            } => {
                self.phase = Phase::Up { seal };
                self.say(&Frame::Welcome);
                self.events.push_back(LinkEvent::Up);
            }
            _ => panic!("only who greeted can be welcomed"),
        }
    }

    /// The peer has shown that it is there, and takes us.
    pub(super) fn rise(&mut self) {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Confirming { seal } => {
                self.phase = Phase::Up { seal };
                self.events.push_back(LinkEvent::Up);
            }
            other => self.phase = other,
        }
    }

    /// Tells the peer that we will not have it. Envelopes that wait are dropped, and nothing that it
    /// sends is heard any more.
    pub fn refuse(&mut self, reason: String) {
        if !self.phase.is_over() {
            self.silence(&LinkRefusal::Owner(reason));
        }
    }

    /// Will not have the peer, and says nothing: what it has shown may be somebody else's.
    pub fn ignore(&mut self) {
        self.phase = Phase::Over;
        self.forget();
    }

    pub(super) fn end(&mut self, refusal: LinkRefusal) {
        self.silence(&refusal);
        self.events.push_back(LinkEvent::Refused(refusal));
    }

    /// Tells a peer that has shown a key why it is refused; a stranger hears nothing.
    fn silence(&mut self, refusal: &LinkRefusal) {
        self.forget();
        let reason = refusal.to_string();
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Judged {
                judged: Judged::Initiator(responder),
            } => {
                let (sealed, _) = responder.answer(&Verdict::Refusal(reason).encode());
                self.greet(greeting::answer(&sealed));
            }
            // A link whose messages cannot be opened can still say so.
            other @ (Phase::Judged { .. } | Phase::Confirming { .. } | Phase::Up { .. }) => {
                self.phase = other;
                self.say(&Frame::Refusal(reason));
                self.phase = Phase::Over;
            }
            Phase::Listening | Phase::Opened { .. } | Phase::Over => {}
        }
    }

    fn forget(&mut self) {
        self.outbox = Outbox::new();
        self.inbox = Inbox::default();
        self.events.clear();
    }

    /// Whether nothing waits, nothing that arrived is still being handled, and nobody has begun to part:
    /// the association could end, and another be made when there is something to say.
    pub fn is_idle(&self) -> bool {
        self.phase.is_up()
            && self.parting == Parting::No
            && self.is_drained()
            && self.inbox.is_empty()
            && self.ledger.is_settled()
    }

    /// Asks the peer to end the association for now, if [idle](Self::is_idle).
    pub fn part(&mut self) {
        if self.is_idle() {
            self.say(&Frame::Parting);
            self.parting = Parting::Asked;
        }
    }

    /// Whether both ends have agreed to end the association for now.
    pub fn has_parted(&self) -> bool {
        self.parting == Parting::Agreed
    }

    /// What waits on a link that has parted.
    pub(crate) fn take_outbox(&mut self) -> Outbox {
        std::mem::replace(&mut self.outbox, Outbox::new())
    }

    /// Takes over what has waited for an association, before anything is posted.
    pub(crate) fn inherit(&mut self, waiting: Outbox) {
        self.outbox = waiting;
    }
}
