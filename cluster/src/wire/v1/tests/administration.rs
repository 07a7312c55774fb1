//! What administrators and nodes say to each other.

use proptest::prelude::*;
use raptor_core::Role;

use super::*;
use crate::administration::{MemberStatus, Order, PeerStatus, Status, Told};
use crate::transport::shaping::Shaping;
use crate::transport::shaping::tests::rules;

fn shaping() -> Shaping {
    let rules = [
        "z -> * delay=3us jitter=2us",
        "* <-> y loss=0.0001% duplicate=0.0002% reorder=0.0003% rate=4bit",
    ];
    Shaping {
        rules: rules.map(|rule| rule.parse().expect("a rule")).to_vec(),
        seed: 9,
    }
}

/// The seed and the rules.
const SHAPING: &str = "09 02 01017a 00 00 03 02 00 00 00 00 00 010179 01 00 00 01 02 03 04";

fn status() -> Status {
    let peer = |name, role| PeerStatus {
        record: node_record(name),
        role,
    };
    Status {
        record: node_record("n"),
        address: "[::1]:7".parse().expect("an address"),
        load: Load {
            flights: 1,
            weight: 2,
            slots: 3,
            is_draining: true,
        },
        members: vec![MemberStatus {
            record: node_record("m"),
            address: "[::1]:8".parse().expect("an address"),
            is_up: true,
        }],
        peers: vec![
            peer("a", Role::Node),
            peer("b", Role::Client),
            peer("c", Role::Admin),
            peer("d", Role::Member(FLIGHT)),
        ],
        associations: 5,
        shaping: shaping(),
    }
}

#[test]
fn what_administrators_ask() {
    let ask = |order, hex: &str| {
        let number = 300;
        golden(
            &Envelope::Administer { number, order },
            &format!("0c fb2c01 {hex}"),
        );
    };
    ask(Order::TellStatus, "00");
    ask(Order::TellShaping, "01");
    ask(Order::Shape(Shaping::default()), "02 00 00");
    ask(Order::Shape(shaping()), &format!("02 {SHAPING}"));
}

#[test]
fn what_administrators_are_told() {
    let tell = |told, hex: &str| {
        let number = 300;
        golden(
            &Envelope::Administered { number, told },
            &format!("0d fb2c01 {hex}"),
        );
    };
    let members = "01 016d 017a 05 075b3a3a315d3a38 01";
    let peers = "04 0161 017a 05 00 0162 017a 05 01 0163 017a 05 02 0164 017a 05 03 07";
    tell(
        Told::Status(Box::new(status())),
        &format!("00 016e 017a 05 075b3a3a315d3a37 01 02 03 01 {members} {peers} 05 {SHAPING}"),
    );
    tell(Told::Shaping(shaping()), &format!("01 {SHAPING}"));
    tell(Told::Refused("why".to_owned()), "02 03776879");
}

#[test]
fn an_order_cut_short_anywhere_is_refused() {
    let (number, order) = (300, Order::Shape(shaping()));
    let told = Told::Status(Box::new(status()));
    for envelope in [
        Envelope::Administer { number, order },
        Envelope::Administered { number, told },
    ] {
        let bytes = encode(&envelope);
        for length in 0..bytes.len() {
            let refused = decode(&bytes.slice(..length)).expect_err("it is not whole");
            assert!(matches!(refused, DecodeError::Malformed(_)), "{refused}");
        }
    }
}

#[test]
fn what_no_rule_can_say_is_refused() {
    let million_and_one = "fc41420f00";
    let minute_and_more = "fc01879303";
    for (values, why) in [
        (
            format!("00 00 {million_and_one} 00 00 00"),
            "a share of more than all",
        ),
        (
            format!("{minute_and_more} 00 00 00 00 00"),
            "a delay that none can have",
        ),
        ("02 03 00 00 00 00".to_owned(), "a delay that none can have"),
    ] {
        let hex = format!("0c 01 02 00 01 00 00 00 {values}");
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).expect("digits");
            u8::from_str_radix(pair, 16).expect("a byte")
        };
        let bytes: Bytes = digits.chunks(2).map(byte).collect();
        let refused = decode(&bytes).expect_err("it says too much");
        assert!(
            matches!(refused, DecodeError::Invalid(said) if said == why),
            "{refused}"
        );
    }
}

proptest! {
    #[test]
    fn rules_are_heard_as_they_were_said(
        rules in proptest::collection::vec(rules(), 0..6), seed: u64, number: u64
    ) {
        let order = Order::Shape(Shaping { rules, seed });
        let envelope = Envelope::Administer { number, order };
        prop_assert_eq!(decode(&encode(&envelope)).unwrap(), envelope);
    }
}
