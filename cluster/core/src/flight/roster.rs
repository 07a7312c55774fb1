//! Which members take part.

use crate::MemberIndex;

/// How a member stands, as another one sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Asked to take part; has not answered.
    Recruited,
    /// Takes part.
    Up,
    /// Does not take part, or no longer; it may still join.
    Out,
}

/// How every member stands, as this one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roster {
    me: MemberIndex,
    standings: Vec<Standing>,
}

impl Roster {
    /// Everyone recruited, but this member and the leader, who are up.
    pub(super) fn new(me: MemberIndex, size: u16) -> Self {
        let mut standings = vec![Standing::Recruited; usize::from(size)];
        standings[me.at()] = Standing::Up;
        standings[MemberIndex::LEADER.at()] = Standing::Up;
        Self { me, standings }
    }

    pub(super) fn standing(&self, member: MemberIndex) -> Standing {
        self.standings[member.at()]
    }

    /// Sets a peer's standing; says whether that changed it. This member itself is always up.
    pub(super) fn set(&mut self, member: MemberIndex, standing: Standing) -> bool {
        member != self.me
            && std::mem::replace(&mut self.standings[member.at()], standing) != standing
    }

    /// Those who have not answered.
    pub(super) fn recruited(&self) -> Vec<MemberIndex> {
        let members = self.members();
        members
            .filter(|member| self.standing(*member) == Standing::Recruited)
            .collect()
    }

    /// Whether someone may still join in time.
    pub(super) fn awaits_recruits(&self) -> bool {
        self.standings.contains(&Standing::Recruited)
    }

    /// Everyone who takes part.
    pub(super) fn up(&self) -> impl Iterator<Item = MemberIndex> {
        self.members()
            .filter(|member| self.standing(*member) == Standing::Up)
    }

    /// Everyone who does not.
    pub(super) fn out(&self) -> impl Iterator<Item = MemberIndex> {
        self.members()
            .filter(|member| self.standing(*member) == Standing::Out)
    }

    /// Whether the index is that of a member.
    pub(super) fn has(&self, member: MemberIndex) -> bool {
        member.at() < self.standings.len()
    }

    /// The first member from `start` on, going round, that is not out.
    pub(super) fn first_from(&self, start: usize) -> MemberIndex {
        let size = self.standings.len();
        (0..size)
            .map(|step| MemberIndex(((start + step) % size) as u16))
            .find(|member| self.standing(*member) != Standing::Out)
            .unwrap_or(self.me)
    }

    fn members(&self) -> impl Iterator<Item = MemberIndex> + use<> {
        (0..self.standings.len()).map(|at| MemberIndex(at as u16))
    }
}
