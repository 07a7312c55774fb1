//! Who is spoken with, and who is not.

use super::*;

#[test]
fn ends_without_a_common_version_part_and_both_learn_both_ranges() {
    let newer = Hello {
        versions: VersionRange::new(7, 9).expect("a range"),
        ..hello("n2")
    };
    let mut wire = Wire::new(hello("n1"), newer);
    wire.settle();
    let Some(LinkEvent::Refused(refusal)) = wire.events[1].first() else {
        panic!("unexpected {:?}", wire.events[1]);
    };
    let Some(LinkEvent::RefusedByPeer { reason }) = wire.events[0].first() else {
        panic!("unexpected {:?}", wire.events[0]);
    };
    assert_eq!(&refusal.to_string(), reason);
    assert!(
        reason.contains("speaks versions 1") && reason.contains("we speak 7 to 9"),
        "{reason}"
    );
    assert!(wire.links.iter().all(Link::is_drained));
}

#[test]
fn ends_of_different_clusters_part_and_both_learn_why() {
    let stranger = Hello {
        cluster: "c2".parse().expect("a name"),
        ..hello("n2")
    };
    let mut wire = Wire::new(hello("n1"), stranger);
    wire.settle();
    assert!(matches!(
        wire.events[1][..],
        [LinkEvent::Refused(LinkRefusal::Cluster { .. })]
    ));
    assert!(matches!(
        &wire.events[0][..],
        [LinkEvent::RefusedByPeer { reason }] if reason.contains("c2") && reason.contains("c1")
    ));
    for at in 0..2 {
        let refused = wire.post(at, Lane::Control, envelope(1, 1));
        assert_eq!(refused, Err(PostError::Closing));
    }
}

#[test]
fn of_two_ends_that_both_dial_one_goes_on_and_the_other_answers() {
    for _ in 0..8 {
        let security = keys();
        let mut wire = Wire::between(
            end(hello("n1"), Direction::Dialed, &security),
            end(hello("n2"), Direction::Dialed, &security),
        );
        wire.settle();
        let greeted = |at: usize| !wire.events[at].is_empty();
        assert!(greeted(0) ^ greeted(1), "one has answered nothing yet");
        let (answers, dials) = if greeted(0) { (0, 1) } else { (1, 0) };
        wire.links[answers].welcome();
        wire.settle();
        wire.links[dials].welcome();
        wire.settle();
        for at in 0..2 {
            while let Some(event) = wire.links[at].next_event() {
                wire.events[at].push(event);
            }
            assert_eq!(wire.events[at].last(), Some(&LinkEvent::Up));
            wire.events[at].clear();
        }
        assert_eq!(wire.post(0, Lane::Control, envelope(1, 1)), Ok(()));
        wire.settle();
        assert_eq!(wire.arrived(1).len(), 1);
    }
}

#[test]
fn an_end_that_was_dialed_says_nothing_to_strangers() {
    let other_cluster = end(hello("n2"), Direction::Dialed, &keys());
    let mut unprotected = end(hello("n2"), Direction::Dialed, &Security::None);
    let client = Hello {
        role: Role::Client,
        ..hello("c")
    };
    let cases = [
        opening_of(other_cluster),
        opening_of(end(hello("n2"), Direction::Dialed, &Security::None)),
        opening_of(end(client, Direction::Dialed, &keys())),
        b"GET / HTTP/1.1".to_vec(),
        b"RAPTOR\x02an answer that nobody asked for".to_vec(),
        b"RAPTOR".to_vec(),
        vec![0],
    ];
    for bytes in cases {
        for ppid in [GREETING_PPID, record::ppid(1), Ppid(46)] {
            let mut link = end(hello("n1"), Direction::Accepted, &keys());
            link.on_message(LINK_STREAM, ppid, Bytes::from(bytes.clone()));
            assert!(matches!(link.next_event(), Some(LinkEvent::Refused(_))));
            assert_eq!(link.next_event(), None);
            assert!(link.is_drained(), "{bytes:?} was answered");
        }
    }
    // Nor does an end without keys talk to one that has some.
    let mut link = end(hello("n1"), Direction::Accepted, &Security::None);
    let opening = opening_of(end(hello("n2"), Direction::Dialed, &keys()));
    link.on_message(LINK_STREAM, GREETING_PPID, opening.into());
    assert!(link.is_drained());
    assert!(unprotected.next_message(now(), |_| true).is_some());
}

/// What an end says first.
fn opening_of(mut link: Link) -> Vec<u8> {
    let opening = link.next_message(now(), |_| true);
    opening.expect("it has dialed").payload
}

#[test]
fn a_bit_changed_in_an_opening_or_an_answer_ends_it_in_silence() {
    let security = keys();
    let opening = opening_of(end(hello("n2"), Direction::Dialed, &security));
    for at in 0..opening.len() {
        let mut changed = opening.clone();
        changed[at] ^= 1;
        let mut link = end(hello("n1"), Direction::Accepted, &security);
        link.on_message(LINK_STREAM, GREETING_PPID, changed.into());
        assert!(
            matches!(link.next_event(), Some(LinkEvent::Refused(_))),
            "byte {at}"
        );
        assert!(link.is_drained(), "byte {at} was answered");
    }
    let mut dialed = end(hello("n1"), Direction::Dialed, &security);
    let opening = dialed.next_message(now(), |_| true).expect("an opening");
    let mut accepted = end(hello("n2"), Direction::Accepted, &security);
    accepted.on_message(LINK_STREAM, GREETING_PPID, opening.payload.into());
    accepted.welcome();
    let mut answer = accepted
        .next_message(now(), |_| true)
        .expect("an answer")
        .payload;
    let last = answer.len() - 1;
    answer[last] ^= 1;
    dialed.on_message(LINK_STREAM, GREETING_PPID, answer.into());
    assert!(matches!(dialed.next_event(), Some(LinkEvent::Refused(_))));
    assert!(dialed.is_drained());
}
