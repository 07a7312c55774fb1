use raptor_core::flight::Finding;
use raptor_core::{AttemptId, Fault, FunctionIndex, Value};

use super::*;
use crate::config::VALUE_BYTES_MAX;
use crate::link::ENVELOPE_BYTES_MAX;
use crate::wire;

fn finished(number: u32, outcome: Outcome) -> Report {
    Report::Finished(Finding {
        attempt: AttemptId {
            member: MemberIndex(1),
            number,
        },
        function: FunctionIndex(0),
        inputs: vec![Digest::of(b"?"); 3],
        outcome,
    })
}

fn value(bytes: usize) -> Outcome {
    Outcome::Value(Value::new(vec![b'x'; bytes]))
}

fn reports(parts: &[News]) -> Vec<Report> {
    let reports = parts.iter().flat_map(|part| match part {
        News::Welcome(reports) => reports.clone(),
        News::Join(_) | News::Report(_) => panic!("a welcome's parts are welcomes"),
    });
    reports.collect()
}

fn is_sent(news: News) -> bool {
    let (flight, from) = (FlightId(u128::MAX), MemberIndex(u16::MAX));
    let bytes = wire::encode(&Envelope::Flight { flight, from, news });
    bytes.len() <= ENVELOPE_BYTES_MAX
}

#[test]
fn a_welcome_of_long_values_is_told_in_parts_that_can_be_sent() {
    let fault = Fault::new(
        FaultKind::Application(Value::new(vec![b'x'; VALUE_BYTES_MAX])),
        "l".repeat(5_000),
    );
    let all = vec![
        finished(0, value(VALUE_BYTES_MAX)),
        Report::Ended,
        finished(1, value(1)),
        finished(2, Outcome::Fault(fault)),
        finished(3, value(VALUE_BYTES_MAX)),
    ];
    let parts = News::Welcome(all.clone()).parts();
    assert_eq!(reports(&parts), all, "nothing is lost, and the order stays");
    assert!(parts.len() > 1);
    assert!(parts.into_iter().all(is_sent));
}

#[test]
fn a_short_welcome_is_one_part_and_so_are_other_news() {
    let welcome = News::Welcome(vec![Report::Ended, finished(0, value(9))]);
    assert_eq!(welcome.clone().parts(), [welcome]);
    let report = News::Report(finished(0, value(VALUE_BYTES_MAX)));
    assert_eq!(report.clone().parts(), [report]);
}
