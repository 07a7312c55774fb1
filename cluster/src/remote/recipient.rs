//! The address of an actor on another node.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use actix::Recipient;
use bytes::Bytes;
use raptor_core::NodeId;

use super::correspondent::Correspondent;
use super::mail::Address;
use super::mailroom::Mailroom;
use super::{RemoteError, RemoteMessage, Terminated, WatchId, open, seal_into, watch};
use crate::link::Lane;
use crate::wire;

/// About how long a message is: what is longer costs another allocation.
const BODY_BYTES: usize = 128;

/// The address of an actor on another node, or on this one. It can be used on any thread.
pub struct RemoteRecipient<M> {
    mailroom: Arc<Mailroom>,
    node: NodeId,
    actor: Arc<str>,
    address: Arc<[u8]>,
    lane: Lane,
    kind: PhantomData<fn(M)>,
}

impl<M> Clone for RemoteRecipient<M> {
    fn clone(&self) -> Self {
        Self {
            mailroom: Arc::clone(&self.mailroom),
            node: self.node.clone(),
            actor: Arc::clone(&self.actor),
            address: Arc::clone(&self.address),
            lane: self.lane,
            kind: PhantomData,
        }
    }
}

impl<M> fmt::Debug for RemoteRecipient<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteRecipient")
            .field("node", &self.node)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

impl<M> RemoteRecipient<M> {
    /// On which node the actor is.
    pub fn node(&self) -> &NodeId {
        &self.node
    }

    /// The name that the actor is registered with.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Tells `recipient` once when the actor has stopped, was never there, or its node is down. What the
    /// actor is told right after may reach it before the watch does.
    pub fn watch(&self, recipient: Recipient<Terminated>) -> WatchId {
        let (node, actor) = (self.node.clone(), Arc::clone(&self.actor));
        watch::begin(&self.mailroom, node, actor, recipient)
    }
}

impl<M: RemoteMessage> RemoteRecipient<M>
where
    M::Result: Send,
{
    pub(crate) fn new(mailroom: Arc<Mailroom>, node: NodeId, actor: &str) -> Self {
        let address = Address {
            actor,
            kind: M::KIND,
            version: M::VERSION,
        };
        Self {
            mailroom,
            node,
            actor: actor.into(),
            address: wire::encode_address(address).into(),
            lane: lane(actor),
            kind: PhantomData,
        }
    }

    /// Sends a message and does not wait for what comes of it. If it cannot be delivered there, the
    /// node hears of it ([`super::Undelivered`]).
    ///
    /// # Errors
    ///
    /// If it could not be queued; then nothing of it is sent.
    pub fn tell(&self, message: &M) -> Result<(), RemoteError> {
        self.correspondent()?.tell(self.lane, self.told(message))
    }

    /// As [`tell`](Self::tell), but if the queue is full it waits, at most until `deadline` has passed,
    /// for room. It needs the timer of a tokio runtime, as any actor has.
    ///
    /// # Errors
    ///
    /// If it could not be queued; then nothing of it is sent.
    pub async fn tell_when_room(&self, message: &M, deadline: Duration) -> Result<(), RemoteError> {
        let (lane, told) = (self.lane, self.told(message));
        let to = self.correspondent()?;
        to.tell_when_room(lane, told, deadline).await
    }

    /// Sends a message and waits for the actor's answer, at most until `deadline` has passed. It needs
    /// the timer of a tokio runtime, as any actor has.
    ///
    /// # Errors
    ///
    /// If the answer does not come; it resolves in any case.
    pub async fn ask(&self, message: &M, deadline: Duration) -> Result<M::Result, RemoteError> {
        let question = self.correspondent()?.ask(self.lane, |number| {
            let mut asked = wire::begin_ask(&self.address, number, BODY_BYTES);
            seal_into(&mut asked, message);
            asked
        })?;
        let body = question.answered(deadline).await?;
        self.read(&body)
    }

    fn read(&self, body: &Bytes) -> Result<M::Result, RemoteError> {
        open(body).ok_or_else(|| RemoteError::Malformed(self.node.clone()))
    }

    fn told(&self, message: &M) -> Vec<u8> {
        let mut told = wire::begin_tell(&self.address, BODY_BYTES);
        seal_into(&mut told, message);
        told
    }

    fn correspondent(&self) -> Result<Arc<Correspondent>, RemoteError> {
        self.mailroom.correspondent(&self.node)
    }
}

/// The lane that keeps the letters to one actor in order, apart from those to others.
fn lane(actor: &str) -> Lane {
    let mut hasher = DefaultHasher::new();
    actor.hash(&mut hasher);
    Lane::Mail(hasher.finish())
}
