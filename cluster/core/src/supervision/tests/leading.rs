use super::*;

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
fn who_has_not_answered_over_a_link_that_was_broken_is_asked_again() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(peer_relinked("b1"), &[recruit("b1")]);
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
    trial.expect(peer_relinked("b1"), &[inform(1, News::Reachable)]);
}

#[test]
fn a_follower_that_is_joined_again_may_have_left() {
    let mut trial = Trial::leading(&["b1", "c1"]);
    trial.expect(dismissed("b1"), &[]);
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
    trial.expect(dismissed("b1"), &[inform(1, News::Lost)]);
    trial.expect(dismissed("c1"), &[]);
}
