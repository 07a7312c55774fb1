//! Golden bytes: version 1 never changes.

use std::time::Duration;

use bytes::Bytes;
use raptor_core::flight::{AttemptOutcome, AttemptRecord, Finding, Outcome, Policy, Report};
use raptor_core::membership::{Load, LoadReport};
use raptor_core::supervision::Fellow;
use raptor_core::{
    AttemptId, Digest, Fault, FaultKind, FlightId, FunctionIndex, Incarnation, MemberIndex, Moment,
    NodeRecord, Signal, Stream, Value,
};

use crate::answer::{Answer, MemberFault, Progress};
use crate::envelope::{BundleRef, Envelope, Invoke, News, Recruit, Seat};
use crate::link::{ENVELOPE_BYTES_MAX, VERSIONS};
use crate::record::{AttemptLine, LogLine, MemberRecord, Record};
use crate::surroundings::Surroundings;
use crate::wire::{DecodeError, decode, decode_bundle, encode, encode_bundle};

mod administration;
mod clients;
mod gossip;
mod hostile;
mod mail;
mod members;
mod nodes;
mod round_trip;

const FLIGHT: FlightId = FlightId(7);
const MEMBER: MemberIndex = MemberIndex(2);
const FUNCTION: FunctionIndex = FunctionIndex(3);
const ATTEMPT: AttemptId = AttemptId {
    member: MEMBER,
    number: 9,
};

fn digest() -> Digest {
    Digest::from_bytes([0xd1; 32])
}

fn d1() -> String {
    "d1".repeat(32)
}

/// An envelope has exactly these bytes, given in hexadecimal digits, and they are it.
fn golden(envelope: &Envelope, hex: &str) {
    let bytes = encode(envelope);
    let found: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex: String = hex.split_whitespace().collect();
    assert_eq!(found, hex, "version 1 has changed: {envelope:?}");
    assert_eq!(&decode(&bytes).expect("it was encoded here"), envelope);
}

fn node_record(name: &str) -> NodeRecord {
    NodeRecord {
        node: name.parse().expect("a name"),
        zone: "z".parse().expect("a name"),
        incarnation: Incarnation(5),
    }
}

fn bundle_ref(inline: Option<&'static [u8]>) -> BundleRef {
    BundleRef {
        digest: digest(),
        inline: inline.map(Bytes::from_static),
    }
}

fn surroundings() -> Surroundings {
    let pair = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    Surroundings {
        context: pair("k", "c"),
        env: pair("e", "t"),
    }
}

fn invoke() -> Invoke {
    Invoke {
        flight: FLIGHT,
        bundle: bundle_ref(Some(b"code")),
        params: Bytes::from_static(b"{}"),
        surroundings: surroundings(),
        size: Some(4),
        policy: Policy::Flight,
        timeout: Duration::from_micros(6),
        watch: true,
    }
}

fn recruit() -> Recruit {
    Recruit {
        flight: FLIGHT,
        member: MEMBER,
        size: 3,
        seats: vec![Seat {
            member: MemberIndex(0),
            record: node_record("n"),
        }],
        bundle: bundle_ref(None),
        params: Bytes::from_static(b"{}"),
        surroundings: surroundings(),
        policy: Policy::Flight,
        remaining: Duration::from_micros(6),
    }
}

const fn load_report() -> LoadReport {
    LoadReport {
        number: 300,
        load: Load {
            flights: 1,
            weight: 2,
            slots: 3,
            is_draining: true,
        },
    }
}

fn record() -> Record {
    Record {
        activation: FLIGHT,
        policy: Policy::ForkJoin,
        size_wanted: 3,
        flight_slots: 2,
        node_slots: 4,
        duration: Duration::from_micros(8),
        members: vec![MemberRecord {
            index: MEMBER,
            node: "n".parse().expect("a name"),
            zone: "z".parse().expect("a name"),
            rotation: 1,
            present: true,
        }],
        attempts: vec![AttemptLine {
            attempt: ATTEMPT,
            function: "f".to_owned(),
            pid: Some(6),
            start_us: -1,
            started_us: Some(0),
            end: Some((2, AttemptOutcome::Value)),
            log: vec![LogLine {
                at_us: 1,
                stream: Stream::Stdout,
                text: "o".to_owned(),
            }],
        }],
    }
}

#[test]
fn the_one_version_that_is_spoken_is_the_one_that_is_written() {
    assert_eq!((VERSIONS.min(), VERSIONS.max()), (1, 1));
}

#[test]
fn the_bytes_of_a_bundle() {
    let contents = crate::bundle::Contents {
        manifest: "{}".to_owned(),
        is_single: false,
        files: vec![crate::bundle::File {
            path: "a/b".to_owned(),
            executable: true,
            content: Bytes::from_static(b"x"),
        }],
    };
    let bytes = encode_bundle(&contents);
    let golden = b"\x01\x02{}\x01\x03a/b\x01\x01x";
    assert_eq!(bytes, golden[..], "version 1 has changed");
    assert_eq!(decode_bundle(&bytes).expect("a bundle"), contents);
    let single = crate::bundle::Contents {
        is_single: true,
        ..contents
    };
    let bytes = encode_bundle(&single);
    let golden = b"\x02\x02{}\x01\x03a/b\x01\x01x";
    assert_eq!(bytes, golden[..], "version 2 has changed");
    assert_eq!(decode_bundle(&bytes).expect("a bundle"), single);
}
