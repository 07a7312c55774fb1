mod following;
mod leading;
mod rendezvous;

use super::*;
use crate::{AttemptId, Incarnation};

const JOIN_TIMEOUT: Duration = Duration::from_secs(2);
const FLIGHT: FlightId = FlightId(7);

/// Node `a1` in zone `a`, of which every command must be expected.
struct Trial {
    supervision: Supervision,
    now: Moment,
}

impl Trial {
    fn new() -> Self {
        let limits = Limits {
            flights: FlightLimits {
                led_max: 2,
                followed_max: 1,
            },
            join_timeout: JOIN_TIMEOUT,
            slots: 2,
            slots_queue_max: 1,
        };
        Self {
            supervision: Supervision::new(record("a1"), limits),
            now: Moment::default(),
        }
    }

    /// The same with peers that are up, the first the least busy.
    fn with_peers(nodes: &[&str]) -> Self {
        let mut trial = Self::new();
        for (flights, node) in (0..).zip(nodes) {
            let load = Load {
                flights,
                slots: 2,
                ..Load::default()
            };
            let record = record(node);
            trial.expect(Event::PeerUp { record, load }, &[]);
        }
        trial
    }

    /// The same leading [`FLIGHT`] with two members: the second was asked to be on `nodes[0]`.
    fn leading(nodes: &[&str]) -> Self {
        let mut trial = Self::with_peers(nodes);
        trial.expect(
            invoke(2),
            &[admitted(FlightLimit::Led), lead(2), recruit(nodes[0])],
        );
        trial
    }

    /// The same with member 2 of [`FLIGHT`], which `b1` leads.
    fn following() -> Self {
        let mut trial = Self::with_peers(&["b1", "c1"]);
        trial.expect(asked(), &[admitted(FlightLimit::Followed), follow()]);
        trial
    }

    #[track_caller]
    fn expect(&mut self, event: Event, commands: &[Command]) {
        self.supervision.handle(self.now, event);
        let given: Vec<_> = std::iter::from_fn(|| self.supervision.poll_command()).collect();
        assert_eq!(given, commands);
    }
}

/// A node whose zone is the first letter of its name.
fn record(node: &str) -> NodeRecord {
    NodeRecord {
        node: node.parse().unwrap(),
        zone: node[..1].parse().unwrap(),
        incarnation: Incarnation(1),
    }
}

fn node(node: &str) -> NodeId {
    node.parse().unwrap()
}

const fn invoke(size: u16) -> Event {
    let flight = FLIGHT;
    Event::InvokeAsked { flight, size }
}

/// `b1` asks for member 2 of 3.
fn asked() -> Event {
    let members = [(0, "b1"), (1, "c1"), (2, "a1")];
    Event::RecruitAsked {
        leader: record("b1"),
        recruit: Recruit {
            flight: FLIGHT,
            member: MemberIndex(2),
            size: 3,
            members: places(&members),
        },
    }
}

fn joined(member: u16, from: &str) -> Event {
    Event::Joined {
        flight: FLIGHT,
        member: MemberIndex(member),
        node: node(from),
    }
}

fn declined(from: &str) -> Event {
    Event::Declined {
        flight: FLIGHT,
        member: MemberIndex(1),
        node: node(from),
    }
}

fn peer_down(node: &str) -> Event {
    let record = record(node);
    Event::PeerDown { record }
}

fn peer_relinked(node: &str) -> Event {
    Event::PeerRelinked {
        record: record(node),
        load: Load::default(),
    }
}

fn dismissed(from: &str) -> Event {
    Event::Dismissed {
        flight: FLIGHT,
        node: node(from),
    }
}

fn peer_up(record: NodeRecord) -> Event {
    let load = Load::default();
    Event::PeerUp { record, load }
}

const fn ended() -> Event {
    Event::FlightEnded { flight: FLIGHT }
}

const fn admitted(limit: FlightLimit) -> Command {
    let flight = FLIGHT;
    Command::Notice(Notice::Admitted { flight, limit })
}

const fn lead(size: u16) -> Command {
    let flight = FLIGHT;
    Command::Lead { flight, size }
}

fn follow() -> Command {
    Command::Follow {
        flight: FLIGHT,
        member: MemberIndex(2),
        size: 3,
        leader: record("b1"),
    }
}

/// Asks a node to be member 1 of 2.
fn recruit(node: &str) -> Command {
    Command::SendRecruit {
        to: record(node),
        recruit: Recruit {
            flight: FLIGHT,
            member: MemberIndex(1),
            size: 2,
            members: places(&[(0, "a1"), (1, node)]),
        },
    }
}

fn places(places: &[(u16, &str)]) -> Vec<(MemberIndex, NodeRecord)> {
    let places = places.iter();
    places
        .map(|(member, node)| (MemberIndex(*member), record(node)))
        .collect()
}

fn missed(from: &str, cause: Miss) -> Command {
    Command::Notice(Notice::RecruitMissed {
        flight: FLIGHT,
        member: MemberIndex(1),
        node: node(from),
        cause,
    })
}

const fn inform(member: u16, news: News) -> Command {
    Command::Inform {
        flight: FLIGHT,
        member: MemberIndex(member),
        news,
    }
}

fn refuse(asker: Asker, refusal: Refusal) -> [Command; 2] {
    let flight = FLIGHT;
    [
        Command::Refuse {
            flight,
            asker,
            refusal,
        },
        Command::Notice(Notice::Refused { flight, refusal }),
    ]
}

fn dismiss(from: &str) -> Command {
    Command::Dismiss {
        flight: FLIGHT,
        node: node(from),
        tie: Tie::Cluster,
    }
}

#[test]
fn what_comes_after_the_end_of_a_flight_is_dismissed() {
    let mut trial = Trial::leading(&["b1"]);
    assert_eq!(
        trial.supervision.route(FLIGHT, &node("b1")),
        Route::Member(MemberIndex(1))
    );
    trial.expect(ended(), &[]);
    trial.expect(ended(), &[]);
    assert_eq!(trial.supervision.poll_timeout(), None);
    assert_eq!(trial.supervision.route(FLIGHT, &node("b1")), Route::Over);
    trial.expect(joined(1, "b1"), &[dismiss("b1")]);
    trial.expect(declined("b1"), &[]);
    trial.expect(invoke(2), &refuse(Asker::Client, Refusal::Known));
}

#[test]
fn what_is_not_known_is_left_alone() {
    let mut trial = Trial::with_peers(&["b1"]);
    assert_eq!(trial.supervision.route(FLIGHT, &node("b1")), Route::Unknown);
    trial.expect(joined(1, "b1"), &[]);
    trial.expect(declined("b1"), &[]);
    trial.expect(ended(), &[]);
    let dismissed = Event::Dismissed {
        flight: FLIGHT,
        node: node("b1"),
    };
    trial.expect(dismissed, &[]);
}

#[test]
fn limits_on_flights_refuse_with_their_names() {
    let mut trial = Trial::following();
    let other = |flight| Event::RecruitAsked {
        leader: record("c1"),
        recruit: Recruit {
            flight: FlightId(flight),
            member: MemberIndex(1),
            size: 2,
            members: vec![],
        },
    };
    let refusal = Refusal::Full {
        limit: FlightLimit::Followed,
        max: 1,
    };
    assert_eq!(
        refusal.to_string(),
        "the node has reached its limit of 1 flights followed: ask another, or later"
    );
    let flight = FlightId(8);
    let asker = Asker::Leader {
        node: record("c1"),
        member: MemberIndex(1),
    };
    let refuse = Command::Refuse {
        flight,
        asker,
        refusal,
    };
    let notice = Command::Notice(Notice::Refused { flight, refusal });
    trial.expect(other(8), &[refuse, notice]);
    // Flights that it leads are another matter; and the end of one makes room.
    trial.expect(ended(), &[]);
    trial.supervision.handle(trial.now, other(8));
    let admitted = Command::Notice(Notice::Admitted {
        flight,
        limit: FlightLimit::Followed,
    });
    assert_eq!(trial.supervision.poll_command(), Some(admitted));
}

#[test]
fn a_draining_node_finishes_and_takes_nothing_new() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(Event::DrainAsked, &[]);
    assert!(trial.supervision.load().is_draining);
    let flight = FlightId(8);
    let ask = Event::InvokeAsked { flight, size: 1 };
    let refusal = Refusal::Draining;
    let asker = Asker::Client;
    let refuse = Command::Refuse {
        flight,
        asker,
        refusal,
    };
    let notice = Command::Notice(Notice::Refused { flight, refusal });
    trial.expect(ask, &[refuse, notice]);
    trial.expect(
        declined("b1"),
        &[missed("b1", Miss::Declined), recruit("c1")],
    );
    trial.expect(ended(), &[Command::Drained]);
    trial.expect(Event::DrainAsked, &[]);
}

#[test]
fn an_idle_node_has_drained_at_once() {
    let mut trial = Trial::new();
    trial.expect(Event::DrainAsked, &[Command::Drained]);
}

#[test]
fn slots_are_granted_queued_and_refused() {
    let mut trial = Trial::new();
    let holder = |number| SlotHolder {
        flight: FLIGHT,
        attempt: AttemptId {
            member: MemberIndex::LEADER,
            number,
        },
    };
    let ask = |number, weight| Event::SlotAsked {
        holder: holder(number),
        weight,
    };
    let grant = |number| Command::GrantSlot {
        holder: holder(number),
    };
    trial.expect(ask(0, 2), &[grant(0)]);
    trial.expect(ask(1, 1), &[]);
    let refuse = Command::RefuseSlot { holder: holder(2) };
    trial.expect(ask(2, 1), &[refuse]);
    assert_eq!(trial.supervision.load().weight, 3);
    let release = Event::SlotReleased { holder: holder(0) };
    trial.expect(release, &[grant(1)]);
    assert_eq!(trial.supervision.slots().running(), 1);
}
