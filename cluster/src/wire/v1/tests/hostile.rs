//! What is no message is refused, whatever it is.

use super::*;

/// One of each kind of envelope that has parts.
fn envelopes() -> Vec<Envelope> {
    let recruit = Recruit {
        bundle: bundle_ref(Some(b"code")),
        remaining: Duration::from_micros(600),
        ..recruit()
    };
    let finding = Finding {
        attempt: ATTEMPT,
        function: FUNCTION,
        inputs: vec![digest()],
        outcome: Outcome::Value(Value::new(&b"{}"[..])),
    };
    let (flight, from) = (FLIGHT, MEMBER);
    let news = News::Welcome(vec![Report::Finished(finding), Report::Ended]);
    vec![
        Envelope::Invoke(Box::new(invoke())),
        Envelope::Recorded(Box::new(record())),
        Envelope::Recruit(Box::new(recruit)),
        Envelope::Flight { flight, from, news },
        Envelope::BundleWanted { digest: digest() },
        Envelope::Roster {
            flight,
            fellows: vec![Fellow {
                member: MEMBER,
                record: node_record("n"),
                address: "[::1]:6".parse().expect("an address"),
            }],
        },
        Envelope::Gossip {
            report: load_report(),
            packet: Bytes::from_static(b"p"),
        },
    ]
}

#[test]
fn an_envelope_cut_short_anywhere_is_refused() {
    for envelope in envelopes() {
        let bytes = encode(&envelope);
        for length in 0..bytes.len() {
            let cut = bytes.slice(..length);
            let refused = decode(&cut).expect_err("it is not whole");
            assert!(matches!(refused, DecodeError::Malformed(_)), "{refused}");
        }
    }
}

#[test]
fn bytes_after_an_envelope_are_refused() {
    for envelope in envelopes() {
        let longer = [&encode(&envelope)[..], &[0]].concat();
        let refused = decode(&longer.into()).expect_err("it goes on");
        assert!(matches!(refused, DecodeError::Trailing(1)), "{refused}");
    }
}

#[test]
fn random_bytes_are_refused_or_are_an_envelope_that_can_be_sent_on() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // Xorshift (Marsaglia 2003): the same bytes in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..200_000 {
        let length = next() % 64;
        let kind = (next() % 16) as u8;
        let rest = (0..length).map(|_| (next() >> 32) as u8);
        let bytes: Bytes = std::iter::once(kind).chain(rest).collect();
        if let Ok(envelope) = decode(&bytes) {
            let again = encode(&envelope);
            assert_eq!(decode(&again).expect("it was encoded here"), envelope);
        }
        let _ = decode_bundle(&bytes);
    }
}

#[test]
fn a_length_beyond_the_message_is_refused_before_anything_is_made_for_it() {
    let lengths: [&[u8]; 3] = [
        // Four bytes of length, eight of them, sixteen.
        &[0xfc, 0xff, 0xff, 0xff, 0xff],
        &[0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0xfc, 0x00, 0x00, 0x00, 0x40],
    ];
    // A bundle's body; a log of records; a welcome of reports; the inputs of a finding.
    let places: [&[u8]; 4] = [
        &[0x0a],
        &[0x07, 7, 2, 2, 5],
        &[0x07, 7, 2, 1],
        &[0x07, 7, 2, 2, 1, 2, 9, 3],
    ];
    for place in places {
        for length in lengths {
            let bytes = [place, length].concat();
            let refused = decode(&bytes.into()).expect_err("nothing is that long");
            assert!(matches!(refused, DecodeError::Malformed(_)), "{refused}");
        }
    }
}

#[test]
fn a_length_within_the_limit_costs_no_more_than_the_limit() {
    // As many records as the limit lets a message claim; none of them is there.
    let count = u32::try_from(ENVELOPE_BYTES_MAX / 64).expect("it fits");
    let mut bytes = vec![0x07, 7, 2, 2, 5, 0xfc];
    bytes.extend(count.to_le_bytes());
    decode(&bytes.into()).expect_err("it is not whole");
}

#[test]
fn names_that_are_none_are_refused() {
    // A join from a node called "", and from one called "a b".
    for name in [&b"\x00"[..], b"\x03a b"] {
        let bytes = [&[0x07, 7, 2, 0], name].concat();
        let refused = decode(&bytes.into()).expect_err("that is no name");
        assert!(matches!(refused, DecodeError::Invalid(_)), "{refused}");
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let bytes = [&[0x06, 7, 2, 2][..], b"\xff\xfe"].concat();
    let refused = decode(&bytes.into()).expect_err("that is no text");
    assert!(matches!(refused, DecodeError::Malformed(_)), "{refused}");
}

#[test]
fn a_recruit_that_is_no_follower_of_its_flight_is_refused() {
    for (member, size) in [(0, 3), (3, 3), (9, 3)] {
        let bytes = [&[0x05, 7, member, size, 0][..], &[0xd1; 32], &[0; 6]].concat();
        let refused = decode(&bytes.into()).expect_err("it does not follow");
        assert!(matches!(refused, DecodeError::Invalid(_)), "{refused}");
    }
}

#[test]
fn a_bundle_of_another_version_is_refused() {
    let bytes = Bytes::from_static(b"\x03\x02{}\x00");
    let refused = decode_bundle(&bytes).expect_err("version 3");
    assert!(matches!(refused, DecodeError::Version(3)), "{refused}");
}
