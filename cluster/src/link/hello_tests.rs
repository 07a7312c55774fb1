//! The greeting's bytes: frozen, forgiving of what comes later, and of nothing else.

use super::*;

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
    }
}

/// Written by hand. If this test fails, nodes of different versions no longer understand each other:
/// mend the code, not the bytes.
fn frozen_hello() -> Vec<u8> {
    let mut bytes = b"RAPTOR\x01\x01\x02".to_vec();
    for name in [b"c1", b"n1", b"z1"] {
        bytes.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(name);
    }
    bytes.extend_from_slice(&[8, 7, 6, 5, 4, 3, 2, 1]);
    bytes.push(1);
    bytes.extend_from_slice(&[0, 0, 1, 0]);
    bytes.extend_from_slice(&[14, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(b"127.0.0.1:7000");
    bytes.extend_from_slice(&[0; 16]);
    bytes
}

#[test]
fn a_hello_has_the_frozen_bytes() {
    assert_eq!(Greeting::Hello(hello()).encode(), frozen_hello());
    assert_eq!(
        Greeting::decode(&frozen_hello()),
        Ok(Greeting::Hello(hello()))
    );
}

#[test]
fn a_welcome_and_a_refusal_have_the_frozen_bytes() {
    let refusal = Greeting::Refusal("no".into());
    let frozen = b"RAPTOR\x03\x02\0\0\0\0\0\0\0no";
    assert_eq!(Greeting::Welcome.encode(), b"RAPTOR\x02");
    assert_eq!(refusal.encode(), frozen);
    assert_eq!(Greeting::decode(frozen), Ok(refusal));
    assert_eq!(GREETING_PPID, Ppid(0x5250_5400));
}

#[test]
fn fields_that_a_later_version_adds_are_passed_over() {
    let mut bytes = frozen_hello();
    bytes.extend_from_slice(b"more than we know");
    assert_eq!(Greeting::decode(&bytes), Ok(Greeting::Hello(hello())));
    assert_eq!(Greeting::decode(b"RAPTOR\x02more"), Ok(Greeting::Welcome));
}

#[test]
fn a_client_says_so() {
    let client = Hello {
        role: Role::Client,
        ..hello()
    };
    let bytes = Greeting::Hello(client.clone()).encode();
    assert_eq!(Greeting::decode(&bytes), Ok(Greeting::Hello(client)));
}

#[test]
fn what_is_no_greeting_is_refused() {
    let frozen = frozen_hello();
    assert_eq!(Greeting::decode(b"HTTP/1.1"), Err(GreetingError::Magic));
    assert_eq!(Greeting::decode(b""), Err(GreetingError::Magic));
    assert_eq!(Greeting::decode(b"RAPTOR\x04"), Err(GreetingError::Kind(4)));
    for end in 6..frozen.len() {
        let cut = Greeting::decode(&frozen[..end]);
        assert!(
            matches!(cut, Err(GreetingError::Malformed(_))),
            "cut at {end}: {cut:?}"
        );
    }
    let mut empty_range = frozen.clone();
    empty_range[7] = 3;
    assert!(matches!(
        Greeting::decode(&empty_range),
        Err(GreetingError::Malformed(_))
    ));
    let mut bad_name = frozen.clone();
    bad_name[17] = b' ';
    assert!(matches!(
        Greeting::decode(&bad_name),
        Err(GreetingError::Name(_))
    ));
    let mut huge = frozen;
    huge[9..17].fill(0xff);
    assert!(matches!(
        Greeting::decode(&huge),
        Err(GreetingError::Malformed(_))
    ));
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let greeting = Greeting::Refusal("ü".repeat(REASON_BYTES_MAX)).encode();
    let Ok(Greeting::Refusal(reason)) = Greeting::decode(&greeting) else {
        panic!("it does not decode");
    };
    assert_eq!(reason.len(), REASON_BYTES_MAX);
}
