//! One node: which flights it takes part in, who else does, and how much runs on it.
//!
//! It deals with identities only: manifests, parameters and values stay with the shell, by flight.
//!
//! A flight that a client asks for is admitted or refused; its followers are chosen (see
//! [`Placement`]) and asked at once. A node that refuses, or goes down before it has joined, is
//! replaced by the next, until none is left or [`Limits::join_timeout`] has passed. What
//! coordinators hear from other nodes reaches them by [`Supervision::route`].
//!
//! A flight may also be led without asking anybody (`rendezvous`): its followers come by
//! themselves.

mod admission;
mod command;
mod event;
mod following;
mod formation;
mod peers;
mod placement;
mod recruiting;
mod rendezvous;
mod slots;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

pub use admission::{FlightLimit, FlightLimits, Refusal};
pub use command::{Asker, Command, Miss, News, Notice};
pub use event::Event;
pub use following::Recruit;
pub use placement::Placement;
pub use rendezvous::{Fellow, Tie};
pub use slots::{Answer, SlotHolder, Slots};

use crate::membership::Load;
use crate::{FlightId, MemberIndex, Moment, NodeId, NodeRecord};
use admission::Admission;
use formation::{Formation, Formations};
use peers::Peers;

/// What a node takes upon itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many flights at once.
    pub flights: FlightLimits,
    /// How long a leader looks for followers.
    pub join_timeout: Duration,
    /// The weight of attempts that runs at once; at least one. By default, one a processor.
    pub slots: u32,
    /// How many attempts may wait for slots.
    pub slots_queue_max: usize,
}

/// Where an envelope of a flight belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To the flight's coordinator; it comes from this member.
    Member(MemberIndex),
    /// Nowhere: the node that sent it is no member of the flight.
    Stranger,
    /// Nowhere: the flight is over. Late messages are no surprise.
    Over,
    /// Nowhere: this node knows nothing of the flight.
    Unknown,
}

/// The machine of one node.
#[derive(Debug)]
pub struct Supervision {
    me: NodeRecord,
    limits: Limits,
    admission: Admission,
    peers: Peers,
    formations: Formations,
    slots: Slots,
    /// When to stop looking for followers, for the flights that wait for some.
    deadlines: BTreeSet<(Moment, FlightId)>,
    has_drained: bool,
    commands: VecDeque<Command>,
}

impl Supervision {
    /// The supervision of node `me`.
    ///
    /// # Panics
    ///
    /// If the limits allow no slot.
    pub fn new(me: NodeRecord, limits: Limits) -> Self {
        Self {
            me,
            limits,
            admission: Admission::new(limits.flights),
            peers: Peers::default(),
            formations: Formations::default(),
            slots: Slots::new(limits.slots, limits.slots_queue_max),
            deadlines: BTreeSet::new(),
            has_drained: false,
            commands: VecDeque::new(),
        }
    }

    /// Takes one event. Drain the commands before the next.
    ///
    /// # Panics
    ///
    /// If the commands of the last event were not drained: a bug of the caller.
    pub fn handle(&mut self, now: Moment, event: Event) {
        assert!(
            self.commands.is_empty(),
            "drain the commands before the next event"
        );
        match event {
            Event::InvokeAsked { flight, size } => self.on_invoke_asked(now, flight, size),
            Event::LeadAsked { flight, size } => self.on_lead_asked(now, flight, size),
            Event::FollowAsked {
                flight,
                member,
                size,
                leader,
                address,
            } => self.on_follow_asked(now, flight, member, size, (leader, address)),
            Event::RecruitAsked { leader, recruit } => self.on_recruit_asked(leader, recruit),
            Event::Joined {
                flight,
                member,
                node,
            } => self.on_joined(flight, member, node),
            Event::Declined {
                flight,
                member,
                node,
            } => self.on_declined(now, flight, member, &node),
            Event::Dismissed { flight, node } => self.on_dismissed(flight, &node),
            Event::MemberUp { flight, record } => self.on_member_up(flight, record),
            Event::MemberDown {
                flight,
                record,
                has_closed,
            } => self.on_member_down(flight, &record, has_closed),
            Event::MemberJoined { flight, fellow } => self.on_member_joined(flight, fellow),
            Event::MemberDismissed { flight, record } => self.on_member_dismissed(flight, &record),
            Event::RosterHeard {
                flight,
                from,
                fellows,
            } => self.on_roster_heard(flight, &from, fellows),
            Event::SeatDeclined { flight, member } => self.on_seat_declined(flight, member),
            Event::PeerUp { record, load } => self.on_peer_up(now, record, load),
            Event::PeerChanged { record, load } => self.peers.change(&record, load),
            Event::PeerRelinked { record, load } => self.on_peer_relinked(&record, load),
            Event::PeerDown { record } => self.on_peer_down(now, &record),
            Event::FlightEnded { flight } => self.on_flight_ended(flight),
            Event::SlotAsked { holder, weight } => self.on_slot_asked(holder, weight),
            Event::SlotReleased { holder } => self.on_slot_released(holder),
            Event::DrainAsked => self.on_drain_asked(),
            Event::Tick => self.on_tick(now),
        }
    }

    /// What to do next, until `None`.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When to call [`Supervision::handle`] with [`Event::Tick`], if ever.
    pub fn poll_timeout(&self) -> Option<Moment> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// Where an envelope of `flight` belongs that came from node `from` of the cluster.
    pub fn route(&self, flight: FlightId, from: &NodeId) -> Route {
        let seat = |formation: &Formation| formation.member_on(from);
        self.formations.route(flight, Tie::Cluster, seat)
    }

    /// Where an envelope of `flight` belongs that came over an association of that flight.
    pub fn route_member(&self, flight: FlightId, from: &NodeRecord) -> Route {
        let seat = |formation: &Formation| formation.other_on(from);
        self.formations.route(flight, Tie::Flight, seat)
    }

    /// How the members of a flight under way are tied to each other.
    pub fn tie(&self, flight: FlightId) -> Option<Tie> {
        Some(self.formations.get(flight)?.tie)
    }

    /// The node on which a member of a flight under way is, or was asked to be.
    pub fn node_of(&self, flight: FlightId, member: MemberIndex) -> Option<&NodeRecord> {
        self.formations.get(flight)?.seats.get(&member)
    }

    /// The other members of a flight under way, and their nodes.
    pub fn others(&self, flight: FlightId) -> impl Iterator<Item = (MemberIndex, &NodeRecord)> {
        let formation = self.formations.get(flight).into_iter();
        formation.flat_map(|formation| formation.others())
    }

    /// How busy this node is, for others to know.
    pub fn load(&self) -> Load {
        Load {
            flights: self.admission.flights(),
            weight: self.slots.weight(),
            slots: self.slots.total(),
            is_draining: self.admission.is_draining(),
        }
    }

    /// In how many flights this node takes part that count against a limit.
    pub const fn underway(&self, limit: FlightLimit) -> u32 {
        self.admission.underway(limit)
    }

    /// The node's slots.
    pub const fn slots(&self) -> &Slots {
        &self.slots
    }

    fn on_joined(&mut self, flight: FlightId, member: MemberIndex, node: NodeId) {
        match self.formations.of_cluster(flight) {
            Some(formation) if formation.me.leads() => {
                self.on_recruit_joined(flight, member, node);
            }
            Some(_) => self.on_fellow_joined(flight, member, &node),
            None if self.formations.is_over(flight) => {
                let tie = Tie::Cluster;
                self.push(Command::Dismiss { flight, node, tie });
            }
            // A fellow's message may overtake the leader's recruit: it must not be sent away.
            None => {}
        }
    }

    fn on_peer_up(&mut self, now: Moment, record: NodeRecord, load: Load) {
        if let Some(known) = self.peers.find(&record.node).cloned() {
            if known == record {
                return self.peers.change(&record, load);
            }
            self.on_peer_down(now, &known);
        }
        for (flight, member) in self.formations.seats_of(&record) {
            self.inform(flight, member, News::Reachable);
        }
        self.peers.enter(record, load);
    }

    fn on_peer_down(&mut self, now: Moment, record: &NodeRecord) {
        self.peers.leave(record);
        for (flight, member) in self.formations.seats_of(record) {
            let formation = self.formations.get(flight);
            let awaits =
                |member| formation.is_some_and(|f| f.recruiting.outstanding.contains(member));
            if awaits(&member) {
                self.replace(now, flight, member, Miss::Lost);
            } else {
                self.inform(flight, member, News::Lost);
            }
        }
    }

    fn on_flight_ended(&mut self, flight: FlightId) {
        // A coordinator that panics is noticed twice: by its flight's end and by its own.
        let Some(formation) = self.formations.end(flight) else {
            return;
        };
        self.admission.leave(formation.limit());
        self.deadlines.remove(&(formation.recruiting.until, flight));
        if formation.me.leads() && formation.tie == Tie::Cluster {
            let seats = formation.seats.values();
            seats.for_each(|node| self.peers.unseat(node));
        }
        self.conclude_drain();
    }

    fn on_slot_asked(&mut self, holder: SlotHolder, weight: u16) {
        match self.slots.request(holder, weight) {
            Answer::Granted => self.push(Command::GrantSlot { holder }),
            Answer::Queued => {}
            Answer::Refused => self.push(Command::RefuseSlot { holder }),
        }
    }

    fn on_slot_released(&mut self, holder: SlotHolder) {
        let granted = self.slots.release(holder).into_iter();
        let grants = granted.map(|holder| Command::GrantSlot { holder });
        self.commands.extend(grants);
    }

    fn on_drain_asked(&mut self) {
        self.admission.drain();
        self.conclude_drain();
    }

    fn conclude_drain(&mut self) {
        let is_done = self.admission.is_draining() && self.formations.is_empty();
        if is_done && !std::mem::replace(&mut self.has_drained, true) {
            self.push(Command::Drained);
        }
    }

    fn admit(&mut self, flight: FlightId, limit: FlightLimit) -> Result<(), Refusal> {
        if self.formations.knows(flight) {
            return Err(Refusal::Known);
        }
        self.admission.enter(limit)?;
        self.notice(Notice::Admitted { flight, limit });
        Ok(())
    }

    fn refuse(&mut self, flight: FlightId, asker: Asker, refusal: Refusal) {
        self.push(Command::Refuse {
            flight,
            asker,
            refusal,
        });
        self.notice(Notice::Refused { flight, refusal });
    }

    fn inform(&mut self, flight: FlightId, member: MemberIndex, news: News) {
        self.push(Command::Inform {
            flight,
            member,
            news,
        });
    }

    fn notice(&mut self, notice: Notice) {
        self.push(Command::Notice(notice));
    }

    fn push(&mut self, command: Command) {
        self.commands.push_back(command);
    }
}

#[cfg(test)]
mod tests;
