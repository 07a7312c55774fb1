//! Letters between actors of different nodes.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::NodeId;
use tokio::sync::oneshot;

use super::Supervisor;
use crate::actor::postmaster::PeerId;
use crate::actor::postmaster::{Post, PostRefused};
use crate::envelope::{Envelope, Letter, Undeliverable};
use crate::link::{ENVELOPE_BYTES_MAX, Lane};
use crate::remote::RemoteError;
use crate::wire;

/// An answer's envelope says which question it answers, and how long it is.
const ANSWER_BYTES_MAX: usize = ENVELOPE_BYTES_MAX - 32;

/// The questions of this node's actors that are not answered yet.
#[derive(Default)]
pub(super) struct Letters {
    asked: u64,
    asks: BTreeMap<u64, Pending>,
}

struct Pending {
    node: NodeId,
    reply: Reply,
    deadline: SpawnHandle,
}

type Reply = oneshot::Sender<Result<Bytes, RemoteError>>;

/// Send a letter; with a `reply`, it is a question with a deadline.
#[derive(Message)]
#[rtype(result = "Result<(), RemoteError>")]
pub(crate) struct Correspond {
    pub(crate) to: NodeId,
    pub(crate) letter: Letter,
    pub(crate) reply: Option<(Reply, Duration)>,
}

impl Supervisor {
    pub(super) fn on_replied(
        &mut self,
        from: &NodeId,
        number: u64,
        reply: Result<Bytes, Undeliverable>,
        ctx: &mut Context<Self>,
    ) {
        // Only who was asked can answer; what is not waited for any more is too late.
        let asked = self.letters.asks.get(&number);
        if asked.is_some_and(|pending| pending.node == *from) {
            self.resolve(number, reply.map_err(RemoteError::from), ctx);
        }
    }

    /// Fails all questions to a node that can no longer answer.
    pub(super) fn fail_asks(&mut self, node: &NodeId, ctx: &mut Context<Self>) {
        let asks = self.letters.asks.iter();
        let lost = asks.filter(|(_, pending)| pending.node == *node);
        let lost: Vec<u64> = lost.map(|(number, _)| *number).collect();
        for number in lost {
            self.resolve(number, Err(RemoteError::Lost(node.clone())), ctx);
        }
    }

    fn resolve(
        &mut self,
        number: u64,
        result: Result<Bytes, RemoteError>,
        ctx: &mut Context<Self>,
    ) {
        if let Some(pending) = self.letters.asks.remove(&number) {
            ctx.cancel_future(pending.deadline);
            // Whoever asked may have gone.
            let _ = pending.reply.send(result);
        }
    }

    pub(super) fn on_tell(&self, letter: &Letter, ctx: &mut Context<Self>) {
        // There is nobody to tell that it could not be delivered.
        if let Ok(delivery) = self.actors.deliver(letter) {
            ctx.spawn(delivery.into_actor(self).map(|_, _, _| ()));
        }
    }

    pub(super) fn on_ask(
        &self,
        peer: PeerId,
        number: u64,
        letter: &Letter,
        ctx: &mut Context<Self>,
    ) {
        let reply = move |supervisor: &Self, reply: Result<Bytes, Undeliverable>| {
            let reply = match reply {
                Ok(body) if body.len() > ANSWER_BYTES_MAX => Err(Undeliverable::AnswerTooLong),
                reply => reply,
            };
            supervisor.post_peer(peer, &Envelope::Replied { number, reply });
        };
        match self.actors.deliver(letter) {
            Ok(delivery) => {
                let delivery = delivery.into_actor(self);
                ctx.spawn(delivery.map(move |answer, supervisor, _| reply(supervisor, answer)));
            }
            Err(undeliverable) => reply(self, Err(undeliverable)),
        }
    }

    /// A letter to an actor of this very node.
    fn deliver_here(
        &self,
        letter: &Letter,
        reply: Option<(Reply, Duration)>,
        ctx: &mut Context<Self>,
    ) -> Result<(), RemoteError> {
        let delivery = self.actors.deliver(letter)?;
        let node = self.services.record.node.clone();
        let delivered = async move {
            let Some((reply, deadline)) = reply else {
                let _ = delivery.await;
                return;
            };
            let answer = match tokio::time::timeout(deadline, delivery).await {
                Ok(answer) => answer.map_err(RemoteError::from),
                Err(_) => Err(RemoteError::TimedOut { node, deadline }),
            };
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        };
        ctx.spawn(delivered.into_actor(self));
        Ok(())
    }

    /// Remembers a question until it is answered, its deadline has passed, or its node is lost.
    fn remember(
        &mut self,
        node: NodeId,
        reply: Reply,
        deadline: Duration,
        ctx: &mut Context<Self>,
    ) -> u64 {
        self.letters.asked += 1;
        let number = self.letters.asked;
        let late = RemoteError::TimedOut {
            node: node.clone(),
            deadline,
        };
        let deadline = ctx.run_later(deadline, move |supervisor, ctx| {
            supervisor.resolve(number, Err(late), ctx);
        });
        let pending = Pending {
            node,
            reply,
            deadline,
        };
        self.letters.asks.insert(number, pending);
        number
    }
}

fn refusal(to: NodeId, refused: PostRefused) -> RemoteError {
    match refused {
        PostRefused::Unknown => RemoteError::Unreachable(to),
        PostRefused::TooLong { bytes } => RemoteError::TooLong { bytes },
        PostRefused::Backlogged { .. } => RemoteError::Backlogged(to),
        PostRefused::Closing => RemoteError::Stopped,
    }
}

/// The lane that keeps the letters to one actor in order, apart from those to others.
fn lane(actor: &str) -> Lane {
    let mut hasher = DefaultHasher::new();
    actor.hash(&mut hasher);
    Lane::Mail(hasher.finish())
}

impl Handler<Correspond> for Supervisor {
    type Result = ResponseActFuture<Self, Result<(), RemoteError>>;

    fn handle(&mut self, letter: Correspond, ctx: &mut Self::Context) -> Self::Result {
        let Correspond { to, letter, reply } = letter;
        if to == self.services.record.node {
            return Box::pin(fut::ready(self.deliver_here(&letter, reply, ctx)));
        }
        let lane = lane(&letter.actor);
        let (number, envelope) = match reply {
            None => (None, Envelope::Tell(letter)),
            Some((reply, deadline)) => {
                let number = self.remember(to.clone(), reply, deadline, ctx);
                (Some(number), Envelope::Ask { number, letter })
            }
        };
        let post = Post::new(to.clone(), lane, wire::encode(&envelope));
        let posted = self.services.postmaster.send(post).into_actor(self);
        Box::pin(posted.map(move |posted, supervisor, ctx| {
            let refused = match posted {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(refused)) => refusal(to, refused),
                Err(_) => RemoteError::Stopped,
            };
            if let Some(number) = number {
                supervisor.resolve(number, Err(refused.clone()), ctx);
            }
            Err(refused)
        }))
    }
}
