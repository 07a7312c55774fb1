//! The gateways of the other nodes.

use std::future::Future;

use raptor_cluster::remote::{Group, RemoteMessage, RemoteRecipient};
use raptor_cluster::{Courier, Node};
use raptor_core::NodeId;
use tokio::task::JoinSet;

/// The name of each node's actor, and of the group that they form.
pub(crate) const ACTOR: &str = "raptor.gateway";

/// The gateways of the other nodes.
#[derive(Clone)]
pub(crate) struct Peers {
    own: NodeId,
    courier: Courier,
}

impl Peers {
    pub(crate) fn new(node: &Node) -> Self {
        Self {
            own: node.record().node.clone(),
            courier: node.courier(),
        }
    }

    /// This node.
    pub(crate) fn own(&self) -> &NodeId {
        &self.own
    }

    /// All others that are up.
    pub(crate) fn all<M: RemoteMessage>(&self) -> Vec<RemoteRecipient<M>>
    where
        M::Result: Send,
    {
        let group: Group<M> = self.courier.group(ACTOR);
        let others = group.members().into_iter();
        let others = others.filter(|member| member.node != self.own);
        others
            .map(|member| self.courier.remote(member.node, &member.actor))
            .collect()
    }

    /// Asks all others at the same time; gives what each has answered.
    pub(crate) async fn ask_all<M, T, F>(&self, ask: impl Fn(RemoteRecipient<M>) -> F) -> Vec<T>
    where
        M: RemoteMessage,
        M::Result: Send,
        F: Future<Output = Option<T>> + Send + 'static,
        T: Send + 'static,
    {
        let mut asked = JoinSet::new();
        for other in self.all::<M>() {
            asked.spawn(ask(other));
        }
        let mut answers = Vec::new();
        while let Some(answered) = asked.join_next().await {
            answers.extend(answered.ok().flatten());
        }
        answers
    }
}
