//! The gateways of the other nodes.

use std::future::Future;
use std::sync::{Arc, Weak};

use raptor_cluster::Node;
use raptor_cluster::remote::{Group, RemoteMessage, RemoteRecipient};
use raptor_core::NodeId;
use tokio::task::JoinSet;

/// The name of each node's actor, and of the group that they form.
pub(crate) const ACTOR: &str = "raptor.gateway";

/// The gateways of the other nodes. It does not keep the node alive: the actors of the node have it.
#[derive(Clone)]
pub(crate) struct Peers {
    own: NodeId,
    node: Weak<Node>,
}

impl Peers {
    pub(crate) fn new(node: &Arc<Node>) -> Self {
        Self {
            own: node.record().node.clone(),
            node: Arc::downgrade(node),
        }
    }

    /// This node.
    pub(crate) fn own(&self) -> &NodeId {
        &self.own
    }

    /// The node itself, while it is up.
    pub(crate) fn node(&self) -> Option<Arc<Node>> {
        self.node.upgrade()
    }

    /// All others that are up.
    pub(crate) fn all<M: RemoteMessage>(&self) -> Vec<RemoteRecipient<M>>
    where
        M::Result: Send,
    {
        let Some(node) = self.node.upgrade() else {
            return Vec::new();
        };
        let group: Group<M> = node.group(ACTOR);
        let others = group.members().into_iter();
        let others = others.filter(|member| member.node != self.own);
        others
            .map(|member| node.remote(member.node, &member.actor))
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
