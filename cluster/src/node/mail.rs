//! A node's part in the mail between actors: who can be written to here, and how others are reached.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::NodeId;

use super::Node;
use crate::remote::{
    EndWatch, Group, JoinError, JoinGroup, LeaveGroup, Mailroom, Registration, RemoteError,
    RemoteMessage, RemoteRecipient, SUPERVISOR, Undelivered, Vitals, VitalsAsked, WatchId,
};

/// A node's way to the actors of other nodes. It does not keep the node alive: when that has ended,
/// nobody is reached.
#[derive(Clone)]
pub struct Courier {
    mailroom: Arc<Mailroom>,
}

impl Courier {
    /// As [`Node::remote`].
    pub fn remote<M: RemoteMessage>(&self, node: NodeId, actor: &str) -> RemoteRecipient<M>
    where
        M::Result: Send,
    {
        RemoteRecipient::new(Arc::clone(&self.mailroom), node, actor)
    }

    /// As [`Node::group`].
    pub fn group<M: RemoteMessage>(&self, group: &str) -> Group<M>
    where
        M::Result: Send,
    {
        Group::new(Arc::clone(&self.mailroom), group)
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").finish_non_exhaustive()
    }
}

impl Node {
    /// The way to the actors of other nodes, for those who must not hold the node itself.
    pub fn courier(&self) -> Courier {
        let mailroom = Arc::clone(&self.mailroom);
        Courier { mailroom }
    }

    /// Lets other nodes send messages of type `M` to an actor of this process, under a name. One actor
    /// may be registered for several types under its name.
    pub fn register<M: RemoteMessage>(&self, actor: &str, recipient: Recipient<M>)
    where
        M::Result: Send,
    {
        self.mailroom.directory.register(actor, recipient);
    }

    /// Lets nobody reach the actor of that name any more. Those who watch it are told.
    pub fn unregister(&self, actor: &str) {
        self.mailroom.directory.unregister(actor);
    }

    /// Unregisters an actor when it is dropped: for actors whose end others are to hear of at once.
    pub fn registration(&self, actor: &str) -> Registration {
        Registration::new(Arc::clone(&self.mailroom), actor)
    }

    /// The address of an actor of that name on a node of the cluster, which may be this one.
    pub fn remote<M: RemoteMessage>(&self, node: NodeId, actor: &str) -> RemoteRecipient<M>
    where
        M::Result: Send,
    {
        RemoteRecipient::new(Arc::clone(&self.mailroom), node, actor)
    }

    /// Makes a registered actor of this node a member of a group, which all nodes know. It leaves when
    /// it stops.
    ///
    /// # Errors
    ///
    /// If there is no such actor, or a limit is reached.
    pub async fn join_group(&self, group: &str, actor: &str) -> Result<(), JoinError> {
        let (group, actor) = (group.to_owned(), actor.to_owned());
        let joined = self.supervisor.send(JoinGroup { group, actor }).await;
        joined.unwrap_or(Err(JoinError::Stopped))
    }

    /// Makes it a member no more.
    pub fn leave_group(&self, group: &str, actor: &str) {
        let (group, actor) = (group.to_owned(), actor.to_owned());
        self.supervisor.do_send(LeaveGroup { group, actor });
    }

    /// The members of a group on all nodes, as takers of messages of type `M`.
    pub fn group<M: RemoteMessage>(&self, group: &str) -> Group<M>
    where
        M::Result: Send,
    {
        Group::new(Arc::clone(&self.mailroom), group)
    }

    /// How another node is, or this one: its supervisor is asked.
    ///
    /// # Errors
    ///
    /// If it does not answer until `deadline` has passed; it resolves in any case.
    pub async fn vitals(&self, of: NodeId, deadline: Duration) -> Result<Vitals, RemoteError> {
        let supervisor = self.remote::<VitalsAsked>(of, SUPERVISOR);
        supervisor.ask(&VitalsAsked, deadline).await
    }

    /// Ends a watch that was begun with [`RemoteRecipient::watch`] at this node. What it was to tell may
    /// be on its way already.
    pub fn unwatch(&self, watch: WatchId) {
        self.supervisor.do_send(EndWatch(watch));
    }

    /// Tells `recipient`, instead of whoever was told before, which messages that were
    /// [told](RemoteRecipient::tell) by this node came back.
    pub fn on_undelivered(&self, recipient: Recipient<Undelivered>) {
        self.mailroom.set_undelivered(recipient);
    }
}
