use super::*;

fn order() -> Order {
    Order {
        target: Target::Paths(vec![c"/bin/x".to_owned()]),
        argv: vec![c"x".to_owned(), c"".to_owned()],
        env: vec![c"A=\xff".to_owned()],
        dir: c"/".to_owned(),
        marker: b"m".to_vec(),
        nice: -3,
        memory_bytes_max: Some(u64::MAX),
        credentials: Some(Credentials::NOBODY),
    }
}

#[test]
fn a_request_is_what_it_was_when_it_arrives() {
    let request = Request::Launch {
        ticket: u64::MAX,
        order: order(),
    };
    assert_eq!(decode::<Request>(&encode(&request)), request);
}

#[test]
fn the_longest_answers_fit_into_their_bound() {
    let (ticket, leader, exit) = (u64::MAX, i32::MAX, Exit::Signal(i32::MIN));
    let errno = i32::MIN;
    let step = Step::Execute;
    let refusal = Refusal::Failed { step, errno };
    let cpu = Duration::MAX;
    for answer in [
        Answer::Ready,
        Answer::Launched { ticket, leader },
        Answer::Refused { ticket, refusal },
        Answer::Exited { leader, exit },
        Answer::Reaped { leader, exit, cpu },
    ] {
        let bytes = encode(&answer);
        assert!(bytes.len() <= ANSWER_BYTES_MAX, "{answer:?}");
        assert_eq!(decode::<Answer>(&bytes), answer);
    }
}

#[test]
#[should_panic(expected = "hold a message of")]
fn what_follows_a_message_is_a_bug() {
    let mut bytes = encode(&Answer::Ready);
    bytes.push(0);
    decode::<Answer>(&bytes);
}

#[test]
fn every_step_has_its_number() {
    for number in 0..=Step::Execute as u8 {
        assert_eq!(Step::from_number(number) as u8, number);
    }
}
