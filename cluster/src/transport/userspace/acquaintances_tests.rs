use std::net::Ipv4Addr;

use super::*;

fn address(number: usize) -> SocketAddr {
    let ip = Ipv4Addr::from(u32::try_from(number).expect("it is small"));
    (ip, 1).into()
}

fn zone(name: &str) -> Zone {
    name.parse().expect("a name")
}

#[test]
fn who_was_dialed_is_known_and_who_proved_it_has_a_zone() {
    let mut known = Acquaintances::default();
    assert!(!known.knows(address(1)));
    known.on_dialed(address(1), |_| false);
    assert!(known.knows(address(1)));
    assert_eq!(known.zone(address(1)), None);
    known.on_proven(address(1), &zone("b"), |_| false);
    assert_eq!(known.zone(address(1)), Some(&zone("b")));
    known.on_dialed(address(1), |_| false);
    assert_eq!(known.zone(address(1)), Some(&zone("b")), "it stays there");
    known.on_proven(address(1), &zone("c"), |_| false);
    assert_eq!(known.zone(address(1)), Some(&zone("c")), "it has moved");
}

#[test]
fn those_met_first_are_forgotten_first_but_never_those_with_an_association() {
    let mut known = Acquaintances::default();
    let is_held = |held| held == address(0);
    for number in 0..ACQUAINTANCES_MAX {
        known.on_dialed(address(number), is_held);
    }
    known.on_dialed(address(1), is_held);
    for number in 0..2 {
        let zone = zone("client");
        known.on_proven(address(ACQUAINTANCES_MAX + number), &zone, is_held);
    }
    assert_eq!(known.by_address.len(), ACQUAINTANCES_MAX);
    let knows = |number| known.knows(address(number));
    assert!(knows(0), "it has an association");
    assert!(knows(1), "it was dialed again");
    assert!(!knows(2) && !knows(3) && knows(4));
}
