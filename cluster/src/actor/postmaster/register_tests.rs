//! Who is welcome under which name.

use raptor_core::NodeRecord;

use super::*;
use crate::link::VERSIONS;

fn hello(name: &str, incarnation: u64) -> Hello {
    Hello {
        versions: VERSIONS,
        cluster: "c1".parse().expect("a name"),
        record: NodeRecord {
            node: name.parse().expect("a name"),
            zone: "z1".parse().expect("a name"),
            incarnation: Incarnation(incarnation),
        },
        role: Role::Node,
        message_bytes_max: 65_536,
        address: "127.0.0.1:7000".parse().expect("an address"),
        mail_bytes_max: 1,
        state_bytes_max: 1,
        bulk_bytes_max: 1,
        moved: 0,
    }
}

fn rival(incarnation: u64, direction: Direction, is_up: bool) -> Option<Rival> {
    Some(Rival {
        incarnation: Incarnation(incarnation),
        moved: 0,
        direction,
        is_up,
    })
}

#[test]
fn a_newer_life_replaces_and_an_older_one_is_refused() {
    let ours = hello("n1", 5);
    let mut register = Register::default();
    let judge = |register: &Register, incarnation, rival| {
        register.judge(&ours, &hello("n2", incarnation), Direction::Accepted, rival)
    };
    assert_eq!(judge(&register, 7, None), Verdict::Welcome);
    register.on_welcomed(&hello("n2", 7));
    assert_eq!(
        judge(&register, 7, None),
        Verdict::Welcome,
        "it may come back"
    );
    let up = rival(7, Direction::Accepted, true);
    assert_eq!(judge(&register, 8, up), Verdict::Replace);
    let newest = Incarnation(7);
    let outdated = Verdict::Refuse(Refusal::Outdated { newest });
    assert_eq!(judge(&register, 6, None), outdated);
    assert_eq!(judge(&register, 6, up), outdated);
}

#[test]
fn a_client_and_a_node_may_bear_one_name() {
    let mut register = Register::default();
    register.on_welcomed(&hello("n2", 7));
    let client = Hello {
        role: Role::Client,
        ..hello("n2", 1)
    };
    let verdict = register.judge(&hello("n1", 5), &client, Direction::Accepted, None);
    assert_eq!(verdict, Verdict::Welcome);
}

#[test]
fn we_refuse_ourselves_and_our_namesakes() {
    let (register, ours) = (Register::default(), hello("n1", 5));
    let verdict = |theirs| register.judge(&ours, &theirs, Direction::Accepted, None);
    assert_eq!(verdict(hello("n1", 5)), Verdict::Refuse(Refusal::Ourselves));
    assert_eq!(verdict(hello("n1", 9)), Verdict::Refuse(Refusal::Namesake));
}

#[test]
fn a_member_of_a_flight_may_bear_a_nodes_name_but_not_ours() {
    let (mut register, ours) = (Register::default(), hello("n1", 5));
    let flight = FlightId(7);
    let member = |name: &str, incarnation| Hello {
        role: Role::Member(flight),
        ..hello(name, incarnation)
    };
    let verdict =
        |register: &Register, theirs| register.judge(&ours, &theirs, Direction::Accepted, None);
    register.on_welcomed(&hello("n2", 7));
    assert_eq!(verdict(&register, member("n2", 1)), Verdict::Welcome);
    let refused = verdict(&register, member("n1", 9));
    assert_eq!(refused, Verdict::Refuse(Refusal::Namesake));
    let refused = verdict(&register, member("n1", 5));
    assert_eq!(refused, Verdict::Refuse(Refusal::Ourselves));
    // Nothing is remembered of the members of a flight that is over.
    register.on_welcomed(&member("n2", 3));
    let newest = Incarnation(3);
    let outdated = Verdict::Refuse(Refusal::Outdated { newest });
    assert_eq!(verdict(&register, member("n2", 1)), outdated);
    register.forget_flight(flight);
    assert_eq!(verdict(&register, member("n2", 1)), Verdict::Welcome);
    assert_eq!(register.newest.len(), 1);
}

#[test]
fn both_ends_of_two_links_keep_the_same_one() {
    use Direction::{Accepted, Dialed};
    let register = Register::default();
    let (one, other) = (hello("n1", 5), hello("n2", 5));
    // One link was dialed by n1, the other by n2. Each end may judge either of them last.
    let by_n1_wins = register.judge(&one, &other, Dialed, rival(5, Accepted, false));
    assert_eq!(by_n1_wins, Verdict::Replace);
    let by_n1_stays = register.judge(&one, &other, Accepted, rival(5, Dialed, false));
    assert_eq!(by_n1_stays, Verdict::Refuse(Refusal::Duplicate));
    let by_n1_wins = register.judge(&other, &one, Accepted, rival(5, Dialed, false));
    assert_eq!(by_n1_wins, Verdict::Replace);
    let by_n1_stays = register.judge(&other, &one, Dialed, rival(5, Accepted, false));
    assert_eq!(by_n1_stays, Verdict::Refuse(Refusal::Duplicate));
    let up_stays = register.judge(&one, &other, Dialed, rival(5, Accepted, true));
    assert_eq!(up_stays, Verdict::Refuse(Refusal::Duplicate));
}

#[test]
fn a_link_from_where_a_peer_is_now_takes_over_from_one_that_led_to_where_it_was() {
    let (register, ours) = (Register::default(), hello("n1", 5));
    let at = |moved| Hello {
        moved,
        ..hello("n2", 7)
    };
    let rival = |moved, is_up| {
        Some(Rival {
            incarnation: Incarnation(7),
            moved,
            direction: Direction::Dialed,
            is_up,
        })
    };
    let judge = |moved, rival| register.judge(&ours, &at(moved), Direction::Accepted, rival);
    let duplicate = Verdict::Refuse(Refusal::Duplicate);
    for is_up in [false, true] {
        assert_eq!(judge(2, rival(1, is_up)), Verdict::TakeOver);
        assert_eq!(judge(1, rival(2, is_up)), duplicate);
        assert_eq!(judge(2, rival(2, is_up)), duplicate);
    }
}

#[test]
fn the_names_that_are_remembered_are_bounded() {
    let mut register = Register::default();
    for index in 0..NAMES_MAX as u64 + 10 {
        register.on_welcomed(&hello(&format!("n{index}"), 100 + index));
    }
    assert_eq!(register.newest.len(), NAMES_MAX);
    assert!(
        !register
            .newest
            .contains_key(&(Role::Node, "n0".parse().expect("a name")))
    );
}

#[test]
fn an_opening_is_new_once_as_long_as_it_is_remembered() {
    let mut register = Register::default();
    let nonce = |number: usize| {
        let mut nonce = [0; NONCE_BYTES];
        nonce[..8].copy_from_slice(&number.to_le_bytes());
        nonce
    };
    for number in 0..=NONCES_MAX {
        assert!(register.is_new(nonce(number)));
        assert!(!register.is_new(nonce(number)));
    }
    assert!(register.is_new(nonce(0)), "it was the oldest");
    assert_eq!(register.nonces.len(), NONCES_MAX);
}
