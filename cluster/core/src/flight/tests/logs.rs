//! What becomes of what the functions wrote.

use super::*;
use crate::{FOLLOWER_LOG_BYTES_MAX, LogLine, MEMBER_LOG_BYTES_MAX, Stream};

fn lines(text: &str) -> Vec<LogLine> {
    vec![LogLine {
        at: Moment::from_micros(3),
        stream: Stream::Stdout,
        text: text.to_owned(),
    }]
}

fn wrote(attempt: AttemptId, text: &str) -> Event {
    let log = lines(text);
    Event::AttemptWrote { attempt, log }
}

fn logged(commands: &[Command]) -> Vec<AttemptRecord> {
    let mut logs = commands.iter().filter_map(|command| match command {
        Command::Report {
            report: Report::Logged(records),
            ..
        } => Some(records.clone()),
        _ => None,
    });
    logs.next().expect("it logs")
}

/// A follower that has made these attempts of three functions, and ends with the flight.
fn follower(events: Vec<Event>) -> Vec<AttemptRecord> {
    let mut member = Member::with(1, 2, independent(3), |charter| charter.slots = 3);
    member.on(Event::Begin);
    for event in events {
        member.on(event);
    }
    logged(&member.hears(0, Report::Ended))
}

#[test]
fn the_logs_of_attempts_that_ended_by_themselves_travel() {
    let records = follower(vec![
        wrote(a(1, 0), "zero"),
        ended(a(1, 0), "{}"),
        wrote(a(1, 1), "one"),
        faulted(a(1, 1)),
        ended(a(1, 2), "{}"),
    ]);
    let logs: Vec<_> = records.into_iter().map(|record| record.log).collect();
    assert_eq!(logs, [lines("zero"), lines("one"), vec![]]);
}

#[test]
fn the_log_of_an_attempt_that_was_preempted_does_not() {
    let mut member = Member::new(1, 2, independent(1));
    member.on(Event::Begin);
    member.hears(0, found(a(0, 0), 0, &[], "{}"));
    member.on(wrote(a(1, 0), "late"));
    member.on(ended(a(1, 0), "{}"));
    let records = logged(&member.hears(0, sealed(a(0, 0), 0, "{}")));
    let own: Vec<_> = records.iter().map(|record| &record.log[..]).collect();
    assert_eq!(own, [&[][..]]);
}

#[test]
fn a_member_keeps_only_so_much() {
    let long = "x".repeat(MEMBER_LOG_BYTES_MAX - 100);
    let records = follower(vec![
        wrote(a(1, 0), &long),
        ended(a(1, 0), "{}"),
        wrote(a(1, 1), &long),
        ended(a(1, 1), "{}"),
        ended(a(1, 2), "{}"),
    ]);
    assert_eq!(records[0].log, lines(&long));
    assert_eq!(records[1].log.len(), 1);
    assert!(records[1].log[0].text.starts_with("(the rest is left out"));
}

#[test]
fn a_leader_keeps_only_so_much_of_its_followers() {
    let size = 4;
    let mut leader = Member::new(0, size, independent(1));
    leader.on(Event::Begin);
    for peer in 1..size {
        leader.on(Event::PeerJoined {
            member: MemberIndex(peer),
        });
    }
    leader.on(Event::Cancelled);
    leader.on(stopped(a(0, 0)));
    let long = "x".repeat(FOLLOWER_LOG_BYTES_MAX / 2 - 100);
    let mut last = Vec::new();
    for peer in 1..size {
        let attempt = a(peer, 0);
        let record = AttemptRecord {
            attempt,
            function: f(0),
            pid: None,
            launched: Moment::from_micros(u64::from(peer)),
            started: None,
            end: None,
            log: lines(&long),
        };
        last = leader.hears(peer, Report::Logged(vec![record]));
    }
    let Some(Command::Close { log }) = last.last() else {
        panic!("it does not close: {last:?}");
    };
    let kept: Vec<_> = log
        .iter()
        .map(|record| record.log == lines(&long))
        .collect();
    assert_eq!(
        kept,
        [false, true, true, false],
        "of its own attempt, and the others'"
    );
}
