//! Whatever happens to a node, each recruit is settled and nothing is counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use raptor_core::membership::Load;
use raptor_core::supervision::{Command, Event, FlightLimits, Limits, News, Recruit, Supervision};
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
    prop_oneof![
        3 => (flight(), 1_u16..5).prop_map(|(flight, size)| Event::InvokeAsked { flight, size }),
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
    /// The nodes that were asked, by flight.
    asked: BTreeMap<FlightId, BTreeSet<NodeId>>,
    /// The members that were asked and have not been settled.
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
            awaited: BTreeSet::new(),
        }
    }

    fn apply(&mut self, event: Event) {
        if let Event::FlightEnded { flight } = event {
            self.led.remove(&flight);
            self.followed.remove(&flight);
            self.awaited.retain(|(awaited, _)| *awaited != flight);
        }
        self.supervision.handle(self.now, event);
        while let Some(command) = self.supervision.poll_command() {
            self.obey(command);
        }
        self.check();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Lead { flight, .. } => assert!(self.led.insert(flight)),
            Command::Follow { flight, .. } => assert!(self.followed.insert(flight)),
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
                assert!(asked.insert(to.node), "no node is asked twice");
                self.awaited.insert((flight, member));
            }
            Command::Inform {
                flight,
                member,
                news,
            } => {
                assert!(self.led.contains(&flight) || self.followed.contains(&flight));
                match news {
                    News::Joined | News::Refused => drop(self.awaited.remove(&(flight, member))),
                    News::Lost | News::Reachable => {
                        assert!(!self.awaited.contains(&(flight, member)));
                    }
                }
            }
            Command::Dismiss { flight, .. } => assert!(!self.followed.contains(&flight)),
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
