//! What supervision does for the flights that its node leads: it finds them followers.

use std::collections::BTreeMap;

use super::formation::{Formation, Recruiting};
use super::{
    Asker, Command, FlightLimit, Miss, News, Notice, Placement, Recruit, Supervision, Tie,
};
use crate::membership::Load;
use crate::{FlightId, MemberIndex, Moment, NodeId, NodeRecord};

impl Supervision {
    pub(super) fn on_invoke_asked(&mut self, now: Moment, flight: FlightId, wanted: u16) {
        if let Err(refusal) = self.admit(flight, FlightLimit::Led) {
            return self.refuse(flight, Asker::Client, refusal);
        }
        let nodes = Placement::new(flight, [&self.me.zone], self.peers.candidates());
        let recruits: Vec<NodeRecord> = nodes.take(usize::from(wanted.max(1)) - 1).collect();
        recruits.iter().for_each(|node| self.peers.seat(node));
        let formation = Formation::led(&self.me, &recruits, now + self.limits.join_timeout);
        let size = formation.size;
        self.push(Command::Lead { flight, size });
        let followers = formation.recruiting.outstanding.iter();
        let recruits = followers.map(|member| formation.recruit(flight, *member));
        self.commands.extend(recruits);
        if size < wanted {
            self.notice(Notice::ShortHanded {
                flight,
                wanted,
                size,
            });
        }
        if size > 1 {
            self.deadlines.insert((formation.recruiting.until, flight));
        }
        self.formations.begin(flight, formation);
    }

    /// A member joins a flight that this node leads: the one who was asked to, or it is dismissed.
    pub(super) fn on_recruit_joined(
        &mut self,
        flight: FlightId,
        member: MemberIndex,
        node: NodeId,
    ) {
        let Some(formation) = self.formations.get_mut(flight) else {
            return;
        };
        if member.leads() || !formation.is_seat(member, &node) {
            let tie = Tie::Cluster;
            return self.push(Command::Dismiss { flight, node, tie });
        }
        formation.recruiting.outstanding.remove(&member);
        self.forget_deadline_if_idle(flight);
        self.inform(flight, member, News::Joined);
    }

    pub(super) fn on_declined(
        &mut self,
        now: Moment,
        flight: FlightId,
        member: MemberIndex,
        node: &NodeId,
    ) {
        if let Some(formation) = self.formations.of_cluster(flight)
            && formation.recruiting.outstanding.contains(&member)
            && formation.is_seat(member, node)
        {
            self.replace(now, flight, member, Miss::Declined);
        }
    }

    /// What was said to a node that is up all the time may be lost: members say again who they are, and
    /// tell each other all that they know; who has not answered is asked again.
    pub(super) fn on_peer_relinked(&mut self, record: &NodeRecord, load: Load) {
        self.peers.change(record, load);
        for (flight, member) in self.formations.seats_of(record) {
            let formation = self.formations.get(flight);
            let awaiting = formation.filter(|it| it.recruiting.outstanding.contains(&member));
            match awaiting.map(|formation| formation.recruit(flight, member)) {
                Some(recruit) => self.push(recruit),
                None => self.inform(flight, member, News::Reachable),
            }
        }
    }

    /// A recruit that has not joined will not: the next node is asked, if there is time and one.
    ///
    /// A member that has joined is never replaced: its successor would name attempts as it did.
    pub(super) fn replace(
        &mut self,
        now: Moment,
        flight: FlightId,
        member: MemberIndex,
        cause: Miss,
    ) {
        self.vacate(flight, member, cause);
        let next = self.next_recruit(now, flight);
        let Some(formation) = self.formations.get_mut(flight) else {
            return;
        };
        match next {
            Some(node) => {
                self.peers.seat(&node);
                formation.recruiting.asked.insert(node.node.clone());
                formation.seats.insert(member, node);
                let recruit = formation.recruit(flight, member);
                self.push(recruit);
            }
            None => {
                formation.recruiting.outstanding.remove(&member);
                self.forget_deadline_if_idle(flight);
                self.inform(flight, member, News::Refused);
            }
        }
    }

    fn vacate(&mut self, flight: FlightId, member: MemberIndex, cause: Miss) {
        if let Some(formation) = self.formations.get_mut(flight)
            && let Some(missed) = formation.seats.remove(&member)
        {
            self.peers.unseat(&missed);
            self.notice_missed(flight, member, missed.node, cause);
        }
    }

    fn next_recruit(&self, now: Moment, flight: FlightId) -> Option<NodeRecord> {
        let formation = self.formations.get(flight)?;
        let Recruiting { until, asked, .. } = &formation.recruiting;
        if now >= *until {
            return None;
        }
        let candidates = self.peers.candidates();
        let fresh = candidates.filter(|(record, _)| !asked.contains(&record.node));
        let taken = formation.seats.values().map(|record| &record.zone);
        Placement::new(flight, taken, fresh).next()
    }

    /// Stops waiting for recruits that have not answered in time. They keep their seats: who
    /// answers late is welcome.
    pub(super) fn on_tick(&mut self, now: Moment) {
        while let Some(&(until, flight)) = self.deadlines.first()
            && until <= now
        {
            self.deadlines.pop_first();
            let Some(formation) = self.formations.get_mut(flight) else {
                continue;
            };
            for (member, node) in formation.give_up() {
                self.on_late(flight, member, node);
            }
        }
    }

    /// A member that was awaited is no longer; `node` was asked to be it, if one was.
    fn on_late(&mut self, flight: FlightId, member: MemberIndex, node: Option<NodeId>) {
        if member.leads() {
            return self.inform(flight, member, News::Missing);
        }
        match node {
            Some(node) => self.notice_missed(flight, member, node, Miss::Late),
            None => self.notice_vacant(flight, member, Miss::Late),
        }
        self.inform(flight, member, News::Refused);
    }

    fn notice_missed(&mut self, flight: FlightId, member: MemberIndex, node: NodeId, cause: Miss) {
        self.notice(Notice::RecruitMissed {
            flight,
            member,
            node,
            cause,
        });
    }

    pub(super) fn forget_deadline_if_idle(&mut self, flight: FlightId) {
        if let Some(formation) = self.formations.get(flight)
            && formation.recruiting.outstanding.is_empty()
        {
            let until = formation.recruiting.until;
            self.deadlines.remove(&(until, flight));
        }
    }
}

impl Formation {
    /// The formation of a flight that node `me` leads and the `recruits` are to follow.
    fn led(me: &NodeRecord, recruits: &[NodeRecord], until: Moment) -> Self {
        let members = (0..).map(MemberIndex).zip([me].into_iter().chain(recruits));
        let seats: BTreeMap<_, _> = members.map(|(at, node)| (at, node.clone())).collect();
        let followers = seats.keys().copied().filter(|member| !member.leads());
        Self {
            me: MemberIndex::LEADER,
            size: recruits.len() as u16 + 1,
            recruiting: Recruiting {
                until,
                outstanding: followers.collect(),
                asked: recruits.iter().map(|node| node.node.clone()).collect(),
            },
            tie: Tie::Cluster,
            seats,
        }
    }

    /// The command that asks the node on the seat of `member`.
    fn recruit(&self, flight: FlightId, member: MemberIndex) -> Command {
        Command::SendRecruit {
            to: self.seats[&member].clone(),
            recruit: Recruit {
                flight,
                member,
                size: self.size,
                members: self.members(),
            },
        }
    }

    /// Waits for nobody any more; names those it waited for, and the nodes that were asked.
    fn give_up(&mut self) -> Vec<(MemberIndex, Option<NodeId>)> {
        let late = std::mem::take(&mut self.recruiting.outstanding).into_iter();
        let node = |member| self.seats.get(&member).map(|record| record.node.clone());
        late.map(|member| (member, node(member))).collect()
    }
}
