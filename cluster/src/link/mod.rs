//! Links: what two ends of an association say to each other.
//!
//! A [`Link`] is a pure machine, one per association: it reads no clock and does no input or output; its
//! only dice are the ephemeral keys of the handshake, which `snow` draws.
//! Messages from the transport go in by [`Link::on_message`], envelopes to be sent by [`Link::post`];
//! messages for the transport come out by [`Link::next_message`], and what happened by
//! [`Link::next_event`].
//!
//! A link begins with a greeting (`greeting`), in which the ends authenticate each other, learn who the
//! other is ([`Hello`]) and agree on a version. Then it carries envelopes: bytes of any kind, up to
//! [`ENVELOPE_BYTES_MAX`], on lanes that do not wait for each other ([`Lane`]). Small envelopes of one
//! lane share messages, long ones reach over several. Messages are compressed where that pays
//! (`packing`) and sealed ([`crate::security`]); how many a peer may send is agreed (`credit`).
//!
//! What is promised of envelopes: those of one lane arrive in order, each at most once; none that was
//! taken is lost while the peer lives, unless it expired before it left; one that cannot be taken is
//! refused where it is posted.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use raptor_core::Role;
use tokio::time::Instant;

mod credit;
mod event;
mod frame;
mod greeting;
mod hello;
mod inbox;
mod lane;
mod outbox;
mod packing;
mod phase;
mod record;
mod version;

pub(crate) use credit::Bell;
pub use credit::Receipt;
pub use event::{LinkEvent, LinkRefusal, PostError};
pub use greeting::GreetingError;
pub use hello::Hello;
pub use inbox::RecordError;
pub use lane::Lane;
pub use outbox::{BACKLOG_BYTES_MAX, CONTROL_BACKLOG_BYTES_MAX, GOSSIP_BYTES_MAX};
pub use version::{VERSIONS, VersionRange};

use self::credit::{Credit, Ledger};
use self::frame::Frame;
use self::greeting::GREETING_PPID;
use self::inbox::Inbox;
use self::lane::{LINK_STREAM, StreamUse};
pub(crate) use self::outbox::Outbox;
use self::outbox::Terms;
use self::packing::{Packer, unpack};
use self::phase::{Parting, Phase};
use crate::security::{ClusterKey, KeyName, KeyRing, Protection, Security};
use crate::transport::{AssociationId, Direction, Message, Ppid, StreamId};

/// The longest envelope. What is longer is sent in parts, or is a mistake.
pub const ENVELOPE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Long envelopes are sent in pieces of this, although peers receive longer ones: a stream has only so
/// much under way, and of small pieces more than one is.
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// A peer that receives less than this in one message could hardly be served.
const MESSAGE_BYTES_MIN: u32 = 256;

/// One end of a link.
pub struct Link {
    ours: Hello,
    protection: Protection,
    phase: Phase,
    parting: Parting,
    /// Messages of the link itself, ready to be sent.
    own: VecDeque<Message>,
    outbox: Outbox,
    inbox: Inbox,
    packer: Packer,
    events: VecDeque<LinkEvent>,
    closing: bool,
    /// How much we may send, and how much the peer may.
    credit: Credit,
    allowed: Credit,
    ledger: Arc<Ledger>,
    /// How long a message of ours may be, once the peer has said what it receives.
    message_bytes_max: usize,
    version: u8,
}

/// Where a link runs.
pub(crate) struct Setting {
    pub(crate) protection: Protection,
    pub(crate) association: AssociationId,
    /// Rung when the peer is to be told what was handled.
    pub(crate) bell: Bell,
}

impl Setting {
    /// Of a link whose owner has no other.
    fn alone(security: &Security) -> Self {
        Self {
            protection: security.into(),
            association: AssociationId::FIRST,
            bell: Bell::default(),
        }
    }
}

impl Link {
    /// The end that dialed, of a link that somebody drives without a postmaster.
    pub fn dialing(ours: Hello, security: &Security) -> Self {
        Self::new(ours, Direction::Dialed, Setting::alone(security))
    }

    /// The end that dialed as a member of a flight and has the flight's key alone, of a link that somebody
    /// drives without a postmaster.
    pub fn joining(ours: Hello, key: ClusterKey) -> Self {
        let security = Security::Keys(KeyRing::Cluster(Vec::new()));
        let setting = Setting::alone(&security);
        if let (Protection::Noise(keys), Role::Member(flight)) = (&setting.protection, ours.role) {
            keys.open_flight(flight, key);
        }
        Self::new(ours, Direction::Dialed, setting)
    }

    /// The end that was dialed, of a link that somebody drives without a postmaster.
    pub fn listening(ours: Hello, security: &Security) -> Self {
        Self::new(ours, Direction::Accepted, Setting::alone(security))
    }

    /// One end of a link on an association: the one that dialed says who it is, the other waits.
    pub(crate) fn new(ours: Hello, direction: Direction, setting: Setting) -> Self {
        let Setting {
            protection,
            association,
            bell,
        } = setting;
        let mut link = Self {
            allowed: Credit::new(&ours),
            ledger: Ledger::new(&ours, bell, association),
            ours,
            protection,
            phase: Phase::Listening,
            parting: Parting::No,
            own: VecDeque::new(),
            outbox: Outbox::new(),
            inbox: Inbox::default(),
            packer: Packer::default(),
            events: VecDeque::new(),
            closing: false,
            credit: Credit::default(),
            message_bytes_max: 0,
            version: 0,
        };
        if direction == Direction::Dialed
            && let Err(error) = link.open()
        {
            link.end(error.into());
        }
        link
    }

    /// The version that both ends speak, once the peer has greeted.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The key that the peer has shown.
    pub fn key(&self) -> Option<KeyName> {
        self.phase.seal().and_then(|seal| seal.key())
    }

    /// Takes a message of the peer.
    pub fn on_message(&mut self, stream: StreamId, ppid: Ppid, payload: Bytes) {
        if self.phase.is_over() {
            return;
        }
        let taken = if ppid == GREETING_PPID {
            self.on_greeting(stream, &payload)
        } else {
            self.on_sealed(stream, ppid, payload)
        };
        if let Err(refusal) = taken {
            self.end(refusal);
        }
    }

    fn on_sealed(
        &mut self,
        stream: StreamId,
        ppid: Ppid,
        payload: Bytes,
    ) -> Result<(), LinkRefusal> {
        let is_for_version = ppid == record::ppid(self.version);
        let early = LinkRefusal::OutOfTurn("sent envelopes before it was welcomed");
        let seal = self.phase.heard_seal().ok_or(early)?;
        if !is_for_version {
            return Err(LinkRefusal::OutOfTurn("sent a message of another version"));
        }
        let stream_use = StreamUse::of(stream);
        let opened = seal.open(stream, stream_use.may_be_missed(), payload)?;
        let bytes_max = self.ours.message_bytes_max as usize;
        let content = unpack(opened, bytes_max).ok_or(RecordError::Malformed)?;
        if stream_use == StreamUse::Link {
            return self.on_frames(&content);
        }
        // Its welcome is on its way, or this is the one message that proves its opening to be new.
        self.rise();
        let events = &mut self.events;
        self.inbox
            .take(stream, content, &mut self.allowed, |lane, envelope| {
                events.push_back(LinkEvent::Arrived { lane, envelope });
            })?;
        Ok(())
    }

    fn on_frames(&mut self, mut frames: &[u8]) -> Result<(), LinkRefusal> {
        while !frames.is_empty() {
            let (frame, rest) = Frame::split_from(frames).ok_or(RecordError::Malformed)?;
            frames = rest;
            if let Frame::Refusal(reason) = frame {
                self.phase = Phase::Over;
                self.events.push_back(LinkEvent::RefusedByPeer { reason });
                return Ok(());
            }
            self.rise();
            self.on_frame(frame)?;
        }
        Ok(())
    }

    fn on_frame(&mut self, frame: Frame) -> Result<(), LinkRefusal> {
        match frame {
            Frame::Welcome | Frame::Refusal(_) => {}
            Frame::Credit(handled) => {
                self.credit.on_handled(handled);
                self.resume();
            }
            Frame::Parting if self.parting == Parting::Asked || self.outbox.is_empty() => {
                self.parting = Parting::Agreed;
                self.say(&Frame::Parted);
                self.events.push_back(LinkEvent::Parted);
            }
            Frame::Parting => self.say(&Frame::Staying),
            Frame::Parted if self.parting == Parting::No => {
                return Err(LinkRefusal::OutOfTurn("parts although nobody asked"));
            }
            Frame::Parted => self.parting = Parting::Agreed,
            Frame::Staying if self.parting == Parting::Asked => {
                self.parting = Parting::No;
                self.resume();
            }
            // It crossed our own agreement.
            Frame::Staying => {}
        }
        Ok(())
    }

    fn resume(&mut self) {
        if !self.outbox.is_empty() {
            self.events.push_back(LinkEvent::Resumed);
        }
    }

    /// Queues an envelope. It is sent as soon as the link is up, the transport has room and the peer
    /// has given credit; with `expires_at` only if that is before.
    ///
    /// # Errors
    ///
    /// Fails if it is too long, if too much waits already, or if the link is closing.
    pub fn post(
        &mut self,
        lane: Lane,
        envelope: Bytes,
        expires_at: Option<Instant>,
    ) -> Result<(), PostError> {
        if self.closing || self.phase.is_over() {
            return Err(PostError::Closing);
        }
        self.outbox.post(lane, envelope, expires_at)
    }

    /// What stands for an envelope of that lane and length, which has arrived, until it is handled.
    pub fn receipt(&self, lane: Lane, bytes: usize) -> Receipt {
        self.ledger.receipt(lane, bytes)
    }

    /// Tells the peer how much has been handled. The bell rings when that is worth while.
    pub fn tell_credit(&mut self) {
        if self.phase.is_up() {
            let handled = self.ledger.tell();
            self.allowed.on_handled(handled);
            self.say(&Frame::Credit(handled));
        }
    }

    /// Takes no more envelopes; those that wait are still sent.
    pub fn close(&mut self) {
        self.closing = true;
    }

    /// Whether everything that can be sent is with the transport.
    pub fn is_drained(&self) -> bool {
        let is_waiting = self.phase.is_up() && !self.has_parted() && !self.outbox.is_empty();
        self.own.is_empty() && !is_waiting
    }

    /// How many envelopes were dropped since this was last asked, because they could not leave in time.
    pub fn take_expired(&mut self) -> u64 {
        self.outbox.take_expired()
    }

    /// The next message for the transport, on a stream that has room.
    pub fn next_message(
        &mut self,
        now: Instant,
        has_room: impl Fn(StreamId) -> bool,
    ) -> Option<Message> {
        if !self.own.is_empty() {
            return has_room(LINK_STREAM).then(|| self.own.pop_front())?;
        }
        if !self.phase.is_up() || self.parting != Parting::No {
            return None;
        }
        let terms = Terms {
            now,
            bytes_max: self.message_bytes_max,
            credit: &mut self.credit,
        };
        let (stream, plain, expires_at) = self.outbox.next_message(terms, has_room)?;
        let lifetime = expires_at.map(|at| at.saturating_duration_since(now));
        Some(Message {
            // Only where nothing is lost with one that is given up.
            lifetime: lifetime.filter(|_| StreamUse::of(stream).may_be_missed()),
            ..self.sealed(stream, plain)
        })
    }

    /// A message of this version.
    fn sealed(&mut self, stream: StreamId, plain: Vec<u8>) -> Message {
        let packed = self.packer.pack(plain);
        let seal = self.phase.seal_mut().expect("only peers are written to");
        let may_be_missed = StreamUse::of(stream).may_be_missed();
        Message {
            stream,
            ppid: record::ppid(self.version),
            payload: seal.seal(stream, may_be_missed, packed),
            lifetime: None,
        }
    }

    /// Sends a frame. Only peers that were authenticated are told anything.
    fn say(&mut self, frame: &Frame) {
        let mut plain = vec![0; packing::PLAIN_HEADER_BYTES];
        frame.append_to(&mut plain);
        let message = self.sealed(LINK_STREAM, plain);
        self.own.push_back(message);
    }

    /// The next thing that happened.
    pub fn next_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
