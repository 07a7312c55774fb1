//! How a flight ends for a member.

use super::*;

#[test]
fn a_flight_times_out_at_its_deadline_and_is_closed_when_its_attempts_have_ended() {
    let mut leader = Member::new(0, 1, independent(1));
    leader.on(Event::Begin);
    leader.now = 60_000_000;
    assert_eq!(
        leader.on(Event::Tick),
        [
            Command::Preempt { attempt: a(0, 0) },
            to_all(Report::Ended),
            Command::Settle(Verdict::TimedOut),
        ]
    );
    let commands = leader.on(stopped(a(0, 0)));
    let [_, Command::Close { log }] = &commands[..] else {
        panic!("it closes: {commands:?}")
    };
    let signal = Some(Signal::Terminate);
    assert_eq!(
        log[0].end,
        Some((
            Moment::from_micros(60_000_000),
            AttemptOutcome::Cancelled { signal }
        ))
    );
}

#[test]
fn a_settled_leader_waits_for_the_log_of_everyone_who_is_up() {
    let mut leader = Member::new(0, 2, independent(1));
    leader.on(Event::Begin);
    leader.on(Event::PeerJoined {
        member: MemberIndex(1),
    });
    let commands = leader.on(ended(a(0, 0), "x"));
    assert!(
        !commands
            .iter()
            .any(|command| matches!(command, Command::Close { .. }))
    );
    let commands = leader.hears(1, Report::Logged(vec![]));
    assert!(
        matches!(
            commands[..],
            [Command::Report { .. }, Command::Close { .. }]
        ),
        "{commands:?}"
    );
}
