//! Gates: where mail to one peer waits until the postmaster collects it.
//!
//! Actors of any thread put their letters in; only the first of them calls the postmaster, which
//! takes all in its turn. A gate takes only so much: what waits in it, and what was collected and has
//! not left, counts until its envelope is dropped, by whatever way. So nothing that carries envelopes
//! need know about gates.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::prelude::*;
use bytes::Bytes;
use tokio::time::Instant;

use super::room::{Place, Room};
use super::switchboard::Switchboard;
use super::token::Token;
use super::{Destination, Post, PostRefused, Postmaster};
use crate::link::{ENVELOPE_BYTES_MAX, Lane};

/// What may wait for one peer before letters are refused, the last one not counted: some thousand
/// short ones, so that a burst is no trouble, and no more than what leaves in some hundredths of a
/// second.
const ROOM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a waiting envelope costs beside its bytes.
const PIECE_BYTES: usize = 128;

/// Where mail to one peer, from its being up to its being down, waits to be collected.
pub(crate) struct Gate {
    to: Destination,
    room: Arc<Room>,
    bag: Mutex<Bag>,
    collector: Recipient<Collect>,
}

#[derive(Default)]
struct Bag {
    pieces: Vec<Piece>,
    is_shut: bool,
    /// Whether the collector has been called and has not come yet.
    is_called: bool,
}

/// An envelope that waits.
pub(crate) struct Piece {
    pub(crate) lane: Lane,
    pub(crate) envelope: Bytes,
}

/// An envelope was not taken. Nothing of it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GateRefusal {
    /// The peer is down.
    Shut,
    /// As much as may be waits already.
    Full,
    /// It is too long.
    TooLong { bytes: usize },
}

/// There is something in this gate.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Collect(pub(crate) Arc<Gate>);

/// An envelope's bytes, and what is held until they have left.
struct Leaving {
    envelope: Vec<u8>,
    _place: Place,
    _answered: Token,
}

impl AsRef<[u8]> for Leaving {
    fn as_ref(&self) -> &[u8] {
        &self.envelope
    }
}

impl Gate {
    /// A gate to a peer, which `collector` empties.
    pub(crate) fn new(to: Destination, collector: Recipient<Collect>) -> Arc<Self> {
        Arc::new(Self {
            to,
            room: Room::new(ROOM_BYTES_MAX),
            bag: Mutex::default(),
            collector,
        })
    }

    /// Whom it leads to.
    pub(crate) fn to(&self) -> &Destination {
        &self.to
    }

    /// Puts an envelope in, if there is room.
    pub(crate) fn put(self: &Arc<Self>, lane: Lane, envelope: Vec<u8>) -> Result<(), GateRefusal> {
        let place = self.enter(&envelope)?;
        self.push(lane, envelope, place, Token::Nothing)
    }

    /// Puts an envelope in as soon as there is room.
    pub(crate) async fn put_when_room(
        self: &Arc<Self>,
        lane: Lane,
        envelope: Vec<u8>,
    ) -> Result<(), GateRefusal> {
        loop {
            let mut freed = std::pin::pin!(self.room.freed());
            freed.as_mut().enable();
            match self.enter(&envelope) {
                Ok(place) => return self.push(lane, envelope, place, Token::Nothing),
                Err(GateRefusal::Full) => freed.await,
                Err(refusal) => return Err(refusal),
            }
        }
    }

    /// Puts in what must not be refused for lack of room: few and short, or bounded by `answered`, which
    /// is held until it has left.
    pub(crate) fn squeeze_in(
        self: &Arc<Self>,
        lane: Lane,
        envelope: Vec<u8>,
        answered: Token,
    ) -> Result<(), GateRefusal> {
        let place = self.room.squeeze_in(envelope.len() + PIECE_BYTES);
        self.push(lane, envelope, place, answered)
    }

    fn enter(&self, envelope: &[u8]) -> Result<Place, GateRefusal> {
        let bytes = envelope.len();
        if bytes > ENVELOPE_BYTES_MAX {
            return Err(GateRefusal::TooLong { bytes });
        }
        let entered = self.room.enter(bytes + PIECE_BYTES);
        // Who waits at a gate that is shut is woken, and would find it full for ever.
        entered.ok_or_else(|| match self.bag().is_shut {
            true => GateRefusal::Shut,
            false => GateRefusal::Full,
        })
    }

    fn push(
        self: &Arc<Self>,
        lane: Lane,
        envelope: Vec<u8>,
        place: Place,
        answered: Token,
    ) -> Result<(), GateRefusal> {
        let leaving = Leaving {
            envelope,
            _place: place,
            _answered: answered,
        };
        let envelope = Bytes::from_owner(leaving);
        let mut bag = self.bag();
        if bag.is_shut {
            drop(bag);
            return Err(GateRefusal::Shut);
        }
        bag.pieces.push(Piece { lane, envelope });
        let is_called = std::mem::replace(&mut bag.is_called, true);
        drop(bag);
        if !is_called {
            self.collector.do_send(Collect(Arc::clone(self)));
        }
        Ok(())
    }

    /// Takes all that has been put in.
    pub(crate) fn empty(&self) -> Vec<Piece> {
        let mut bag = self.bag();
        bag.is_called = false;
        std::mem::take(&mut bag.pieces)
    }

    /// Puts back what could not be posted, before what has come since. The collector comes again by
    /// itself.
    fn put_back(&self, mut pieces: Vec<Piece>) {
        let mut bag = self.bag();
        if !bag.is_shut {
            pieces.append(&mut bag.pieces);
            bag.pieces = pieces;
            bag.is_called = true;
        }
    }

    /// Takes nothing more, and drops what has not been collected.
    pub(crate) fn shut(&self) {
        let mut bag = self.bag();
        bag.is_shut = true;
        let pieces = std::mem::take(&mut bag.pieces);
        drop(bag);
        drop(pieces);
        self.room.wake();
    }

    /// Whether it takes anything.
    pub(crate) fn is_shut(&self) -> bool {
        self.bag().is_shut
    }

    fn bag(&self) -> MutexGuard<'_, Bag> {
        // Nothing panics while it is held.
        self.bag.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler<Collect> for Postmaster {
    type Result = ();

    fn handle(&mut self, Collect(gate): Collect, _: &mut Context<Self>) {
        self.called.push(gate);
    }
}

impl Postmaster {
    /// Posts what waits in the gates that have called.
    pub(super) fn collect(&mut self, now: Instant) {
        let switchboard = &mut self.switchboard;
        self.called.retain(|gate| !collect(gate, switchboard, now));
    }
}

/// Posts what waits in a gate; says whether that was all. What the link does not take yet stays, and
/// in order.
fn collect(gate: &Gate, switchboard: &mut Switchboard, now: Instant) -> bool {
    let mut pieces = gate.empty().into_iter();
    while let Some(Piece { lane, envelope }) = pieces.next() {
        let post = Post::new(gate.to.clone(), lane, envelope.clone());
        match switchboard.post(post, now) {
            Err(PostRefused::Backlogged { .. }) => {
                let refused = Piece { lane, envelope };
                gate.put_back(std::iter::once(refused).chain(pieces).collect());
                return false;
            }
            Ok(()) => {}
            // The peer is down, or the node ends: what it had not taken is lost with it.
            Err(PostRefused::Unknown | PostRefused::Closing) => {
                gate.shut();
                return true;
            }
            Err(PostRefused::TooLong { bytes }) => {
                tracing::error!(bytes, to = ?gate.to, "an envelope is too long to be posted");
            }
        }
    }
    true
}
