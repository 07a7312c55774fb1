//! Flights whose followers come by themselves.
//!
//! Their leader knows nobody: it recruits no node, and whoever comes with the flight's own key
//! takes a seat that is vacant. Members are tied by associations of the flight itself, which have
//! nothing to do with the cluster's, so what the membership says of a node is not heard here.
//! Followers hear of each other from the leader, and those that came later dial those that came
//! before.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::formation::{Formation, Recruiting};
use super::{Asker, Command, FlightLimit, Miss, News, Notice, Refusal, Supervision};
use crate::{FlightId, MemberIndex, Moment, NodeRecord};

/// How the members of a flight are tied to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// Their nodes are of one cluster: the leader chooses them, and the membership says who is up.
    Cluster,
    /// They have the flight's own key: each comes by itself, over associations of that flight.
    Flight,
}

/// A follower, as the leader tells others of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fellow {
    /// Which member it is.
    pub member: MemberIndex,
    /// Its node.
    pub record: NodeRecord,
    /// Where its node is reached.
    pub address: SocketAddr,
}

/// What the membership says of other flights' nodes, and each flight of this kind must know itself.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    /// With whom an association of the flight is up, with a seat or without.
    up: BTreeSet<NodeRecord>,
    /// Where followers are reached.
    addresses: BTreeMap<MemberIndex, SocketAddr>,
}

impl Supervision {
    pub(super) fn on_lead_asked(&mut self, now: Moment, flight: FlightId, size: u16) {
        if let Err(refusal) = self.admit(flight, FlightLimit::Led) {
            return self.refuse(flight, Asker::Client, refusal);
        }
        let formation = Formation {
            me: MemberIndex::LEADER,
            size,
            seats: BTreeMap::from([(MemberIndex::LEADER, self.me.clone())]),
            recruiting: Recruiting {
                until: now + self.limits.join_timeout,
                outstanding: (1..size).map(MemberIndex).collect(),
                asked: BTreeSet::new(),
            },
            tie: Tie::Flight,
        };
        self.push(Command::Lead { flight, size });
        self.begin_open(flight, formation);
    }

    /// It begins at once: whether the leader is there is seen later.
    pub(super) fn on_follow_asked(
        &mut self,
        now: Moment,
        flight: FlightId,
        member: MemberIndex,
        size: u16,
        (leader, address): (NodeRecord, SocketAddr),
    ) {
        let admitted = if self.formations.is_over(flight) {
            Err(Refusal::Over)
        } else {
            self.admit_follower(flight, member, size)
        };
        if let Err(refusal) = admitted {
            return self.refuse(flight, Asker::Invited, refusal);
        }
        let seats = [
            (MemberIndex::LEADER, leader.clone()),
            (member, self.me.clone()),
        ];
        let formation = Formation {
            me: member,
            size,
            seats: BTreeMap::from(seats),
            recruiting: Recruiting {
                until: now + self.limits.join_timeout,
                outstanding: BTreeSet::from([MemberIndex::LEADER]),
                asked: BTreeSet::new(),
            },
            tie: Tie::Flight,
        };
        self.push(Command::Follow {
            flight,
            member,
            size,
            leader,
        });
        self.push(Command::Meet { flight, address });
        self.begin_open(flight, formation);
    }

    fn begin_open(&mut self, flight: FlightId, formation: Formation) {
        if !formation.recruiting.outstanding.is_empty() {
            self.deadlines.insert((formation.recruiting.until, flight));
        }
        self.formations.begin_open(flight, formation);
    }

    /// An association of the flight is up: if it is a member's, there is something to say.
    pub(super) fn on_member_up(&mut self, flight: FlightId, record: NodeRecord) {
        let Some((formation, mesh)) = self.formations.open(flight) else {
            return;
        };
        let seat = formation.other_on(&record);
        mesh.up.insert(record);
        let Some(member) = seat else { return };
        // Whom a follower awaits is its leader; whom a leader awaits has no seat.
        formation.recruiting.outstanding.remove(&member);
        self.forget_deadline_if_idle(flight);
        self.inform(flight, member, News::Reachable);
    }

    /// An association of the flight is over. A leader that took leave has ended the flight.
    pub(super) fn on_member_down(
        &mut self,
        flight: FlightId,
        record: &NodeRecord,
        has_closed: bool,
    ) {
        let Some((formation, mesh)) = self.formations.open(flight) else {
            return;
        };
        mesh.up.remove(record);
        if let Some(member) = formation.other_on(record) {
            let is_over = member.leads() && has_closed;
            let news = if is_over { News::Over } else { News::Lost };
            self.inform(flight, member, news);
        }
    }

    /// A vacant seat is whose who comes first; one that is taken stays taken, since a successor
    /// would name its attempts as its holder did.
    pub(super) fn on_member_joined(&mut self, flight: FlightId, fellow: Fellow) {
        let Some((formation, mesh)) = self.formations.open(flight) else {
            if self.formations.is_over(flight) {
                self.dismiss(flight, fellow);
            }
            return;
        };
        let member = fellow.member;
        if formation.seats.get(&member) == Some(&fellow.record) && member != formation.me {
            return self.inform(flight, member, News::Joined);
        }
        let leads = formation.me.leads();
        if formation.seats.contains_key(&member) || !formation.has_place_for(&fellow) {
            // Only the leader judges: a follower may not have heard yet who has which seat.
            return if leads {
                self.dismiss(flight, fellow);
            };
        }
        mesh.seat(formation, fellow.clone());
        formation.recruiting.outstanding.remove(&member);
        self.forget_deadline_if_idle(flight);
        // It has joined us, and gets what we have found. We join it, for it may have found
        // something before it came.
        self.inform(flight, member, News::Joined);
        self.inform(flight, member, News::Reachable);
        if leads {
            self.introduce(flight, fellow);
        }
    }

    fn dismiss(&mut self, flight: FlightId, fellow: Fellow) {
        let (node, tie) = (fellow.record.node, Tie::Flight);
        self.push(Command::Dismiss { flight, node, tie });
    }

    /// Tells a newcomer of all other followers, and them of it.
    fn introduce(&mut self, flight: FlightId, newcomer: Fellow) {
        let Some((formation, mesh)) = self.formations.open(flight) else {
            return;
        };
        let fellows: Vec<Fellow> = (mesh.fellows(formation))
            .filter(|fellow| fellow.member != newcomer.member)
            .collect();
        if fellows.is_empty() {
            return;
        }
        for fellow in &fellows {
            self.commands.push_back(Command::TellRoster {
                flight,
                to: fellow.record.node.clone(),
                fellows: vec![newcomer.clone()],
            });
        }
        let to = newcomer.record.node;
        let command = Command::TellRoster {
            flight,
            to,
            fellows,
        };
        self.push(command);
    }

    /// What the leader says of seats is final. Of members with whom there is no association nothing
    /// is heard: the flight is told at once, as if they had just been lost, and asks the leader for
    /// what they have found. When they are reached, it hears that too.
    pub(super) fn on_roster_heard(
        &mut self,
        flight: FlightId,
        from: &NodeRecord,
        fellows: Vec<Fellow>,
    ) {
        for fellow in fellows {
            let Some((formation, mesh)) = self.formations.open(flight) else {
                return;
            };
            let member = fellow.member;
            let is_leader = formation.seats.get(&MemberIndex::LEADER) == Some(from);
            let is_news = formation.seats.get(&member) != Some(&fellow.record);
            if !is_leader || !is_news || !formation.has_place_for(&fellow) {
                continue;
            }
            let is_up = mesh.up.contains(&fellow.record);
            let (is_to_be_dialed, address) = (member < formation.me, fellow.address);
            mesh.seat(formation, fellow);
            let news = if is_up { News::Reachable } else { News::Lost };
            self.inform(flight, member, news);
            // One of two dials, so that there is one association between them.
            if is_to_be_dialed {
                self.push(Command::Meet { flight, address });
            }
        }
    }

    /// Only its leader can dismiss a follower.
    pub(super) fn on_member_dismissed(&mut self, flight: FlightId, from: &NodeRecord) {
        if let Some((formation, _)) = self.formations.open(flight)
            && formation.other_on(from) == Some(MemberIndex::LEADER)
        {
            self.inform(flight, MemberIndex::LEADER, News::Over);
        }
    }

    /// Nobody will come for a seat. Should somebody come after all, it is welcome.
    pub(super) fn on_seat_declined(&mut self, flight: FlightId, member: MemberIndex) {
        if let Some((formation, _)) = self.formations.open(flight)
            && formation.me.leads()
            && formation.recruiting.outstanding.remove(&member)
        {
            self.forget_deadline_if_idle(flight);
            self.notice_vacant(flight, member, Miss::Declined);
            self.inform(flight, member, News::Refused);
        }
    }

    pub(super) fn notice_vacant(&mut self, flight: FlightId, member: MemberIndex, cause: Miss) {
        self.notice(Notice::SeatVacant {
            flight,
            member,
            cause,
        });
    }
}

impl Formation {
    /// Whether a follower could have the seat that it names, if nobody else had: each node has one.
    fn has_place_for(&self, fellow: &Fellow) -> bool {
        let Fellow { member, record, .. } = fellow;
        let mut others = self.seats.iter().filter(|(seat, _)| *seat != member);
        *member != self.me
            && !member.leads()
            && member.0 < self.size
            && others.all(|(_, holder)| holder.node != record.node)
    }
}

impl Mesh {
    fn seat(&mut self, formation: &mut Formation, fellow: Fellow) {
        self.addresses.insert(fellow.member, fellow.address);
        formation.seats.insert(fellow.member, fellow.record);
    }

    /// The other followers.
    fn fellows(&self, formation: &Formation) -> impl Iterator<Item = Fellow> {
        let others = formation.others();
        others.filter_map(|(member, record)| {
            Some(Fellow {
                member,
                record: record.clone(),
                address: *self.addresses.get(&member)?,
            })
        })
    }
}
