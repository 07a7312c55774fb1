//! What the members of a flight say to each other.

use super::*;

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
            started: pid.map(|_| Moment::from_micros(8)),
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
    log(None, None, "00 04 00 00");
    log(Some(6), at(AttemptOutcome::Value), "0106 04 0108 01 05 00");
    log(None, at(AttemptOutcome::Fault), "00 04 00 01 05 01");
    log(None, stopped(None), "00 04 00 01 05 02 00");
    log(
        None,
        stopped(Some(Signal::Terminate)),
        "00 04 00 01 05 02 01 00",
    );
    log(
        None,
        stopped(Some(Signal::Continue)),
        "00 04 00 01 05 02 01 01",
    );
    log(None, stopped(Some(Signal::Kill)), "00 04 00 01 05 02 01 02");
    let signal = Some(Signal::Kill);
    let cancelled = at(AttemptOutcome::Cancelled { signal });
    log(None, cancelled, "00 04 00 01 05 03 01 02");
}
