//! A node that this one exchanges mail with, from its being up to its being down.

use std::sync::Arc;
use std::time::Duration;

use actix::Recipient;
use bytes::Bytes;
use raptor_core::NodeId;
use tokio::sync::oneshot;

use super::asks::{Asks, Reply};
use super::mail::{Address, Mail};
use super::{RemoteError, Undeliverable};
use crate::actor::postmaster::{Collect, Destination, Gate, GateRefusal, Token};
use crate::link::{ENVELOPE_BYTES_MAX, Lane};
use crate::wire;

/// One life of a node, as those who write to it see it.
pub(crate) struct Correspondent {
    node: NodeId,
    gate: Arc<Gate>,
    asks: Asks,
}

/// A question that was sent. Dropping it forgets it.
pub(super) struct Question {
    to: Arc<Correspondent>,
    number: u64,
    replied: oneshot::Receiver<Reply>,
}

impl Correspondent {
    pub(super) fn new(node: NodeId, to: Destination, collector: Recipient<Collect>) -> Arc<Self> {
        Arc::new(Self {
            node,
            gate: Gate::new(to, collector),
            asks: Asks::default(),
        })
    }

    pub(crate) fn node(&self) -> &NodeId {
        &self.node
    }

    /// Whether it can be written to by its name, so that it need not be up.
    pub(crate) fn is_called_by_name(&self) -> bool {
        matches!(self.gate.to(), Destination::Node(_)) && !self.gate.is_shut()
    }

    /// Sends an envelope, if there is room.
    pub(super) fn tell(&self, lane: Lane, envelope: Vec<u8>) -> Result<(), RemoteError> {
        let put = self.gate.put(lane, envelope);
        put.map_err(|refusal| self.refused(refusal))
    }

    /// Sends an envelope as soon as there is room.
    pub(super) async fn tell_when_room(
        &self,
        lane: Lane,
        envelope: Vec<u8>,
        deadline: Duration,
    ) -> Result<(), RemoteError> {
        let put = self.gate.put_when_room(lane, envelope);
        match tokio::time::timeout(deadline, put).await {
            Ok(put) => put.map_err(|refusal| self.refused(refusal)),
            Err(_) => Err(self.late(deadline)),
        }
    }

    /// Sends the question that `write` makes of its number, if there is room.
    pub(super) fn ask(
        self: &Arc<Self>,
        lane: Lane,
        write: impl FnOnce(u64) -> Vec<u8>,
    ) -> Result<Question, RemoteError> {
        let noted = self.asks.note();
        let (number, replied) = noted.ok_or_else(|| self.refused(GateRefusal::Shut))?;
        let to = Arc::clone(self);
        let question = Question {
            to,
            number,
            replied,
        };
        self.tell(lane, write(number))?;
        Ok(question)
    }

    /// Sends what must not be refused: few, and short.
    pub(crate) fn inform(&self, mail: &Mail<'_>) {
        // Who is down is informed anew when it is up.
        let _ = self
            .gate
            .squeeze_in(Lane::Control, wire::encode_mail(mail), Token::Nothing);
    }

    /// Answers a question, whose `receipt` is held until the answer has left.
    pub(super) fn answer(&self, number: u64, mut reply: Vec<u8>, receipt: Token) {
        if reply.len() > ENVELOPE_BYTES_MAX {
            reply = wire::encode_mail(&Mail::Replied {
                number,
                reply: Err(Undeliverable::AnswerTooLong),
            });
        }
        // Who is down hears of it, and knows that there will be no answer.
        let _ = self.gate.squeeze_in(Lane::Answer(number), reply, receipt);
    }

    /// Says why there is no answer to a question.
    pub(super) fn decline(&self, number: u64, why: Undeliverable, receipt: Token) {
        let reply = Err(why);
        let declined = wire::encode_mail(&Mail::Replied { number, reply });
        self.answer(number, declined, receipt);
    }

    /// Says that a told letter was not delivered; its `receipt` is held until that has left.
    pub(super) fn bounce(&self, address: Address<'_>, why: Undeliverable, receipt: Token) {
        let bounced = wire::encode_mail(&Mail::Bounced { address, why });
        // Who is down does not care any more.
        let _ = self.gate.squeeze_in(Lane::Control, bounced, receipt);
    }

    /// It has answered, or said why it does not.
    pub(crate) fn on_replied(&self, number: u64, reply: Result<Bytes, Undeliverable>) {
        self.asks.resolve(number, reply);
    }

    /// The cluster holds it for gone, and the association with it may last a while.
    pub(crate) fn lose_asks(&self) {
        self.asks.lose();
    }

    /// It is down: nothing more goes there, and nothing will be answered.
    pub(super) fn close(&self) {
        self.gate.shut();
        self.asks.close();
    }

    fn refused(&self, refusal: GateRefusal) -> RemoteError {
        match refusal {
            GateRefusal::Shut => RemoteError::Unreachable(self.node.clone()),
            GateRefusal::Full => RemoteError::Backlogged(self.node.clone()),
            GateRefusal::TooLong { bytes } => RemoteError::TooLong { bytes },
        }
    }

    fn late(&self, deadline: Duration) -> RemoteError {
        let node = self.node.clone();
        RemoteError::TimedOut { node, deadline }
    }
}

impl Question {
    /// The body of the answer.
    pub(super) async fn answered(mut self, deadline: Duration) -> Result<Bytes, RemoteError> {
        match tokio::time::timeout(deadline, &mut self.replied).await {
            Ok(Ok(reply)) => Ok(reply?),
            Ok(Err(_)) => Err(RemoteError::Lost(self.to.node.clone())),
            Err(_) => Err(self.to.late(deadline)),
        }
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.to.asks.forget(self.number);
    }
}
