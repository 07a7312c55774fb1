//! Messages to actors of other nodes.
//!
//! An actor is registered at its node under a name ([`crate::Node::register`]); any node of the
//! cluster can then [`tell`](RemoteRecipient::tell) it something or [`ask`](RemoteRecipient::ask)
//! it. Messages travel in order per actor, at most once; what cannot be delivered is an error for
//! the one who asks, never a silence.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix::{Message, Recipient, prelude::Addr};
use bytes::Bytes;
use dashmap::DashMap;
use raptor_core::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::actor::{Correspond, Supervisor};
use crate::envelope::{Letter, Undeliverable};

/// A message that an actor of another node can be sent.
pub trait RemoteMessage: Message<Result: Serialize + DeserializeOwned + Send>
where
    Self: Serialize + DeserializeOwned + Send + 'static,
{
    /// What kind of message it is: one name for one form, the same on all nodes.
    const KIND: &'static str;
}

/// Why a remote actor did not get a message, or its answer did not come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// No association with that node is up. The message was not sent.
    #[error("reach node {0}: no association with it is up")]
    Unreachable(NodeId),
    /// The queue to that node is full. The message was not sent.
    #[error("reach node {0}: its queue is full")]
    Backlogged(NodeId),
    /// The message is longer than an envelope may be. It was not sent.
    #[error(
        "send a message of {bytes} bytes: {} are the most",
        crate::link::ENVELOPE_BYTES_MAX
    )]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The other node could not deliver it.
    #[error("deliver the message: {0}")]
    Undeliverable(#[from] Undeliverable),
    /// The association ended before the answer came. The message may have been handled.
    #[error("hear from node {0}: the association ended before it answered")]
    Lost(NodeId),
    /// The answer did not come in time. The message may have been handled.
    #[error("hear from node {node} within {deadline:?}")]
    TimedOut {
        /// Who was asked.
        node: NodeId,
        /// How long was waited.
        deadline: Duration,
    },
    /// The answer is none to this kind of message: the nodes run different programs.
    #[error("read the answer of node {0}: it is none to this kind of message")]
    Malformed(NodeId),
    /// This node is shutting down.
    #[error("send a message: this node is shutting down")]
    Stopped,
}

/// The address of an actor on another node, or on this one.
#[derive(Clone, Debug)]
pub struct RemoteRecipient<M> {
    supervisor: Addr<Supervisor>,
    node: NodeId,
    actor: Arc<str>,
    kind: PhantomData<fn(M)>,
}

impl<M: RemoteMessage> RemoteRecipient<M> {
    pub(crate) fn new(supervisor: Addr<Supervisor>, node: NodeId, actor: &str) -> Self {
        Self {
            supervisor,
            node,
            actor: actor.into(),
            kind: PhantomData,
        }
    }

    /// Sends a message and does not wait for what comes of it.
    ///
    /// # Errors
    ///
    /// If it could not be handed to an association with the node.
    pub async fn tell(&self, message: &M) -> Result<(), RemoteError> {
        let (to, letter) = (self.node.clone(), self.letter(message));
        let sent = self
            .supervisor
            .send(Correspond {
                to,
                letter,
                reply: None,
            })
            .await;
        sent.unwrap_or(Err(RemoteError::Stopped))
    }

    /// Sends a message and waits for the actor's answer, at most until `deadline` has passed.
    ///
    /// # Errors
    ///
    /// If the answer does not come; it resolves in any case.
    pub async fn ask(&self, message: &M, deadline: Duration) -> Result<M::Result, RemoteError> {
        let (reply, answer) = oneshot::channel();
        let (to, letter) = (self.node.clone(), self.letter(message));
        let ask = Correspond {
            to,
            letter,
            reply: Some((reply, deadline)),
        };
        self.supervisor
            .send(ask)
            .await
            .unwrap_or(Err(RemoteError::Stopped))?;
        let body = answer.await.unwrap_or(Err(RemoteError::Stopped))?;
        open(&body).ok_or_else(|| RemoteError::Malformed(self.node.clone()))
    }

    fn letter(&self, message: &M) -> Letter {
        Letter {
            actor: self.actor.to_string(),
            kind: M::KIND.to_owned(),
            body: seal(message),
        }
    }
}

fn seal(content: &impl Serialize) -> Bytes {
    let bytes = bincode::serde::encode_to_vec(content, bincode::config::standard());
    bytes
        .expect("messages are made of what bincode can write")
        .into()
}

fn open<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let config = bincode::config::standard().with_limit::<{ crate::link::ENVELOPE_BYTES_MAX }>();
    let (content, taken) = bincode::serde::decode_from_slice(bytes, config).ok()?;
    (taken == bytes.len()).then_some(content)
}

type Delivery = Pin<Box<dyn Future<Output = Result<Bytes, Undeliverable>>>>;
type Door = dyn Fn(&[u8]) -> Result<Delivery, Undeliverable> + Send + Sync;

/// The actors of a node that others can reach, by name and kind of message. Written by whoever
/// registers, from any thread; read by the node's own.
#[derive(Default)]
pub(crate) struct Directory {
    doors: DashMap<(String, String), Box<Door>>,
}

impl Directory {
    pub(crate) fn register<M: RemoteMessage>(&self, actor: &str, recipient: Recipient<M>)
    where
        M::Result: Send,
    {
        let door = move |body: &[u8]| -> Result<Delivery, Undeliverable> {
            let message: M = open(body).ok_or(Undeliverable::Malformed)?;
            let mut answer = Box::pin(recipient.send(message));
            // A full mailbox takes the message when it is first polled; later, the next would
            // overtake it.
            let mut nobody = Context::from_waker(Waker::noop());
            let early = match answer.as_mut().poll(&mut nobody) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            };
            Ok(Box::pin(async move {
                let answer = match early {
                    Some(answer) => answer,
                    None => answer.await,
                };
                Ok(seal(&answer.map_err(|_| Undeliverable::Stopped)?))
            }))
        };
        self.doors
            .insert((actor.to_owned(), M::KIND.to_owned()), Box::new(door));
    }

    /// Hands a letter to its actor; what is returned resolves to the actor's answer.
    pub(crate) fn deliver(&self, letter: &Letter) -> Result<Delivery, Undeliverable> {
        let key = (letter.actor.clone(), letter.kind.clone());
        let door = self.doors.get(&key).ok_or(Undeliverable::NoSuchActor)?;
        door(&letter.body)
    }
}
