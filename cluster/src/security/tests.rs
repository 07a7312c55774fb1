//! Keys, rings and handshakes.

use raptor_core::FlightId;

use super::*;

const PROLOGUE: &[u8] = b"before all";

/// Whether a holder of `dials` reaches a holder of `accepts` in that role.
fn meets(dials: &Protection, accepts: &Protection, role: Role) -> bool {
    let Ok((initiator, opening)) = Initiator::begin(dials, role, PROLOGUE, b"hello") else {
        return false;
    };
    let Ok((responder, hello)) = Responder::accept(accepts, role, PROLOGUE, &opening) else {
        return false;
    };
    assert_eq!(hello, b"hello");
    let (answer, _) = responder.answer(b"welcome");
    initiator
        .finish(&answer)
        .is_ok_and(|(welcome, _)| welcome == b"welcome")
}

fn ring() -> KeyRing {
    KeyRing::generate().expect("random numbers")
}

fn protection(ring: &KeyRing) -> Protection {
    Protection::Noise(Keys::new(ring.clone()))
}

fn both(one: &KeyRing, other: &KeyRing) -> KeyRing {
    let text = one.to_text() + &other.to_text();
    text.parse().expect("two keys")
}

#[test]
fn holders_of_a_key_meet_and_others_do_not() {
    let (one, other) = (ring(), ring());
    for role in [Role::Node, Role::Client, Role::Admin] {
        assert!(meets(&protection(&one), &protection(&one), role));
        assert!(!meets(&protection(&one), &protection(&other), role));
    }
}

#[test]
fn a_pass_opens_for_its_role_alone_and_makes_no_node() {
    let nodes = ring();
    for role in [Role::Client, Role::Admin] {
        let pass = nodes.passes(role).expect("a ring of a cluster");
        assert!(pass.allows(role) && !pass.allows(Role::Node));
        for claimed in [Role::Node, Role::Client, Role::Admin] {
            let reached = meets(&protection(&pass), &protection(&nodes), claimed);
            assert_eq!(reached, claimed == role, "{role:?} as {claimed:?}");
            // Nobody takes the holder of a pass for a node.
            assert!(!meets(&protection(&pass), &protection(&pass), claimed));
        }
    }
}

#[test]
fn keys_are_exchanged_without_an_interruption() {
    let (old, new) = (ring(), ring());
    let steps = [old.clone(), both(&old, &new), both(&new, &old), new];
    for role in [Role::Node, Role::Client] {
        for two in steps.windows(2) {
            for (dials, accepts) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                assert!(
                    meets(&protection(&two[dials]), &protection(&two[accepts]), role),
                    "{role:?}"
                );
            }
        }
        assert!(!meets(&protection(&steps[0]), &protection(&steps[3]), role));
    }
}

#[test]
fn a_key_that_is_exchanged_is_held_no_longer() {
    let (old, new) = (ring(), ring());
    let (KeyRing::Cluster(of_old), KeyRing::Cluster(of_new)) = (&old, &new) else {
        panic!("they are of clusters");
    };
    let keys = Keys::new(old.clone());
    assert!(keys.holds(of_old[0].name()) && !keys.holds(of_new[0].name()));
    keys.exchange(new.clone());
    assert!(!keys.holds(of_old[0].name()) && keys.holds(of_new[0].name()));
}

#[test]
fn a_join_key_opens_its_flight_and_nothing_else() {
    let (flight, other) = (FlightId(7), FlightId(8));
    let key = ClusterKey::generate().expect("random numbers");
    let node = Keys::new(ring());
    node.open_flight(flight, key.clone());
    let member = Keys::new(ring());
    member.open_flight(flight, key.clone());
    member.open_flight(other, key.clone());
    let (node, member) = (Protection::Noise(node), Protection::Noise(member));
    assert!(meets(&member, &node, Role::Member(flight)));
    assert!(!meets(&member, &node, Role::Member(other)));
    for role in [Role::Node, Role::Client, Role::Admin] {
        assert!(!meets(&member, &node, role), "{role:?}");
    }
    let Protection::Noise(keys) = &node else {
        unreachable!("it was made so");
    };
    keys.close_flight(flight);
    assert!(!meets(&member, &node, Role::Member(flight)));
    assert!(!keys.holds(key.name()));
}

#[test]
fn key_files_are_read_as_they_are_written() {
    let nodes = ring();
    let more = both(&nodes, &ring());
    let client = nodes.passes(Role::Client).expect("of a cluster");
    for ring in [&nodes, &more, &client] {
        let text = format!(
            "# a comment\n\n{}",
            ring.to_text().replace('\n', "  # old\n")
        );
        assert_eq!(&text.parse::<KeyRing>().expect("a ring"), ring);
        let debug = format!("{ring:?}");
        let secret = &ring.to_text()[8..40];
        assert!(!debug.contains(secret), "{debug}");
    }
    assert!(client.passes(Role::Client).is_none());
}

#[test]
fn what_is_no_key_file_is_refused_with_its_line() {
    let key = ring().to_text();
    let client = ring().passes(Role::Client).expect("of a cluster").to_text();
    let cases = [
        (String::new(), "it has 0 keys"),
        (key.repeat(3), "it has 3 keys"),
        (format!("{key}{client}"), "of different kinds"),
        (
            format!("\n{}", key.replace("node", "nodes")),
            "line 2 is no key: it begins with none",
        ),
        (
            key.replace('\n', "0\n"),
            "line 1 is no key: a node key has 64",
        ),
        (
            client.replace("client:", "client:g"),
            "a client key has 128",
        ),
        ("secret".to_owned(), "line 1"),
    ];
    for (text, expected) in cases {
        let refused = text.parse::<KeyRing>().expect_err("it is none").to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    let missing = KeyRing::read("no/such/file".as_ref()).expect_err("it is not there");
    assert!(missing.to_string().contains("no/such/file"), "{missing}");
}

#[test]
fn what_is_not_the_peers_next_message_is_not_opened() {
    let ring = ring();
    let (dials, accepts) = (protection(&ring), protection(&ring));
    let (initiator, opening) = Initiator::begin(&dials, Role::Node, PROLOGUE, b"").expect("a key");
    let (responder, _) =
        Responder::accept(&accepts, Role::Node, PROLOGUE, &opening).expect("our key");
    let (answer, mut theirs) = responder.answer(b"");
    let (_, mut ours) = initiator.finish(&answer).expect("our key");
    let stream = crate::transport::StreamId(4);
    let sealed: Vec<_> = (0..3_u8)
        .map(|number| ours.seal(stream, false, vec![number; 10]))
        .collect();
    let opened = theirs.open(stream, false, sealed[0].clone().into());
    assert_eq!(opened.as_deref(), Ok(&[0; 10][..]));
    for (stream, bytes) in [
        (4, &sealed[0][..]),
        (4, &sealed[2]),
        (5, &sealed[1]),
        (4, &sealed[1][1..]),
        (4, b""),
        (u16::MAX, &sealed[1]),
    ] {
        let stream = crate::transport::StreamId(stream);
        let opened = theirs.open(stream, false, bytes.to_vec().into());
        assert_eq!(opened, Err(OpenError::Forged));
    }
    // The end that sealed it does not take it back either.
    assert!(ours.open(stream, false, sealed[0].clone().into()).is_err());
    assert!(theirs.open(stream, false, sealed[1].clone().into()).is_ok());
}
