//! Groups: the actors of all nodes that do the same.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use raptor_core::NodeId;

use super::mailroom::Mailroom;
use super::rosters::{Roster, Seat};
use super::{RemoteError, RemoteMessage, RemoteRecipient};

/// The actors that have [joined](crate::Node::join_group) a group, on all nodes that are up, as far as is
/// known here: who joins or leaves is known elsewhere a moment later.
pub struct Group<M> {
    mailroom: Arc<Mailroom>,
    name: Arc<str>,
    kind: PhantomData<fn(M)>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupMember {
    /// On which node.
    pub node: NodeId,
    /// The name that it is registered with there.
    pub actor: String,
}

/// Which member of a group is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One after the other.
    InTurn,
    /// Any.
    AtRandom,
    /// The one with the fewest questions from this node, to it as one of the group, that are not
    /// answered.
    LeastAsked,
}

impl<M> Clone for Group<M> {
    fn clone(&self) -> Self {
        Self {
            mailroom: Arc::clone(&self.mailroom),
            name: Arc::clone(&self.name),
            kind: PhantomData,
        }
    }
}

impl<M> fmt::Debug for Group<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.name).finish()
    }
}

impl<M: RemoteMessage> Group<M>
where
    M::Result: Send,
{
    pub(crate) fn new(mailroom: Arc<Mailroom>, name: &str) -> Self {
        let name = name.into();
        Self {
            mailroom,
            name,
            kind: PhantomData,
        }
    }

    /// Who is in it.
    pub fn members(&self) -> Vec<GroupMember> {
        self.roster()
            .seats
            .iter()
            .map(|seat| seat.member())
            .collect()
    }

    /// Sends a message to every member; gives those to whom it could not be queued.
    pub fn tell_all(&self, message: &M) -> Vec<(GroupMember, RemoteError)> {
        let roster = self.roster();
        let told = roster.seats.iter().map(|seat| {
            let refused = self.recipient(seat).tell(message).err()?;
            Some((seat.member(), refused))
        });
        told.flatten().collect()
    }

    /// Sends a message to one member and waits for its answer, at most until `deadline` has passed. If
    /// nothing can be queued to the chosen one, the next is tried.
    ///
    /// # Errors
    ///
    /// If the answer does not come: that of the last one tried, or that nobody is there.
    pub async fn ask_any(
        &self,
        message: &M,
        choice: Choice,
        deadline: Duration,
    ) -> Result<M::Result, RemoteError> {
        let roster = self.roster();
        let first = roster.choose(choice);
        let (before, after) = roster.seats.split_at(first);
        let mut error = RemoteError::NobodyThere(self.name.as_ref().to_owned());
        for seat in after.iter().chain(before) {
            let _asked = Asked::count(&seat.asked);
            match self.recipient(seat).ask(message, deadline).await {
                Err(refused @ (RemoteError::Unreachable(_) | RemoteError::Backlogged(_))) => {
                    error = refused;
                }
                answered => return answered,
            }
        }
        Err(error)
    }

    fn recipient(&self, seat: &Seat) -> RemoteRecipient<M> {
        RemoteRecipient::new(Arc::clone(&self.mailroom), seat.node.clone(), &seat.actor)
    }

    fn roster(&self) -> Arc<Roster> {
        self.mailroom.rosters.find(&self.name)
    }
}

/// A question that is not answered yet.
struct Asked<'a>(&'a AtomicUsize);

impl<'a> Asked<'a> {
    fn count(asked: &'a AtomicUsize) -> Self {
        asked.fetch_add(1, Ordering::Relaxed);
        Self(asked)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Seat {
    fn member(&self) -> GroupMember {
        GroupMember {
            node: self.node.clone(),
            actor: self.actor.as_ref().to_owned(),
        }
    }
}

impl Roster {
    /// The place of the member that is asked first.
    fn choose(&self, choice: Choice) -> usize {
        let count = self.seats.len().max(1);
        match choice {
            Choice::InTurn => self.turns.fetch_add(1, Ordering::Relaxed) % count,
            // Each has keys of its own, from the system's chance.
            Choice::AtRandom => RandomState::new().hash_one(0) as usize % count,
            Choice::LeastAsked => {
                let asked = |at: &usize| self.seats[*at].asked.load(Ordering::Relaxed);
                (0..self.seats.len()).min_by_key(asked).unwrap_or(0)
            }
        }
    }
}
