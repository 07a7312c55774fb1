//! The greeting's bytes: frozen, forgiving of what comes later, and of nothing else.

use raptor_core::{Incarnation, NodeRecord};

use super::*;
use crate::link::VersionRange;

fn hello() -> Hello {
    Hello {
        versions: VersionRange::new(1, 2).expect("a range"),
        cluster: "c1".parse().expect("a name"),
        record: NodeRecord {
            node: "n1".parse().expect("a name"),
            zone: "z1".parse().expect("a name"),
            incarnation: Incarnation(0x0102_0304_0506_0708),
        },
        role: Role::Node,
        message_bytes_max: 65_536,
        address: "127.0.0.1:7000".parse().expect("an address"),
        mail_bytes_max: 0x0a0b,
        state_bytes_max: 0x0c0d,
        bulk_bytes_max: 0x0e0f,
        moved: 0x0102,
    }
}

/// Written by hand. If this test fails, nodes of different versions no longer understand each other:
/// mend the code, not the bytes.
fn frozen_hello() -> Vec<u8> {
    let mut bytes = b"\x01\x02".to_vec();
    for name in [b"c1", b"n1", b"z1"] {
        bytes.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(name);
    }
    bytes.extend_from_slice(&[8, 7, 6, 5, 4, 3, 2, 1]);
    bytes.push(1);
    bytes.extend_from_slice(&[0, 0, 1, 0]);
    bytes.extend_from_slice(&[14, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(b"127.0.0.1:7000");
    bytes.extend_from_slice(&[0x0b, 0x0a, 0, 0, 0x0d, 0x0c, 0, 0, 0x0f, 0x0e, 0, 0]);
    bytes.extend_from_slice(&[2, 1, 0, 0]);
    bytes
}

#[test]
fn a_hello_has_the_frozen_bytes() {
    assert_eq!(hello().encode(), frozen_hello());
    assert_eq!(Hello::decode(&frozen_hello(), Role::Node), Ok(hello()));
}

#[test]
fn the_clear_part_of_an_opening_has_the_frozen_bytes() {
    let flight = FlightId(0x0102);
    let clear = Protection::Clear;
    let mut frozen = b"RAPTOR\x01\x00\x04\x02\x01".to_vec();
    frozen.resize(PROLOGUE_BYTES, 0);
    assert_eq!(prologue(&clear, Role::Member(flight)), frozen);
    frozen.extend_from_slice(&[7; NONCE_BYTES]);
    frozen.extend_from_slice(b"more");
    let opening = Opening {
        prologue: &frozen[..PROLOGUE_BYTES],
        protection: 0,
        role: Role::Member(flight),
        nonce: [7; NONCE_BYTES],
        body: &frozen[PROLOGUE_BYTES..],
    };
    assert_eq!(Greeting::parse(&frozen), Ok(Greeting::Opening(opening)));
    let codes = [Role::Node, Role::Client, Role::Admin].map(|role| prologue(&clear, role)[8]);
    assert_eq!(codes, [1, 2, 3]);
    assert_eq!(GREETING_PPID, Ppid(0x5250_5400));
}

#[test]
fn an_answer_has_the_frozen_bytes() {
    assert_eq!(answer(b"x"), b"RAPTOR\x02x");
    assert_eq!(Greeting::parse(b"RAPTOR\x02x"), Ok(Greeting::Answer(b"x")));
    let welcome = [b"\x01", &frozen_hello()[..]].concat();
    assert_eq!(Verdict::Welcome(hello()).encode(), welcome);
    assert_eq!(
        Verdict::decode(&welcome, Role::Node),
        Ok(Verdict::Welcome(hello()))
    );
    let refusal = Verdict::Refusal("no".into());
    let frozen = b"\x02\x02\0\0\0\0\0\0\0no";
    assert_eq!(refusal.encode(), frozen);
    assert_eq!(Verdict::decode(frozen, Role::Node), Ok(refusal));
}

#[test]
fn fields_that_a_later_version_adds_are_passed_over() {
    let mut bytes = frozen_hello();
    bytes.extend_from_slice(b"more than we know");
    assert_eq!(Hello::decode(&bytes, Role::Node), Ok(hello()));
}

#[test]
fn an_end_is_of_the_role_that_its_key_proves_or_a_node() {
    let client = Hello {
        role: Role::Client,
        ..hello()
    };
    let bytes = client.encode();
    assert_eq!(Hello::decode(&bytes, Role::Client), Ok(client));
    for other in [Role::Node, Role::Admin, Role::Member(FlightId(1))] {
        let refused = Hello::decode(&bytes, other);
        assert!(matches!(refused, Err(GreetingError::Malformed(_))));
    }
    assert_eq!(Hello::decode(&frozen_hello(), Role::Client), Ok(hello()));
}

#[test]
fn what_is_no_greeting_is_refused() {
    assert_eq!(Greeting::parse(b"HTTP/1.1"), Err(GreetingError::Magic));
    assert_eq!(Greeting::parse(b""), Err(GreetingError::Magic));
    assert_eq!(Greeting::parse(b"RAPTOR\x04"), Err(GreetingError::Kind(4)));
    let mut opening = prologue(&Protection::Clear, Role::Node);
    opening.extend_from_slice(&[0; NONCE_BYTES]);
    for end in 6..opening.len() {
        let cut = Greeting::parse(&opening[..end]);
        assert!(
            matches!(cut, Err(GreetingError::Malformed(_))),
            "cut at {end}: {cut:?}"
        );
    }
    opening[8] = 9;
    assert!(matches!(
        Greeting::parse(&opening),
        Err(GreetingError::Malformed(_))
    ));
}

#[test]
fn what_is_no_hello_is_refused() {
    let frozen = frozen_hello();
    for end in 0..frozen.len() {
        let cut = Hello::decode(&frozen[..end], Role::Node);
        assert!(
            matches!(cut, Err(GreetingError::Malformed(_))),
            "cut at {end}: {cut:?}"
        );
    }
    let changed = |at: std::ops::Range<usize>, byte: u8| {
        let mut bytes = frozen.clone();
        bytes[at].fill(byte);
        Hello::decode(&bytes, Role::Node)
    };
    let empty_range = changed(0..1, 3);
    assert!(matches!(empty_range, Err(GreetingError::Malformed(_))));
    let bad_name = changed(10..11, b' ');
    assert!(matches!(bad_name, Err(GreetingError::Name(_))));
    let huge = changed(2..10, 0xff);
    assert!(matches!(huge, Err(GreetingError::Malformed(_))));
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let long = Verdict::Refusal("ü".repeat(REASON_BYTES_MAX)).encode();
    let Ok(Verdict::Refusal(reason)) = Verdict::decode(&long, Role::Node) else {
        panic!("it does not decode");
    };
    assert_eq!(reason.len(), REASON_BYTES_MAX);
}
