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
mod gossip;
mod hostile;
mod mail;
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

fn news(news: News, hex: &str) {
    let from = MEMBER;
    let flight = FLIGHT;
    // 07: Flight; then the flight and the member.
    golden(
        &Envelope::Flight { flight, from, news },
        &format!("07 07 02 {hex}"),
    );
}

fn report(report: Report, hex: &str) {
    // 02: Report.
    news(News::Report(report), &format!("02 {hex}"));
}

fn fault(kind: FaultKind, hex: &str) {
    let finding = Finding {
        attempt: ATTEMPT,
        function: FUNCTION,
        inputs: vec![],
        outcome: Outcome::Fault(Fault::new(kind, "log")),
    };
    // 01: Finished; then the attempt, the function, no inputs, 01: Fault.
    let hex = format!("01 0209 03 00 01 {hex} 036c6f67");
    report(Report::Finished(finding), &hex);
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
fn what_clients_ask() {
    golden(
        &Envelope::Invoke(Box::new(invoke())),
        &format!(
            "00 07 {} 01 04636f6465 027b7d 01 016b0163 01 01650174 0104 00 06 01",
            d1()
        ),
    );
    let bare = Invoke {
        bundle: bundle_ref(None),
        surroundings: Surroundings::default(),
        size: None,
        policy: Policy::ForkJoin,
        watch: false,
        ..invoke()
    };
    golden(
        &Envelope::Invoke(Box::new(bare)),
        &format!("00 07 {} 00 027b7d 00 00 00 01 06 00", d1()),
    );
    golden(&Envelope::Cancel { flight: FLIGHT }, "01 07");
}

#[test]
fn what_clients_are_told_on_the_way() {
    let tell = |progress, hex: &str| {
        let flight = FLIGHT;
        golden(
            &Envelope::Progress { flight, progress },
            &format!("02 07 {hex}"),
        );
    };
    tell(Progress::Joined(MEMBER), "00 02");
    tell(Progress::Missing(MEMBER), "01 02");
    tell(Progress::Started(MEMBER, 3), "02 02 03");
    tell(Progress::Won(MEMBER, 3), "03 02 03");
    tell(Progress::Failed(MEMBER, 3), "04 02 03");
}

#[test]
fn what_clients_are_told_at_the_end() {
    let tell = |answer, hex: &str| {
        let flight = FLIGHT;
        golden(
            &Envelope::Settled { flight, answer },
            &format!("03 07 {hex}"),
        );
    };
    tell(Answer::Landed(Bytes::from_static(b"{}")), "00 027b7d");
    let faults = vec![MemberFault {
        attempt: ATTEMPT,
        node: "n".parse().expect("a name"),
        fault: Fault::new(FaultKind::Exited(1), "log"),
    }];
    let function = "f".to_owned();
    tell(
        Answer::Failed { function, faults },
        "01 0166 01 0209 016e 00 02 036c6f67",
    );
    tell(Answer::TimedOut, "02");
    tell(Answer::Cancelled, "03");
    tell(Answer::Refused("why".to_owned()), "04 03776879");
    golden(
        &Envelope::Recorded(Box::new(record())),
        "04 07 01 03 08 01 02 016e 017a 01 01 01 0209 0166 0106 01 01 04 00 01 02 00 016f",
    );
}

#[test]
fn what_nodes_ask_of_each_other() {
    let recruit = Recruit {
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
    };
    golden(
        &Envelope::Recruit(Box::new(recruit)),
        &format!(
            "05 07 02 03 01 00 016e 017a 05 {} 00 027b7d 01 016b0163 01 01650174 00 06",
            d1()
        ),
    );
    let (flight, member) = (FLIGHT, MEMBER);
    let why = "why".to_owned();
    golden(
        &Envelope::Decline {
            flight,
            member,
            why,
        },
        "06 07 02 03776879",
    );
    golden(&Envelope::Gone { flight }, "08 07");
    golden(
        &Envelope::BundleWanted { digest: digest() },
        &format!("09 {}", d1()),
    );
    let body = Bytes::from_static(b"code");
    golden(&Envelope::Bundle { body: body.clone() }, "0a 04636f6465");
    let part = Envelope::BundlePart {
        digest: digest(),
        total: 9,
        offset: 4,
        body,
    };
    golden(&part, &format!("0e {} 09 04 04636f6465", d1()));
    let wanted = Envelope::BundlePartWanted {
        digest: digest(),
        offset: 4,
    };
    golden(&wanted, &format!("0f {} 04", d1()));
    let packet = Bytes::from_static(b"p");
    let report = load_report();
    golden(
        &Envelope::Gossip { report, packet },
        "0b fb2c01 01 02 03 01 0170",
    );
}

#[test]
fn what_a_leader_tells_those_who_came_by_themselves() {
    let fellow = |address: &str| Fellow {
        member: MEMBER,
        record: node_record("n"),
        address: address.parse().expect("an address"),
    };
    let tell = |address, hex: &str| {
        let (flight, fellows) = (FLIGHT, vec![fellow(address)]);
        let hex = format!("10 07 01 02 016e 017a 05 {hex}");
        golden(&Envelope::Roster { flight, fellows }, &hex);
    };
    tell("127.0.0.1:6", "00 7f000001 06");
    tell("[::1]:6", "01 00000000000000000000000000000001 06");
}

#[test]
fn what_members_say_to_each_other() {
    news(News::Join("n".parse().expect("a name")), "00 016e");
    news(News::Welcome(vec![Report::Ended]), "01 01 04");
    let (attempt, function) = (ATTEMPT, FUNCTION);
    report(
        Report::Started {
            attempt,
            function,
            pid: 6,
        },
        "00 0209 03 06",
    );
    report(
        Report::Sealed {
            function,
            attempt,
            digest: digest(),
        },
        &format!("02 03 0209 {}", d1()),
    );
    report(Report::Out { member: MEMBER }, "03 02");
    report(Report::Ended, "04");
    report(Report::Closed, "06");
}

#[test]
fn how_attempts_ended() {
    let outcome = Outcome::Value(Value::new(&b"{}"[..]));
    let finding = Finding {
        attempt: ATTEMPT,
        function: FUNCTION,
        inputs: vec![digest()],
        outcome,
    };
    report(
        Report::Finished(finding),
        &format!("01 0209 03 01 {} 00 027b7d", d1()),
    );
    let text = || "why".to_owned();
    fault(FaultKind::Exited(-1), "00 01");
    fault(FaultKind::Signalled(9), "01 12");
    fault(FaultKind::TimedOut(Duration::from_micros(6)), "02 06");
    fault(FaultKind::Invalid(text()), "03 03776879");
    fault(FaultKind::Application(Value::new(&b"{}"[..])), "04 027b7d");
    fault(FaultKind::NotStarted(text()), "05 03776879");
    fault(FaultKind::Lost(text()), "06 03776879");
    fault(FaultKind::Busy, "07");
    fault(FaultKind::Oversized { bytes_max: 6 }, "08 06");
}

#[test]
fn the_log_of_a_member() {
    let log = |pid, end, hex: &str| {
        let line = raptor_core::LogLine {
            at: Moment::from_micros(7),
            stream: Stream::Stderr,
            text: "e".to_owned(),
        };
        let record = AttemptRecord {
            attempt: ATTEMPT,
            function: FUNCTION,
            pid,
            launched: Moment::from_micros(4),
            end,
            log: vec![line],
        };
        report(
            Report::Logged(vec![record]),
            &format!("05 01 0209 03 {hex} 01 07 01 0165"),
        );
    };
    let at = |outcome| Some((Moment::from_micros(5), outcome));
    let stopped = |signal| at(AttemptOutcome::Preempted { signal });
    log(None, None, "00 04 00");
    log(Some(6), at(AttemptOutcome::Value), "0106 04 01 05 00");
    log(None, at(AttemptOutcome::Fault), "00 04 01 05 01");
    log(None, stopped(None), "00 04 01 05 02 00");
    log(
        None,
        stopped(Some(Signal::Terminate)),
        "00 04 01 05 02 01 00",
    );
    log(
        None,
        stopped(Some(Signal::Continue)),
        "00 04 01 05 02 01 01",
    );
    log(None, stopped(Some(Signal::Kill)), "00 04 01 05 02 01 02");
    let signal = Some(Signal::Kill);
    let cancelled = at(AttemptOutcome::Cancelled { signal });
    log(None, cancelled, "00 04 01 05 03 01 02");
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
