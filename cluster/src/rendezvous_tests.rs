//! What an invitation looks like, and what is none.

use super::*;

fn invitation() -> Invitation {
    Invitation {
        flight: FlightId(7),
        size: 3,
        leader: NodeRecord {
            node: "n".parse().expect("a name"),
            zone: "z".parse().expect("a name"),
            incarnation: Incarnation(5),
        },
        address: "127.0.0.1:7000".parse().expect("an address"),
        key: ClusterKey::generate().expect("random numbers"),
        action: Digest::of(b"code"),
    }
}

#[test]
fn an_invitation_is_read_as_it_is_written() {
    let invitation = invitation();
    let text = serde_json::to_string(&invitation).expect("it has string keys only");
    let read: Invitation = serde_json::from_str(&text).expect("it was written just now");
    assert_eq!(read, invitation);
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(value["flight"], format!("{:032x}", 7));
    assert_eq!(value["size"], 3);
    assert_eq!(value["key"], invitation.key.to_line());
}

#[test]
fn whoever_looks_at_an_invitation_does_not_see_its_key() {
    let invitation = invitation();
    let line = invitation.key.to_line();
    let (_, secret) = line.split_once(':').expect("a kind and digits");
    assert!(!format!("{invitation:?}").contains(secret));
}

#[test]
fn what_is_no_invitation_is_refused_with_the_reason() {
    let cases = [
        ("flight", "7", "its flight is no identity"),
        (
            "flight",
            "+000000000000000000000000000000f",
            "its flight is no identity",
        ),
        ("node", "a b", "is no name"),
        ("zone", "", "is no name"),
        ("key", "node:12", "its key is none: a node key has 64"),
        ("key", "secret", "its key is none: it begins with none"),
        ("action", "12", "its action is no hash"),
        ("address", "here", "invalid socket address"),
    ];
    for (field, text, expected) in cases {
        let mut value = serde_json::to_value(invitation()).expect("it has string keys only");
        value[field] = text.into();
        let refused = serde_json::from_value::<Invitation>(value).expect_err("it is none");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}

#[test]
fn a_pass_is_no_key_of_a_flight() {
    let pass = invitation().key.pass(raptor_core::Role::Client).to_line();
    let refused = pass.parse::<ClusterKey>().expect_err("it makes no member");
    assert_eq!(refused, KeyError::Pass);
}
