use super::*;

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
