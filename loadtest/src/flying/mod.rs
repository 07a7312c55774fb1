//! Flights in virtual time.
//!
//! What decides in them is the `Flight` machine of `raptor-core` itself, the one that nodes run:
//! a [`Crew`] is all members of one flight, and what they want of their [`Surroundings`]. [`solo`]
//! surrounds one flight with nodes that it has for itself, `simulate` with a cluster.

pub(crate) mod agenda;
pub(crate) mod solo;

use std::sync::Arc;
use std::time::Duration;

use raptor_core::flight::{Audience, Charter, Command, Event, Flight, Report, Verdict};
use raptor_core::manifest::Manifest;
use raptor_core::{
    AttemptId, Ending, Fault, FaultKind, FlightId, FunctionIndex, MemberIndex, Moment, Value,
};

use crate::policy::Policy;

/// What members of a flight send each other.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// The leader asks for a member: on its arrival the member begins.
    Recruit,
    /// A member takes part.
    Join,
    /// What a member may have missed.
    Welcome(Vec<Report>),
    /// News.
    Report(Report),
}

/// What is round a flight's members: links, processes, and who waits for the result.
pub(crate) trait Surroundings {
    /// Sends a message. Two messages between the same members arrive in their order.
    fn send(&mut self, from: MemberIndex, to: MemberIndex, message: Message);

    /// Starts an attempt of its member's. In due time [`Crew::on_ended`] must be told of its end.
    fn launch(&mut self, attempt: AttemptId, function: FunctionIndex);

    /// Stops an attempt. Its end must still be told.
    fn preempt(&mut self, attempt: AttemptId);

    /// The flight is decided for the member: it has landed, or it has not. Comes once for each.
    fn settle(&mut self, member: MemberIndex, has_landed: bool);
}

/// What a flight is flown with.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    /// What it computes.
    pub(crate) manifest: Arc<Manifest>,
    /// Who runs what, and how many they are.
    pub(crate) policy: Policy,
    /// How many attempts a member runs at once.
    pub(crate) slots: u16,
    /// What its attempts give.
    pub(crate) values: Values,
}

/// What attempts give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Values {
    /// Each a value of its own, as with a key that is drawn: two members that end within a delay of
    /// each other contradict each other, and one starts what it computed from its value again.
    #[default]
    Fresh,
    /// What the function determines: whoever computed it, it is the same.
    Determined,
}

/// How an attempt ended, without what it gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a value.
    Value,
    /// Without one, by itself.
    Fault,
    /// By the order to stop.
    Stopped,
}

/// All members of one flight: each is a state machine of its own, as on its own node.
///
/// Attempts are named by the machines; their starts are not told, and the members' logs not sent,
/// since neither decides anything. No flight here has a deadline: it lands or fails.
#[derive(Debug)]
pub(crate) struct Crew {
    /// None until it was recruited.
    members: Vec<Option<Flight>>,
    unsettled: usize,
}

impl Crew {
    /// A flight that nobody has begun.
    pub(crate) fn new(orders: &Orders) -> Self {
        let size = usize::from(orders.policy.size);
        Self {
            members: vec![None; size],
            unsettled: size,
        }
    }

    /// The leader begins.
    pub(crate) fn begin(&mut self, now: Moment, orders: &Orders, round: &mut impl Surroundings) {
        self.recruit(now, orders, MemberIndex::LEADER, round);
    }

    /// A message arrives. One that overtook the recruiting of its addressee has no link to come
    /// by: what it says is told again in the welcome.
    pub(crate) fn on_message(
        &mut self,
        now: Moment,
        orders: &Orders,
        (from, to): (MemberIndex, MemberIndex),
        message: Message,
        round: &mut impl Surroundings,
    ) {
        let event = match message {
            Message::Recruit => return self.recruit(now, orders, to, round),
            Message::Join => Event::PeerJoined { member: from },
            Message::Welcome(reports) => Event::Welcomed { from, reports },
            Message::Report(report) => Event::PeerReported { from, report },
        };
        self.handle(now, to, event, round);
    }

    /// An attempt ended.
    pub(crate) fn on_ended(
        &mut self,
        now: Moment,
        orders: &Orders,
        (attempt, function): (AttemptId, FunctionIndex),
        end: End,
        round: &mut impl Surroundings,
    ) {
        let ending = match end {
            End::Value => Ending::Value(orders.values.give(attempt, function)),
            End::Fault => Ending::Fault(Fault::from(FaultKind::Exited(1))),
            End::Stopped => Ending::Stopped { signal: None },
        };
        let event = Event::AttemptEnded { attempt, ending };
        self.handle(now, attempt.member, event, round);
    }

    /// Whether the flight is decided for every member.
    pub(crate) fn is_settled(&self) -> bool {
        self.unsettled == 0
    }

    fn recruit(
        &mut self,
        now: Moment,
        orders: &Orders,
        member: MemberIndex,
        round: &mut impl Surroundings,
    ) {
        self.members[member.at()] = Some(Flight::new(orders.charter(member)));
        self.handle(now, member, Event::Begin, round);
    }

    fn handle(
        &mut self,
        now: Moment,
        member: MemberIndex,
        event: Event,
        round: &mut impl Surroundings,
    ) {
        let peers = self.members.len() as u16;
        let Some(flight) = &mut self.members[member.at()] else {
            return;
        };
        flight.handle(now, event);
        while let Some(command) = flight.poll_command() {
            if let Command::Settle(_) = command {
                self.unsettled -= 1;
            }
            obey(member, peers, command, round);
        }
    }
}

fn obey(me: MemberIndex, peers: u16, command: Command, round: &mut impl Surroundings) {
    match command {
        Command::Recruit { member } => round.send(me, member, Message::Recruit),
        Command::Join { to } => tell(me, peers, to, Message::Join, round),
        Command::Welcome { to, reports } => round.send(me, to, Message::Welcome(reports)),
        // Logs are not kept, so a flight is forgotten without its leader's leave.
        Command::Report {
            report: Report::Logged(_) | Report::Closed,
            ..
        } => {}
        Command::Report { to, report } => tell(me, peers, to, Message::Report(report), round),
        Command::Launch {
            attempt, function, ..
        } => round.launch(attempt, function),
        Command::Preempt { attempt } => round.preempt(attempt),
        Command::Settle(verdict) => {
            round.settle(me, matches!(verdict, Verdict::Landed { .. }));
        }
        Command::Close { .. } | Command::Notice(_) => {}
    }
}

fn tell(
    me: MemberIndex,
    peers: u16,
    to: Audience,
    message: Message,
    round: &mut impl Surroundings,
) {
    match to {
        Audience::One(peer) => round.send(me, peer, message),
        Audience::All => {
            let peers = (0..peers).map(MemberIndex).filter(|peer| *peer != me);
            peers.for_each(|peer| round.send(me, peer, message.clone()));
        }
    }
}

impl Orders {
    fn charter(&self, me: MemberIndex) -> Charter {
        Charter {
            // Nothing here tells flights apart by it.
            flight: FlightId(0),
            me,
            size: self.policy.size,
            manifest: Arc::clone(&self.manifest),
            policy: self.policy.kind,
            slots: self.slots,
            deadline: Moment::NEVER,
            join_timeout: Duration::MAX,
            debrief_timeout: Duration::MAX / 2,
        }
    }
}

impl Values {
    fn give(self, attempt: AttemptId, function: FunctionIndex) -> Value {
        let name = match self {
            Self::Fresh => u64::from(attempt.member.0) << 32 | u64::from(attempt.number),
            Self::Determined => u64::from(function.0),
        };
        Value::new(name.to_be_bytes().to_vec())
    }
}
