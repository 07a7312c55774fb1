//! What a node does that follows by itself.

use super::*;

fn meet(node: &str) -> Command {
    Command::Meet {
        flight: FLIGHT,
        address: address(node),
    }
}

/// `a1` is to be member 2 of 4, and tries to reach its leader.
fn seeking(mut trial: Trial) -> Trial {
    let follow = Command::Follow {
        flight: FLIGHT,
        member: MemberIndex(2),
        size: 4,
        leader: record("b1"),
    };
    let commands = [admitted(FlightLimit::Followed), follow, meet("b1")];
    trial.expect(follow_asked(2), &commands);
    trial
}

/// The same, and its leader is there.
fn following() -> Trial {
    let mut trial = seeking(Trial::new());
    trial.expect(up("b1"), &[inform(0, News::Reachable)]);
    trial
}

#[test]
fn a_follower_begins_at_once_and_joins_when_its_leader_is_there() {
    let mut trial = following();
    assert_eq!(trial.supervision.poll_timeout(), None);
    let leader = trial.supervision.route_member(FLIGHT, &record("b1"));
    assert_eq!(leader, Route::Member(MemberIndex::LEADER));
    trial.expect(comes(0, "b1"), &[inform(0, News::Joined)]);
    trial.expect(follow_asked(2), &refuse(Asker::Invited, Refusal::Known));
}

#[test]
fn a_leader_that_is_not_reached_is_missing() {
    let mut trial = seeking(Trial::new());
    // Another life of it is somebody else.
    let mut reborn = record("b1");
    reborn.incarnation = Incarnation(2);
    let flight = FLIGHT;
    trial.expect(
        Event::MemberUp {
            flight,
            record: reborn,
        },
        &[],
    );
    trial.now = trial.supervision.poll_timeout().expect("it waits");
    trial.expect(Event::Tick, &[inform(0, News::Missing)]);
    assert_eq!(trial.supervision.poll_timeout(), None);
}

#[test]
fn the_cluster_cannot_decline_for_a_leader() {
    let mut trial = seeking(Trial::with_peers(&["b1"]));
    let (flight, node) = (FLIGHT, node("b1"));
    let member = MemberIndex::LEADER;
    let declined = Event::Declined {
        flight,
        member,
        node: node.clone(),
    };
    trial.expect(declined, &[]);
    trial.expect(Event::Dismissed { flight, node }, &[]);
}

#[test]
fn a_leader_that_is_lost_is_not_one_that_takes_leave() {
    let mut trial = following();
    trial.expect(down("b1"), &[inform(0, News::Lost)]);
    let mut trial = following();
    let (flight, record) = (FLIGHT, record("b1"));
    let closed = Event::MemberDown {
        flight,
        record,
        has_closed: true,
    };
    trial.expect(closed, &[inform(0, News::Over)]);
}

#[test]
fn only_its_leader_tells_a_follower_who_flies_and_when_it_is_over() {
    let mut trial = following();
    trial.expect(comes(1, "x1"), &seated(1));
    let dismissed = |node| Event::MemberDismissed {
        flight: FLIGHT,
        record: record(node),
    };
    trial.expect(roster("x1", &[(3, "y1")]), &[]);
    trial.expect(dismissed("x1"), &[]);
    trial.expect(dismissed("b1"), &[inform(0, News::Over)]);
}

#[test]
fn a_follower_dials_those_before_it_and_is_dialed_by_those_after() {
    let mut trial = following();
    // As long as there is no association, nothing is heard of them.
    let commands = [inform(1, News::Lost), meet("x1"), inform(3, News::Lost)];
    trial.expect(roster("b1", &[(1, "x1"), (3, "y1")]), &commands);
    trial.expect(roster("b1", &[(1, "x1"), (3, "y1")]), &[]);
    trial.expect(up("x1"), &[inform(1, News::Reachable)]);
    trial.expect(comes(1, "x1"), &[inform(1, News::Joined)]);
    trial.expect(down("x1"), &[inform(1, News::Lost)]);
    trial.expect(up("y1"), &[inform(3, News::Reachable)]);
}

#[test]
fn who_dials_before_the_roster_came_is_known_by_it() {
    let mut trial = following();
    trial.expect(up("y1"), &[]);
    trial.expect(roster("b1", &[(3, "y1")]), &[inform(3, News::Reachable)]);
    trial.expect(comes(3, "y1"), &[inform(3, News::Joined)]);
}

#[test]
fn what_the_leader_says_of_a_seat_is_final() {
    let mut trial = following();
    trial.expect(comes(3, "y1"), &seated(3));
    trial.expect(roster("b1", &[(3, "z1")]), &[inform(3, News::Lost)]);
    trial.expect(comes(3, "y1"), &[]);
    trial.expect(down("y1"), &[]);
    assert_eq!(
        trial.supervision.node_of(FLIGHT, MemberIndex(3)),
        Some(&record("z1"))
    );
}

#[test]
fn a_roster_takes_no_seat_of_the_leader_or_of_oneself() {
    let mut trial = following();
    let nonsense = [(0, "x1"), (2, "x1"), (4, "x1"), (1, "b1"), (1, "a1")];
    trial.expect(roster("b1", &nonsense), &[]);
    for (member, node) in nonsense {
        trial.expect(comes(member, node), &[]);
    }
}

#[test]
fn a_place_that_is_none_is_not_followed() {
    for member in [0, 4] {
        let mut trial = Trial::new();
        let refusal = refuse(Asker::Invited, Refusal::NoFollower);
        trial.expect(follow_asked(member), &refusal);
    }
}
