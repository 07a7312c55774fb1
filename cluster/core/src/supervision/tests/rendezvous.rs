//! Flights whose followers come by themselves.

use std::net::SocketAddr;

use super::*;

/// Where a node is reached: each at a port of its own.
fn address(node: &str) -> SocketAddr {
    let port = u16::from_be_bytes([node.as_bytes()[0], node.as_bytes()[1]]);
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn fellow(member: u16, node: &str) -> Fellow {
    Fellow {
        member: MemberIndex(member),
        record: record(node),
        address: address(node),
    }
}

const fn lead_asked(size: u16) -> Event {
    let flight = FLIGHT;
    Event::LeadAsked { flight, size }
}

/// `b1` leads, and this node is to be member 2 of 4.
fn follow_asked(member: u16) -> Event {
    Event::FollowAsked {
        flight: FLIGHT,
        member: MemberIndex(member),
        size: 4,
        leader: record("b1"),
        address: address("b1"),
    }
}

fn up(node: &str) -> Event {
    Event::MemberUp {
        flight: FLIGHT,
        record: record(node),
    }
}

fn down(node: &str) -> Event {
    Event::MemberDown {
        flight: FLIGHT,
        record: record(node),
        has_closed: false,
    }
}

fn comes(member: u16, node: &str) -> Event {
    Event::MemberJoined {
        flight: FLIGHT,
        fellow: fellow(member, node),
    }
}

fn roster(from: &str, fellows: &[(u16, &str)]) -> Event {
    let fellows = fellows.iter();
    Event::RosterHeard {
        flight: FLIGHT,
        from: record(from),
        fellows: fellows.map(|(at, node)| fellow(*at, node)).collect(),
    }
}

const fn seat_declined(member: u16) -> Event {
    Event::SeatDeclined {
        flight: FLIGHT,
        member: MemberIndex(member),
    }
}

fn tell(to: &str, fellows: &[(u16, &str)]) -> Command {
    let fellows = fellows.iter();
    Command::TellRoster {
        flight: FLIGHT,
        to: node(to),
        fellows: fellows.map(|(at, node)| fellow(*at, node)).collect(),
    }
}

fn meet(node: &str) -> Command {
    Command::Meet {
        flight: FLIGHT,
        address: address(node),
    }
}

/// A member has come: it is to be heard, and joined.
const fn seated(member: u16) -> [Command; 2] {
    [
        inform(member, News::Joined),
        inform(member, News::Reachable),
    ]
}

fn send_away(from: &str) -> Command {
    Command::Dismiss {
        flight: FLIGHT,
        node: node(from),
        tie: Tie::Flight,
    }
}

const fn vacant(member: u16, cause: Miss) -> Command {
    Command::Notice(Notice::SeatVacant {
        flight: FLIGHT,
        member: MemberIndex(member),
        cause,
    })
}

/// `a1` leads so many members, and nobody has come yet.
fn leading(size: u16) -> Trial {
    let mut trial = Trial::with_peers(&["b1"]);
    let commands = [admitted(FlightLimit::Led), lead(size)];
    trial.expect(lead_asked(size), &commands);
    trial
}

/// `a1` is member 2 of 4, and its leader is there.
fn following() -> Trial {
    let mut trial = Trial::new();
    let commands = [
        admitted(FlightLimit::Followed),
        follow_of_four(),
        meet("b1"),
    ];
    trial.expect(follow_asked(2), &commands);
    trial.expect(up("b1"), &[inform(0, News::Reachable)]);
    trial
}

fn follow_of_four() -> Command {
    Command::Follow {
        flight: FLIGHT,
        member: MemberIndex(2),
        size: 4,
        leader: record("b1"),
    }
}

#[test]
fn nobody_is_asked_and_whoever_comes_first_has_the_seat() {
    let mut trial = leading(2);
    trial.expect(up("x1"), &[]);
    trial.expect(comes(1, "x1"), &seated(1));
    assert_eq!(trial.supervision.poll_timeout(), None);
    assert_eq!(trial.supervision.tie(FLIGHT), Some(Tie::Flight));
    let seat = trial.supervision.route_member(FLIGHT, &record("x1"));
    assert_eq!(seat, Route::Member(MemberIndex(1)));
    // It may say so again; another may not, nor another life of it.
    trial.expect(comes(1, "x1"), &[inform(1, News::Joined)]);
    trial.expect(comes(1, "y1"), &[send_away("y1")]);
    let mut reborn = fellow(1, "x1");
    reborn.record.incarnation = Incarnation(2);
    let flight = FLIGHT;
    let comes_anew = Event::MemberJoined {
        flight,
        fellow: reborn,
    };
    trial.expect(comes_anew, &[send_away("x1")]);
}

#[test]
fn seats_that_are_none_or_not_free_are_refused() {
    let mut trial = leading(3);
    for (member, node) in [(0, "x1"), (3, "x1"), (u16::MAX, "x1"), (1, "a1")] {
        trial.expect(comes(member, node), &[send_away(node)]);
    }
    trial.expect(comes(1, "x1"), &seated(1));
    // One node has one seat.
    trial.expect(comes(2, "x1"), &[send_away("x1")]);
}

#[test]
fn nobody_comes_and_the_flight_goes_on_without() {
    let mut trial = leading(3);
    trial.expect(comes(2, "x1"), &seated(2));
    trial.expect(Event::Tick, &[]);
    trial.now = trial.supervision.poll_timeout().expect("it waits");
    trial.expect(
        Event::Tick,
        &[vacant(1, Miss::Late), inform(1, News::Refused)],
    );
    assert_eq!(trial.supervision.poll_timeout(), None);
    // Who comes late is welcome.
    let commands = [
        inform(1, News::Joined),
        inform(1, News::Reachable),
        tell("x1", &[(1, "y1")]),
        tell("y1", &[(2, "x1")]),
    ];
    trial.expect(comes(1, "y1"), &commands);
}

#[test]
fn who_is_declined_is_not_waited_for_and_may_come_after_all() {
    let mut trial = leading(3);
    for member in [1, 2] {
        let commands = [
            vacant(member, Miss::Declined),
            inform(member, News::Refused),
        ];
        trial.expect(seat_declined(member), &commands);
        trial.expect(seat_declined(member), &[]);
    }
    assert_eq!(trial.supervision.poll_timeout(), None);
    trial.expect(comes(1, "x1"), &seated(1));
    trial.expect(seat_declined(1), &[]);
    trial.expect(seat_declined(0), &[]);
    trial.expect(seat_declined(9), &[]);
}

#[test]
fn everyone_hears_of_everyone_else() {
    let mut trial = leading(4);
    trial.expect(comes(2, "x1"), &seated(2));
    let commands = [
        inform(1, News::Joined),
        inform(1, News::Reachable),
        tell("x1", &[(1, "y1")]),
        tell("y1", &[(2, "x1")]),
    ];
    trial.expect(comes(1, "y1"), &commands);
    let commands = [
        inform(3, News::Joined),
        inform(3, News::Reachable),
        tell("y1", &[(3, "z1")]),
        tell("x1", &[(3, "z1")]),
        tell("z1", &[(1, "y1"), (2, "x1")]),
    ];
    trial.expect(comes(3, "z1"), &commands);
}

#[test]
fn a_leader_loses_a_member_and_finds_it_again() {
    let mut trial = leading(2);
    trial.expect(up("x1"), &[]);
    trial.expect(down("x1"), &[]);
    trial.expect(up("x1"), &[]);
    trial.expect(comes(1, "x1"), &seated(1));
    trial.expect(down("x1"), &[inform(1, News::Lost)]);
    trial.expect(up("x1"), &[inform(1, News::Reachable)]);
    trial.expect(comes(1, "x1"), &[inform(1, News::Joined)]);
}

#[test]
fn who_comes_after_the_end_is_dismissed() {
    let mut trial = leading(2);
    trial.expect(ended(), &[]);
    trial.expect(up("x1"), &[]);
    trial.expect(comes(1, "x1"), &[send_away("x1")]);
    trial.expect(seat_declined(1), &[]);
    trial.expect(down("x1"), &[]);
    assert_eq!(
        trial.supervision.route_member(FLIGHT, &record("x1")),
        Route::Over
    );
    trial.expect(lead_asked(2), &refuse(Asker::Client, Refusal::Known));
    trial.expect(follow_asked(1), &refuse(Asker::Invited, Refusal::Over));
}

#[test]
fn the_cluster_has_no_part_in_it() {
    let mut trial = leading(3);
    trial.expect(comes(1, "b1"), &seated(1));
    // The same node as a node of the cluster is no member, and its coming and going says nothing.
    assert_eq!(
        trial.supervision.route(FLIGHT, &node("b1")),
        Route::Stranger
    );
    trial.expect(joined(1, "b1"), &[]);
    trial.expect(joined(2, "c1"), &[]);
    trial.expect(declined("b1"), &[]);
    trial.expect(peer_down("b1"), &[]);
    trial.expect(peer_up(record("b1")), &[]);
    trial.expect(ended(), &[]);
}

#[test]
fn nor_has_it_a_part_in_the_flights_of_the_cluster() {
    let mut trial = Trial::leading(&["b1"]);
    for event in [
        up("b1"),
        comes(1, "b1"),
        roster("b1", &[(1, "x1")]),
        seat_declined(1),
        down("b1"),
    ] {
        trial.expect(event, &[]);
    }
    assert_eq!(
        trial.supervision.route_member(FLIGHT, &record("b1")),
        Route::Stranger
    );
    trial.expect(joined(1, "b1"), &[inform(1, News::Joined)]);
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
    let mut trial = Trial::new();
    let commands = [
        admitted(FlightLimit::Followed),
        follow_of_four(),
        meet("b1"),
    ];
    trial.expect(follow_asked(2), &commands);
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
    let mut trial = Trial::with_peers(&["b1"]);
    let commands = [
        admitted(FlightLimit::Followed),
        follow_of_four(),
        meet("b1"),
    ];
    trial.expect(follow_asked(2), &commands);
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

#[test]
fn a_node_that_drains_finishes_what_came_by_itself() {
    let mut trial = leading(2);
    trial.expect(Event::DrainAsked, &[]);
    trial.expect(comes(1, "x1"), &seated(1));
    let mut other = lead_asked(2);
    let flight = FlightId(8);
    if let Event::LeadAsked { flight: of, .. } = &mut other {
        *of = flight;
    }
    let refusal = Refusal::Draining;
    let asker = Asker::Client;
    let commands = [
        Command::Refuse {
            flight,
            asker,
            refusal,
        },
        Command::Notice(Notice::Refused { flight, refusal }),
    ];
    trial.expect(other, &commands);
    trial.expect(ended(), &[Command::Drained]);
}
