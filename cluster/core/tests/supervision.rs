//! Whatever happens to a node, each recruit is settled and nothing is counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use raptor_core::membership::Load;
use raptor_core::supervision::{
    Command, Event, Fellow, FlightLimits, Limits, News, Recruit, Supervision, Tie,
};
use raptor_core::{FlightId, Incarnation, MemberIndex, Moment, NodeId, NodeRecord};

const LIMITS: Limits = Limits {
    flights: FlightLimits {
        led_max: 3,
        followed_max: 2,
    },
    join_timeout: Duration::from_millis(50),
    slots: 2,
    slots_queue_max: 2,
};

/// Few flights and nodes, so that everything meets everything.
fn flight() -> impl Strategy<Value = FlightId> {
    (0_u128..6).prop_map(FlightId)
}

fn record() -> impl Strategy<Value = NodeRecord> {
    (1_u8..6, 1_u64..3).prop_map(|(node, life)| NodeRecord {
        node: name(node),
        zone: format!("z{}", node % 3).parse().unwrap(),
        incarnation: Incarnation(life),
    })
}

fn name(node: u8) -> NodeId {
    format!("n{node}").parse().unwrap()
}

fn event() -> impl Strategy<Value = Event> {
    let member = || (0_u16..4).prop_map(MemberIndex);
    let node = || (1_u8..6).prop_map(name);
    let members = proptest::collection::vec((member(), record()), 0..4);
    let address = || "127.0.0.1:7000".parse().unwrap();
    let fellow = move || {
        (member(), record()).prop_map(move |(member, record)| Fellow {
            member,
            record,
            address: address(),
        })
    };
    prop_oneof![
        3 => (flight(), 1_u16..5).prop_map(|(flight, size)| Event::InvokeAsked { flight, size }),
        3 => (flight(), 1_u16..5).prop_map(|(flight, size)| Event::LeadAsked { flight, size }),
        3 => (flight(), member(), 0_u16..4, record()).prop_map(
            move |(flight, member, size, leader)| {
                let address = address();
                Event::FollowAsked { flight, member, size, leader, address }
            }
        ),
        3 => (flight(), record()).prop_map(|(flight, record)| Event::MemberUp { flight, record }),
        2 => (flight(), record(), any::<bool>()).prop_map(|(flight, record, has_closed)| {
            Event::MemberDown { flight, record, has_closed }
        }),
        4 => (flight(), fellow())
            .prop_map(|(flight, fellow)| Event::MemberJoined { flight, fellow }),
        1 => (flight(), record())
            .prop_map(|(flight, record)| Event::MemberDismissed { flight, record }),
        2 => (flight(), record(), proptest::collection::vec(fellow(), 0..4)).prop_map(
            |(flight, from, fellows)| Event::RosterHeard { flight, from, fellows }
        ),
        2 => (flight(), member())
            .prop_map(|(flight, member)| Event::SeatDeclined { flight, member }),
        1 => (flight(), member(), 0_u16..4, record(), members).prop_map(
            |(flight, member, size, leader, members)| {
                let recruit = Recruit { flight, member, size, members };
                Event::RecruitAsked { leader, recruit }
            }
        ),
        3 => (flight(), member(), node())
            .prop_map(|(flight, member, node)| Event::Joined { flight, member, node }),
        3 => (flight(), member(), node())
            .prop_map(|(flight, member, node)| Event::Declined { flight, member, node }),
        1 => (flight(), node()).prop_map(|(flight, node)| Event::Dismissed { flight, node }),
        4 => (record(), 0_u32..4).prop_map(|(record, flights)| {
            let load = Load { flights, slots: 2, ..Load::default() };
            Event::PeerUp { record, load }
        }),
        2 => (record(), 0_u32..4).prop_map(|(record, flights)| {
            let load = Load { flights, slots: 2, ..Load::default() };
            Event::PeerRelinked { record, load }
        }),
        2 => record().prop_map(|record| Event::PeerDown { record }),
        1 => flight().prop_map(|flight| Event::FlightEnded { flight }),
        1 => Just(Event::Tick),
    ]
}

/// A supervision, and what its commands have said so far.
struct World {
    supervision: Supervision,
    now: Moment,
    led: BTreeSet<FlightId>,
    followed: BTreeSet<FlightId>,
    /// The nodes that were asked, by flight, and which member each is to be.
    asked: BTreeMap<FlightId, BTreeMap<NodeId, MemberIndex>>,
    /// The node whose link is there again just now: what it was asked it is asked again.
    relinked: Option<NodeId>,
    /// Of those, the ones whose followers come by themselves.
    open: BTreeSet<FlightId>,
    /// The members that were asked, or may come, and have not been settled.
    awaited: BTreeSet<(FlightId, MemberIndex)>,
}

impl World {
    fn new() -> Self {
        let me = NodeRecord {
            node: name(0),
            zone: "z0".parse().unwrap(),
            incarnation: Incarnation(1),
        };
        Self {
            supervision: Supervision::new(me, LIMITS),
            now: Moment::default(),
            led: BTreeSet::new(),
            followed: BTreeSet::new(),
            asked: BTreeMap::new(),
            relinked: None,
            open: BTreeSet::new(),
            awaited: BTreeSet::new(),
        }
    }

    fn apply(&mut self, event: Event) {
        if let Event::FlightEnded { flight } = event {
            self.led.remove(&flight);
            self.followed.remove(&flight);
            self.awaited.retain(|(awaited, _)| *awaited != flight);
            self.open.remove(&flight);
        }
        self.relinked = match &event {
            Event::PeerRelinked { record, .. } => Some(record.node.clone()),
            _ => None,
        };
        self.supervision.handle(self.now, event);
        while let Some(command) = self.supervision.poll_command() {
            self.obey(command);
        }
        self.check();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Lead { flight, size } => {
                assert!(self.led.insert(flight));
                if self.supervision.tie(flight) == Some(Tie::Flight) {
                    self.open.insert(flight);
                    let members = (1..size).map(MemberIndex);
                    self.awaited.extend(members.map(|member| (flight, member)));
                }
            }
            Command::Follow { flight, .. } => {
                assert!(self.followed.insert(flight));
                if self.supervision.tie(flight) == Some(Tie::Flight) {
                    self.open.insert(flight);
                    self.awaited.insert((flight, MemberIndex::LEADER));
                }
            }
            Command::Meet { flight, .. } => assert!(self.open.contains(&flight)),
            Command::TellRoster {
                flight,
                to,
                fellows,
            } => {
                assert!(self.open.contains(&flight) && self.led.contains(&flight));
                let is_told = |fellow: &Fellow| fellow.record.node == to;
                assert!(!fellows.is_empty() && !fellows.iter().any(is_told));
            }
            Command::SendRecruit { to, recruit } => {
                let Recruit {
                    flight,
                    member,
                    size,
                    members,
                } = recruit;
                assert!(
                    self.led.contains(&flight),
                    "its coordinator was started first"
                );
                assert!(!member.leads() && member.0 < size);
                assert!(
                    members.contains(&(member, to.clone())),
                    "it is told its place"
                );
                let asked = self.asked.entry(flight).or_default();
                let is_again = self.relinked.as_ref() == Some(&to.node);
                let before = asked.insert(to.node, member);
                let again = is_again.then_some(member);
                assert_eq!(
                    before, again,
                    "no node is asked twice, but what it may have missed"
                );
                self.awaited.insert((flight, member));
            }
            Command::Inform {
                flight,
                member,
                news,
            } => {
                assert!(self.led.contains(&flight) || self.followed.contains(&flight));
                let is_leader = self.open.contains(&flight) && member.leads();
                match news {
                    News::Reachable if is_leader => {
                        self.awaited.remove(&(flight, member));
                    }
                    News::Missing => {
                        assert!(is_leader && self.awaited.remove(&(flight, member)));
                    }
                    // Whoever takes leave, or is taken leave of, need not have been there.
                    News::Over | News::Lost if is_leader => {}
                    News::Over => panic!("a flight is over if its leader says so"),
                    News::Joined if is_leader => {}
                    News::Joined | News::Refused => drop(self.awaited.remove(&(flight, member))),
                    News::Lost | News::Reachable => {
                        assert!(!self.awaited.contains(&(flight, member)));
                    }
                }
            }
            Command::Dismiss { flight, tie, .. } => {
                assert!(!self.followed.contains(&flight));
                let is_open = self.open.contains(&flight);
                assert!(!self.led.contains(&flight) || is_open == (tie == Tie::Flight));
            }
            Command::Refuse { .. } | Command::Notice(_) => {}
            Command::GrantSlot { .. } | Command::RefuseSlot { .. } | Command::Drained => {
                panic!("nobody asked for that")
            }
        }
    }

    fn check(&self) {
        let flights = self.led.len() + self.followed.len();
        assert_eq!(self.supervision.load().flights as usize, flights);
        assert!(self.led.len() <= LIMITS.flights.led_max as usize);
        assert!(self.followed.len() <= LIMITS.flights.followed_max as usize);
        assert_eq!(
            self.supervision.poll_timeout().is_some(),
            !self.awaited.is_empty()
        );
    }
}

proptest! {
    #[test]
    fn every_recruit_is_settled_and_every_flight_counted(
        events in proptest::collection::vec((event(), 0_u64..20), 0..120),
    ) {
        let mut world = World::new();
        for (event, millis) in events {
            world.now = world.now + Duration::from_millis(millis);
            world.apply(event);
        }
        world.now = world.now + LIMITS.join_timeout;
        world.apply(Event::Tick);
        prop_assert!(world.awaited.is_empty());
        for flight in (0..6).map(FlightId) {
            world.apply(Event::FlightEnded { flight });
        }
        prop_assert_eq!(world.supervision.load().flights, 0);
    }
}
