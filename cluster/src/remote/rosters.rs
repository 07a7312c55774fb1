//! Who is in which group, on all nodes that are up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use actix::Message;
use dashmap::DashMap;
use raptor_core::NodeId;

use super::mail::Membership;
use super::{ActorLife, JoinError};

/// How many memberships the actors of one node may have together: every node keeps them all, and tells
/// them to each that comes up.
const MEMBERSHIPS_MAX: usize = 4096;

/// How long the names of groups and of their members may be.
const NAME_BYTES_MAX: usize = 256;

/// The groups as any thread sees them. The supervisor writes them.
#[derive(Default)]
pub(crate) struct Rosters(DashMap<Arc<str>, Arc<Roster>>);

/// The members of one group.
#[derive(Default)]
pub(super) struct Roster {
    pub(super) seats: Vec<Arc<Seat>>,
    /// How often its members have been asked in turn.
    pub(super) turns: Arc<AtomicUsize>,
}

/// One member of a group.
pub(super) struct Seat {
    pub(super) node: NodeId,
    pub(super) actor: Arc<str>,
    /// How many questions to it, as one of the group, are not answered.
    pub(super) asked: AtomicUsize,
}

impl Rosters {
    pub(super) fn find(&self, group: &str) -> Arc<Roster> {
        let roster = self.0.get(group);
        roster.map(|roster| Arc::clone(&roster)).unwrap_or_default()
    }
}

/// An actor of this node is to join a group.
#[derive(Message)]
#[rtype(result = "Result<(), JoinError>")]
pub(crate) struct JoinGroup {
    pub(crate) group: String,
    pub(crate) actor: String,
}

/// An actor of this node is to leave a group.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct LeaveGroup {
    pub(crate) group: String,
    pub(crate) actor: String,
}

type Place = (Arc<str>, Arc<str>);

/// All memberships. Whatever changes is to be told to the other nodes by whoever changes it.
#[derive(Default)]
pub(crate) struct Memberships {
    ours: BTreeMap<Place, ActorLife>,
    theirs: BTreeMap<NodeId, BTreeSet<Place>>,
}

impl Memberships {
    /// An actor of this node joins; says whether that is new.
    pub(crate) fn join(
        &mut self,
        JoinGroup { group, actor }: &JoinGroup,
        life: Option<ActorLife>,
    ) -> Result<bool, JoinError> {
        if group.len().max(actor.len()) > NAME_BYTES_MAX {
            let max = NAME_BYTES_MAX;
            return Err(JoinError::NameTooLong { max });
        }
        let life = life.ok_or_else(|| JoinError::NoSuchActor {
            group: group.clone(),
            actor: actor.clone(),
        })?;
        let place = place(group, actor);
        if !self.ours.contains_key(&place) && self.ours.len() >= MEMBERSHIPS_MAX {
            return Err(JoinError::TooMany {
                group: group.clone(),
                max: MEMBERSHIPS_MAX,
            });
        }
        Ok(self.ours.insert(place, life).is_none())
    }

    /// An actor of this node leaves; says whether it was a member.
    pub(crate) fn leave(&mut self, LeaveGroup { group, actor }: &LeaveGroup) -> bool {
        self.ours.remove(&place(group, actor)).is_some()
    }

    /// The memberships of this node's actors.
    pub(crate) fn ours(&self) -> impl Iterator<Item = Membership<'_>> {
        self.ours.keys().map(membership)
    }

    /// Takes out the memberships of actors of this node that are gone.
    pub(crate) fn take_ended(&mut self, lives: impl Fn(&str) -> Option<ActorLife>) -> Vec<Place> {
        let ours = self.ours.iter();
        let ended = ours.filter(|((_, actor), life)| lives(actor) != Some(**life));
        let ended: Vec<_> = ended.map(|(place, _)| place.clone()).collect();
        for place in &ended {
            self.ours.remove(place);
        }
        ended
    }

    /// An actor of another node has joined. What is beyond the limits that all nodes keep is passed
    /// over.
    pub(crate) fn on_joined(&mut self, node: &NodeId, joined: Membership<'_>) {
        let theirs = self.theirs.entry(node.clone()).or_default();
        let is_short = joined.group.len().max(joined.actor.len()) <= NAME_BYTES_MAX;
        if is_short && theirs.len() < MEMBERSHIPS_MAX {
            theirs.insert(place(joined.group, joined.actor));
        } else {
            tracing::warn!(%node, "a node has more actors in groups than it may");
        }
    }

    /// An actor of another node has left.
    pub(crate) fn on_left(&mut self, node: &NodeId, left: Membership<'_>) {
        if let Some(theirs) = self.theirs.get_mut(node) {
            theirs.remove(&place(left.group, left.actor));
        }
    }

    /// A node is down; gives the groups in which its actors were.
    pub(crate) fn on_node_down(&mut self, node: &NodeId) -> BTreeSet<Arc<str>> {
        let theirs = self.theirs.remove(node).unwrap_or_default();
        theirs.into_iter().map(|(group, _)| group).collect()
    }

    /// Shows a group as it is now to all threads. Who stays in it is still owed its answers.
    pub(crate) fn publish(&self, group: &str, us: &NodeId, rosters: &Rosters) {
        let before = rosters.find(group);
        let ours = self.ours.keys().map(|place| (us, place));
        let theirs = self.theirs.iter();
        let theirs =
            theirs.flat_map(|(node, places)| places.iter().map(move |place| (node, place)));
        let members = ours
            .chain(theirs)
            .filter(|(_, (of, _))| **of == *group)
            .map(|(node, (_, actor))| before.seat(node, actor));
        let seats: Vec<_> = members.collect();
        if seats.is_empty() {
            rosters.0.remove(group);
            return;
        }
        let turns = Arc::clone(&before.turns);
        let roster = Arc::new(Roster { seats, turns });
        rosters.0.insert(group.into(), roster);
    }
}

impl Roster {
    /// The seat of a member, which may have been there before.
    fn seat(&self, node: &NodeId, actor: &Arc<str>) -> Arc<Seat> {
        let is_it = |seat: &&Arc<Seat>| seat.node == *node && seat.actor == *actor;
        if let Some(seat) = self.seats.iter().find(is_it) {
            return Arc::clone(seat);
        }
        Arc::new(Seat {
            node: node.clone(),
            actor: Arc::clone(actor),
            asked: AtomicUsize::new(0),
        })
    }
}

fn place(group: &str, actor: &str) -> Place {
    (group.into(), actor.into())
}

pub(crate) fn membership((group, actor): &Place) -> Membership<'_> {
    Membership { group, actor }
}

#[cfg(test)]
#[path = "rosters_tests.rs"]
mod tests;
