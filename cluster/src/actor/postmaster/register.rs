//! Who may take up a name: the judgement of greetings.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet, VecDeque};

use raptor_core::{FlightId, Incarnation, NodeId, Role};

use crate::link::Hello;
use crate::security::NONCE_BYTES;
use crate::transport::Direction;

/// How many names are remembered. Clients come and go under new names; the lives that began first are
/// forgotten first.
const NAMES_MAX: usize = 4096;

/// What is known of every name: the newest life that was welcomed under it.
///
/// A name belongs to its newest life. If two live nodes bear one name, the one that began later has it
/// and the other is refused wherever the newer one was seen, because nothing tells a node that lives
/// twice from one that was started anew elsewhere; the refusal says so in the log of both. A life that has
/// moved says so in its greeting, and is let in where it is now.
#[derive(Default)]
pub(super) struct Register {
    newest: HashMap<Name, Incarnation>,
    /// The nonces of openings that were made with a key of ours: none may come twice.
    nonces: HashSet<Nonce>,
    nonces_in_order: VecDeque<Nonce>,
}

/// A name is unique among those of one role.
pub(super) type Name = (Role, NodeId);

/// What an opening begins with.
pub(super) type Nonce = [u8; NONCE_BYTES];

/// How many openings are remembered: those of a day of a node that is dialed once a second, 4 MB. Only
/// openings made with a key count, so strangers cannot push any out. One that is older is answered, and
/// nothing comes of it: only whoever made it can go on from the answer.
const NONCES_MAX: usize = 1 << 16;

/// Another link whose peer bears the same name, and which was welcomed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    pub(super) incarnation: Incarnation,
    /// How often its peer had moved when it greeted.
    pub(super) moved: u32,
    pub(super) direction: Direction,
    pub(super) is_up: bool,
}

/// What becomes of a peer that has greeted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is welcome.
    Welcome,
    /// It is welcome, and the link with its rival ends.
    Replace,
    /// It is welcome, and has moved: its rival leads to where it was, and ends.
    TakeOver,
    /// It is not welcome.
    Refuse(Refusal),
}

/// Why a peer is not welcome, or no longer. The text goes to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("you have dialed yourself")]
    Ourselves,
    #[error("your name is mine: two live nodes bear it")]
    Namesake,
    #[error(
        "a newer life of your name was seen, {}: either you are an old one, or two live nodes bear it",
        .newest.0
    )]
    Outdated { newest: Incarnation },
    #[error("there is another link between us")]
    Duplicate,
    #[error(
        "a newer life of your name has come, {}: either you are an old one, or two live nodes bear it",
        .by.0
    )]
    Replaced { by: Incarnation },
}

impl Register {
    /// Whether an opening with this nonce has not come before.
    pub(super) fn is_new(&mut self, nonce: Nonce) -> bool {
        let is_new = self.nonces.insert(nonce);
        if is_new {
            self.nonces_in_order.push_back(nonce);
        }
        if self.nonces_in_order.len() > NONCES_MAX
            && let Some(oldest) = self.nonces_in_order.pop_front()
        {
            self.nonces.remove(&oldest);
        }
        is_new
    }

    /// Judges a peer that has greeted on a link of this direction.
    pub(super) fn judge(
        &self,
        ours: &Hello,
        theirs: &Hello,
        direction: Direction,
        rival: Option<Rival>,
    ) -> Verdict {
        let name = (theirs.role, theirs.record.node.clone());
        // Members of a flight are nodes as well.
        let is_node = |role| matches!(role, Role::Node | Role::Member(_));
        let is_like_us = theirs.role == ours.role || is_node(theirs.role) && is_node(ours.role);
        if is_like_us && theirs.record.node == ours.record.node {
            let is_same = theirs.record.incarnation == ours.record.incarnation;
            let refusal = if is_same {
                Refusal::Ourselves
            } else {
                Refusal::Namesake
            };
            return Verdict::Refuse(refusal);
        }
        if let Some(&newest) = self.newest.get(&name)
            && newest > theirs.record.incarnation
        {
            return Verdict::Refuse(Refusal::Outdated { newest });
        }
        match rival {
            None => Verdict::Welcome,
            Some(rival) if rival.incarnation < theirs.record.incarnation => Verdict::Replace,
            Some(rival) => match rival.moved.cmp(&theirs.moved) {
                Ordering::Less => Verdict::TakeOver,
                Ordering::Equal => settle(ours, theirs, direction, rival),
                Ordering::Greater => Verdict::Refuse(Refusal::Duplicate),
            },
        }
    }

    /// Remembers a life that was welcomed.
    pub(super) fn on_welcomed(&mut self, theirs: &Hello) {
        let name = (theirs.role, theirs.record.node.clone());
        self.newest.insert(name, theirs.record.incarnation);
        if self.newest.len() > NAMES_MAX {
            let oldest = self
                .newest
                .iter()
                .min_by_key(|(_, incarnation)| **incarnation);
            let oldest = oldest.map(|(name, _)| name.clone());
            self.newest.remove(&oldest.expect("it is not empty"));
        }
    }
}

impl Register {
    /// Forgets the members of a flight.
    pub(super) fn forget_flight(&mut self, flight: FlightId) {
        let role = Role::Member(flight);
        self.newest.retain(|(of, _), _| *of != role);
    }
}

/// Which of two links between the same two lives stays. Both ends must find the same: a link that is
/// up does, and of two that are not the one that the lesser name began.
fn settle(ours: &Hello, theirs: &Hello, direction: Direction, rival: Rival) -> Verdict {
    let we_are_less = ours.record.node < theirs.record.node;
    let begun_by_the_lesser = |direction| (direction == Direction::Dialed) == we_are_less;
    let is_better = begun_by_the_lesser(direction) && !begun_by_the_lesser(rival.direction);
    if is_better && !rival.is_up {
        Verdict::Replace
    } else {
        Verdict::Refuse(Refusal::Duplicate)
    }
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
