use std::time::Duration;

use raptor_core::flight::Policy;
use raptor_core::{AttemptId, MemberIndex, Stream};

use super::*;
use crate::record::{AttemptLine, LogLine};

const FLIGHT: FlightId = FlightId(7);

fn sent(answer: Answer) -> Answer {
    let bytes = fitting(FLIGHT, ActivationEvent::Settled(answer));
    assert!(bytes.len() <= ENVELOPE_BYTES_MAX);
    match wire::decode(&bytes) {
        Ok(Envelope::Settled {
            flight: FLIGHT,
            answer,
        }) => answer,
        other => panic!("that is no answer: {other:?}"),
    }
}

#[test]
fn an_answer_that_fits_is_sent_as_it_is() {
    let answer = Answer::Landed(vec![b'x'; ENVELOPE_BYTES_MAX - 64].into());
    assert!(sent(answer.clone()) == answer);
}

#[test]
fn an_answer_that_no_envelope_holds_is_a_refusal_and_no_silence() {
    match sent(Answer::Landed(vec![b'x'; ENVELOPE_BYTES_MAX].into())) {
        Answer::Refused(why) => assert!(why.starts_with("its answer has 1677"), "{why}"),
        other => panic!("it was sent: {other}"),
    }
}

#[test]
fn a_record_with_logs_that_no_envelope_holds_is_sent_without_them() {
    let line = |text: String| LogLine {
        at_us: 0,
        stream: Stream::Stdout,
        text,
    };
    let attempt = AttemptLine {
        attempt: AttemptId {
            member: MemberIndex(0),
            number: 0,
        },
        function: "f".to_owned(),
        pid: None,
        start_us: 0,
        started_us: None,
        end: None,
        log: vec![line("x".repeat(ENVELOPE_BYTES_MAX))],
    };
    let record = Record {
        activation: FLIGHT,
        policy: Policy::Flight,
        size_wanted: 1,
        flight_slots: 1,
        node_slots: 1,
        duration: Duration::ZERO,
        members: Vec::new(),
        attempts: vec![attempt.clone()],
    };
    let bytes = fitting(FLIGHT, ActivationEvent::Recorded(record));
    let Ok(Envelope::Recorded(record)) = wire::decode(&bytes) else {
        panic!("that is no record");
    };
    let log = Vec::new();
    assert_eq!(record.attempts, [AttemptLine { log, ..attempt }]);
}
