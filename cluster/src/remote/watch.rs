//! Death-watch: who wants to know when which actor has stopped.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use actix::{Message, Recipient};
use raptor_core::NodeId;

use super::ActorLife;
use super::mailroom::Mailroom;
use crate::actor::postmaster::PeerId;

/// So many actors of this node may be watched from one other: each costs some memory, and a look ten
/// times a second.
const WATCHES_PER_PEER_MAX: usize = 65_536;

/// An actor that was watched is gone. It is said once; whoever wants to hear of a successor under the
/// same name watches anew.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Terminated {
    /// Which watch that was.
    pub watch: WatchId,
    /// On which node the actor was.
    pub node: NodeId,
    /// Its name.
    pub actor: String,
    /// How it ended.
    pub why: EndCause,
}

/// How an actor that was watched ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCause {
    /// It has stopped, or is registered no more.
    Stopped,
    /// No actor of that name was registered.
    NoSuchActor,
    /// No association with its node is up. The actor may live on.
    NodeDown,
    /// Its node has no room for more watches from here. The actor may live on.
    TooManyWatches,
}

impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "it has stopped",
            Self::NoSuchActor => "no actor of that name was registered",
            Self::NodeDown => "no association with its node is up",
            Self::TooManyWatches => "its node has no room for more watches",
        })
    }
}

/// Which watch, among those of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId(pub(crate) u64);

/// Tell somebody when an actor is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct BeginWatch {
    pub(crate) id: WatchId,
    pub(crate) node: NodeId,
    pub(crate) actor: Arc<str>,
    pub(crate) watcher: Recipient<Terminated>,
}

/// Tell nobody any more.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct EndWatch(pub(crate) WatchId);

pub(super) fn begin(
    mailroom: &Mailroom,
    node: NodeId,
    actor: Arc<str>,
    watcher: Recipient<Terminated>,
) -> WatchId {
    let id = mailroom.next_watch();
    mailroom.supervisor().do_send(BeginWatch {
        id,
        node,
        actor,
        watcher,
    });
    id
}

/// The watches of a node's actors, and of others over its actors.
#[derive(Default)]
pub(crate) struct Watches {
    ours: BTreeMap<WatchId, Ours>,
    theirs: BTreeMap<PeerId, BTreeMap<u64, Watched>>,
}

struct Ours {
    node: NodeId,
    actor: Arc<str>,
    watcher: Recipient<Terminated>,
}

struct Watched {
    actor: Arc<str>,
    life: ActorLife,
}

impl Watches {
    /// Somebody here watches an actor.
    pub(crate) fn begin(&mut self, begin: BeginWatch) {
        let BeginWatch {
            id,
            node,
            actor,
            watcher,
        } = begin;
        let ours = Ours {
            node,
            actor,
            watcher,
        };
        self.ours.insert(id, ours);
    }

    /// Somebody here watches no more. The node that is to be told, if there was such a watch.
    pub(crate) fn end(&mut self, id: WatchId) -> Option<NodeId> {
        self.ours.remove(&id).map(|ours| ours.node)
    }

    /// `node` says that an actor which is watched is gone.
    pub(crate) fn on_terminated(&mut self, node: &NodeId, number: u64, why: EndCause) {
        let id = WatchId(number);
        // Nobody speaks for the actors of another node.
        if self.ours.get(&id).is_some_and(|ours| ours.node == *node) {
            self.conclude(id, why);
        }
    }

    /// None of a node's actors can be watched any more.
    pub(crate) fn on_node_down(&mut self, node: &NodeId) {
        let ours = self.ours.iter();
        let there = ours.filter(|(_, ours)| ours.node == *node);
        for id in there.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.conclude(id, EndCause::NodeDown);
        }
    }

    /// Tells who watches, once.
    pub(crate) fn conclude(&mut self, id: WatchId, why: EndCause) {
        if let Some(ours) = self.ours.remove(&id) {
            ours.watcher.do_send(Terminated {
                watch: id,
                node: ours.node,
                actor: ours.actor.as_ref().to_owned(),
                why,
            });
        }
    }

    /// A peer watches an actor of this node, which lives, or does not.
    pub(crate) fn on_watch(
        &mut self,
        peer: PeerId,
        number: u64,
        actor: &str,
        life: Option<ActorLife>,
    ) -> Result<(), EndCause> {
        let life = life.ok_or(EndCause::NoSuchActor)?;
        let theirs = self.theirs.entry(peer).or_default();
        if theirs.len() >= WATCHES_PER_PEER_MAX {
            return Err(EndCause::TooManyWatches);
        }
        let actor = actor.into();
        theirs.insert(number, Watched { actor, life });
        Ok(())
    }

    /// A peer watches no more.
    pub(crate) fn on_unwatch(&mut self, peer: PeerId, number: u64) {
        if let Some(theirs) = self.theirs.get_mut(&peer) {
            theirs.remove(&number);
        }
    }

    /// A peer is down: nobody there watches any more.
    pub(crate) fn on_peer_down(&mut self, peer: PeerId) {
        self.theirs.remove(&peer);
    }

    /// Takes out the watches of others over actors that are gone: who is to be told, of which.
    pub(crate) fn take_ended(
        &mut self,
        lives: impl Fn(&str) -> Option<ActorLife>,
    ) -> Vec<(PeerId, u64)> {
        let mut ended = Vec::new();
        for (peer, theirs) in &mut self.theirs {
            theirs.retain(|number, watched| {
                let is_alive = lives(&watched.actor) == Some(watched.life);
                if !is_alive {
                    ended.push((*peer, *number));
                }
                is_alive
            });
        }
        ended
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
