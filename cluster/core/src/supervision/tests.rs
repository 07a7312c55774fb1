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
    Event::RecruitAsked {
        flight: FLIGHT,
        member: MemberIndex(2),
        size: 3,
        leader: record("b1"),
        members: vec![
            (MemberIndex(0), record("b1")),
            (MemberIndex(1), record("c1")),
            (MemberIndex(2), record("a1")),
        ],
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
        flight: FLIGHT,
        member: MemberIndex(1),
        to: record(node),
        size: 2,
        members: vec![
            (MemberIndex(0), record("a1")),
            (MemberIndex(1), record(node)),
        ],
    }
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
    }
}

#[test]
fn followers_are_asked_as_soon_as_a_flight_is_admitted() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    assert_eq!(
        trial.supervision.poll_timeout(),
        Some(Moment::default() + JOIN_TIMEOUT)
    );
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
    assert_eq!(trial.supervision.poll_timeout(), None);
    let member = Route::Member(MemberIndex(1));
    assert_eq!(trial.supervision.route(FLIGHT, &node("b1")), member);
    assert_eq!(
        trial.supervision.route(FLIGHT, &node("c1")),
        Route::Stranger
    );
    assert_eq!(trial.supervision.others(FLIGHT).count(), 1);
}

#[test]
fn a_flight_of_one_waits_for_nobody() {
    let mut trial = Trial::with_peers(&["b1"]);
    trial.expect(invoke(1), &[admitted(FlightLimit::Led), lead(1)]);
    assert_eq!(trial.supervision.poll_timeout(), None);
}

#[test]
fn a_flight_flies_with_the_nodes_that_there_are() {
    let mut trial = Trial::with_peers(&["b1"]);
    let short = Notice::ShortHanded {
        flight: FLIGHT,
        wanted: 3,
        size: 2,
    };
    trial.expect(
        invoke(3),
        &[
            admitted(FlightLimit::Led),
            lead(2),
            recruit("b1"),
            Command::Notice(short),
        ],
    );
}

#[test]
fn a_node_that_refuses_is_replaced_until_none_is_left() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(declined("c1"), &[]);
    trial.expect(
        declined("b1"),
        &[missed("b1", Miss::Declined), recruit("c1")],
    );
    trial.expect(
        declined("c1"),
        &[missed("c1", Miss::Declined), inform(1, News::Refused)],
    );
    trial.expect(declined("c1"), &[]);
    assert_eq!(trial.supervision.poll_timeout(), None);
}

#[test]
fn a_node_that_goes_down_before_it_has_joined_is_replaced() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(peer_down("b1"), &[missed("b1", Miss::Lost), recruit("c1")]);
    trial.expect(joined(1, "b1"), &[dismiss("b1")]);
    trial.expect(joined(1, "c1"), &[inform(1, News::Joined)]);
}

#[test]
fn a_member_that_has_joined_is_not_replaced() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
    trial.expect(declined("b1"), &[]);
    trial.expect(peer_down("b1"), &[inform(1, News::Lost)]);
    trial.expect(peer_up(record("b1")), &[inform(1, News::Reachable)]);
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
}

#[test]
fn another_life_of_a_node_is_not_the_member() {
    let mut trial = Trial::leading(&["b1"]);
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
    let next_life = NodeRecord {
        incarnation: Incarnation(2),
        ..record("b1")
    };
    trial.expect(peer_up(next_life), &[inform(1, News::Lost)]);
    trial.expect(peer_down("b1"), &[inform(1, News::Lost)]);
}

#[test]
fn after_the_join_timeout_nobody_is_asked_but_late_members_are_welcome() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(Event::Tick, &[]);
    trial.now = trial.supervision.poll_timeout().expect("it waits");
    trial.expect(
        Event::Tick,
        &[missed("b1", Miss::Late), inform(1, News::Refused)],
    );
    assert_eq!(trial.supervision.poll_timeout(), None);
    trial.expect(declined("b1"), &[]);
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
}

#[test]
fn a_refusal_after_the_join_timeout_is_final() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.now = trial.now + JOIN_TIMEOUT;
    trial.expect(
        declined("b1"),
        &[missed("b1", Miss::Declined), inform(1, News::Refused)],
    );
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
fn what_was_asked_of_a_node_counts_as_its_load_until_the_flight_ends() {
    let mut trial = Trial::new();
    for node in ["b1", "c1", "d1"] {
        trial.expect(peer_up(record(node)), &[]);
    }
    let mut asked = BTreeSet::new();
    for flight in (0..2).map(FlightId) {
        let invoke = Event::InvokeAsked { flight, size: 2 };
        trial.supervision.handle(trial.now, invoke);
        while let Some(command) = trial.supervision.poll_command() {
            if let Command::SendRecruit { to, .. } = command {
                asked.insert(to.node);
            }
        }
    }
    assert_eq!(
        asked.len(),
        2,
        "the second flight was spared the node of the first"
    );
    let seats = |trial: &Trial| -> u32 {
        let candidates = trial.supervision.peers.candidates();
        candidates.map(|(_, load)| load.flights).sum()
    };
    assert_eq!(seats(&trial), 2);
    let flight = FlightId(0);
    trial.expect(Event::FlightEnded { flight }, &[]);
    assert_eq!(seats(&trial), 1);
}

#[test]
fn a_recruit_follows() {
    let mut trial = Trial::following();
    trial.expect(asked(), &[]);
    assert_eq!(trial.supervision.poll_timeout(), None);
    let leader = Route::Member(MemberIndex::LEADER);
    assert_eq!(trial.supervision.route(FLIGHT, &node("b1")), leader);
    let fellow = trial.supervision.node_of(FLIGHT, MemberIndex(1));
    assert_eq!(fellow, Some(&record("c1")));
}

#[test]
fn a_follower_hears_of_its_fellows() {
    let mut trial = Trial::following();
    trial.expect(joined(1, "c1"), &[inform(1, News::Joined)]);
    trial.expect(peer_down("c1"), &[inform(1, News::Lost)]);
    trial.expect(peer_up(record("d1")), &[]);
    trial.expect(joined(1, "d1"), &[inform(1, News::Joined)]);
    let fellow = trial.supervision.node_of(FLIGHT, MemberIndex(1));
    assert_eq!(fellow, Some(&record("d1")));
}

#[test]
fn nobody_takes_the_place_of_the_leader_or_of_oneself() {
    let mut trial = Trial::following();
    for member in [0, 2, 3] {
        trial.expect(joined(member, "c1"), &[]);
    }
    trial.expect(joined(0, "b1"), &[inform(0, News::Joined)]);
}

#[test]
fn a_follower_hears_of_the_loss_of_its_leader() {
    let mut trial = Trial::following();
    trial.expect(peer_down("b1"), &[inform(0, News::Lost)]);
}

#[test]
fn only_its_leader_dismisses_a_follower() {
    let mut trial = Trial::following();
    let dismissed = |from| Event::Dismissed {
        flight: FLIGHT,
        node: node(from),
    };
    trial.expect(dismissed("c1"), &[]);
    trial.expect(dismissed("b1"), &[inform(0, News::Lost)]);
}

#[test]
fn limits_on_flights_refuse_with_their_names() {
    let mut trial = Trial::following();
    let other = |flight| Event::RecruitAsked {
        flight: FlightId(flight),
        member: MemberIndex(1),
        size: 2,
        leader: record("c1"),
        members: vec![],
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
fn a_recruit_with_an_impossible_place_is_refused() {
    for (member, size) in [(0, 2), (2, 2)] {
        let mut trial = Trial::with_peers(&["b1"]);
        let member = MemberIndex(member);
        let ask = Event::RecruitAsked {
            flight: FLIGHT,
            member,
            size,
            leader: record("b1"),
            members: vec![],
        };
        let node = record("b1");
        let asker = Asker::Leader { node, member };
        trial.expect(ask, &refuse(asker, Refusal::NoFollower));
    }
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
