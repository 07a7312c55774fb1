//! What a leader does whose followers come by themselves.

use super::*;

fn tell(to: &str, fellows: &[(u16, &str)]) -> Command {
    let fellows = fellows.iter();
    Command::TellRoster {
        flight: FLIGHT,
        to: node(to),
        fellows: fellows.map(|(at, node)| fellow(*at, node)).collect(),
    }
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

/// `y1` has come to be member 1, where `x1` is member 2: they hear of each other.
fn seated_beside_x1() -> [Command; 4] {
    let [joined, reachable] = seated(1);
    let tell_x1 = tell("x1", &[(1, "y1")]);
    let tell_y1 = tell("y1", &[(2, "x1")]);
    [joined, reachable, tell_x1, tell_y1]
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
    trial.expect(comes(1, "y1"), &seated_beside_x1());
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
    trial.expect(comes(1, "y1"), &seated_beside_x1());
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
