//! What supervision does for the flights that its node follows.

use std::collections::BTreeMap;

use super::formation::{Formation, Recruiting};
use super::{Asker, Command, FlightLimit, News, Refusal, Supervision, Tie};
use crate::{FlightId, MemberIndex, NodeId, NodeRecord};

/// What a leader asks of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recruit {
    /// The flight.
    pub flight: FlightId,
    /// Which member the node is to be.
    pub member: MemberIndex,
    /// How many members the flight has.
    pub size: u16,
    /// Everyone's place as the leader knows it, its own and the recruit's among them.
    pub members: Vec<(MemberIndex, NodeRecord)>,
}

impl Supervision {
    pub(super) fn on_recruit_asked(&mut self, leader: NodeRecord, recruit: Recruit) {
        if self.follows_already(&leader.node, &recruit) {
            return;
        }
        let Recruit {
            flight,
            member,
            size,
            members,
        } = recruit;
        if let Err(refusal) = self.admit_follower(flight, member, size) {
            let node = leader;
            return self.refuse(flight, Asker::Leader { node, member }, refusal);
        }
        let mut seats: BTreeMap<_, _> = members
            .into_iter()
            .filter(|(seat, _)| seat.0 < size)
            .collect();
        // The leader is who asks, and this node is where it is asked, whatever the list says.
        seats.insert(MemberIndex::LEADER, leader.clone());
        seats.insert(member, self.me.clone());
        let formation = Formation {
            me: member,
            size,
            seats,
            recruiting: Recruiting::none(),
            tie: Tie::Cluster,
        };
        self.push(Command::Follow {
            flight,
            member,
            size,
            leader,
        });
        self.inform_of_absent(flight, &formation);
        self.formations.begin(flight, formation);
    }

    /// Of members on nodes that are not up, as this node sees it, nothing is heard: the flight is
    /// told at once, as if they had just gone down. When they come up, it hears that too.
    fn inform_of_absent(&mut self, flight: FlightId, formation: &Formation) {
        let absent: Vec<MemberIndex> = (formation.others())
            .filter(|(_, record)| self.peers.find(&record.node) != Some(record))
            .map(|(member, _)| member)
            .collect();
        for member in absent {
            self.inform(flight, member, News::Lost);
        }
    }

    /// Whether it is a repetition of what was granted.
    fn follows_already(&self, leader: &NodeId, recruit: &Recruit) -> bool {
        self.formations.get(recruit.flight).is_some_and(|known| {
            known.me == recruit.member && known.is_seat(MemberIndex::LEADER, leader)
        })
    }

    pub(super) fn admit_follower(
        &mut self,
        flight: FlightId,
        member: MemberIndex,
        size: u16,
    ) -> Result<(), Refusal> {
        if member.leads() || member.0 >= size {
            return Err(Refusal::NoFollower);
        }
        self.admit(flight, FlightLimit::Followed)
    }

    /// Another member joins a flight that this node follows. It may be a recruit that took the
    /// place of one that this node was told of.
    pub(super) fn on_fellow_joined(
        &mut self,
        flight: FlightId,
        member: MemberIndex,
        node: &NodeId,
    ) {
        let Some(record) = self.peers.find(node).cloned() else {
            return;
        };
        let Some(formation) = self.formations.get_mut(flight) else {
            return;
        };
        let is_free = member != formation.me && !member.leads() && member.0 < formation.size;
        if is_free || formation.is_seat(member, node) {
            formation.seats.insert(member, record);
            self.inform(flight, member, News::Joined);
        }
    }

    /// Only its leader can dismiss a follower; and a follower that has left says so to a leader that
    /// joins it again. Who has not joined yet has nothing to leave: it joins or declines.
    pub(super) fn on_dismissed(&mut self, flight: FlightId, node: &NodeId) {
        let Some(formation) = self.formations.of_cluster(flight) else {
            return;
        };
        let may_leave = |member: &MemberIndex| {
            let has_joined = !formation.recruiting.outstanding.contains(member);
            member.leads() || formation.me.leads() && has_joined
        };
        if let Some(member) = formation.member_on(node).filter(may_leave) {
            self.inform(flight, member, News::Lost);
        }
    }
}
