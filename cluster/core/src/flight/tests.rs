//! One member, step by step. Every command must be accounted for.

mod closing;
mod logs;
mod membership;

use std::sync::Arc;
use std::time::Duration;

use crate::manifest::Manifest;
use crate::outcome::{Ending, FaultKind, Signal};
use crate::{AttemptId, Digest, FlightId, FunctionIndex, MemberIndex, Moment, Value};

use super::{
    AttemptOutcome, AttemptRecord, Audience, Charter, Command, Event, Finding, Flight, Outcome,
    Policy, Report, Verdict,
};

/// A member under test: what it commanded since last asked, notices aside.
struct Member {
    flight: Flight,
    now: u64,
}

impl Member {
    fn new(me: u16, size: u16, manifest: Manifest) -> Self {
        Self::with(me, size, manifest, |_| {})
    }

    fn with(me: u16, size: u16, manifest: Manifest, change: impl FnOnce(&mut Charter)) -> Self {
        let mut charter = Charter {
            flight: FlightId(7),
            me: MemberIndex(me),
            size,
            manifest: Arc::new(manifest),
            policy: Policy::Flight,
            slots: 1,
            deadline: Moment::from_micros(60_000_000),
            join_timeout: Duration::from_secs(2),
            debrief_timeout: Duration::from_secs(1),
        };
        change(&mut charter);
        Self {
            flight: Flight::new(charter),
            now: 0,
        }
    }

    fn on(&mut self, event: Event) -> Vec<Command> {
        self.flight.handle(Moment::from_micros(self.now), event);
        let commands = std::iter::from_fn(|| self.flight.poll_command());
        commands
            .filter(|command| !matches!(command, Command::Notice(_)))
            .collect()
    }

    fn hears(&mut self, from: u16, report: Report) -> Vec<Command> {
        self.on(Event::PeerReported {
            from: MemberIndex(from),
            report,
        })
    }
}

fn f(function: u16) -> FunctionIndex {
    FunctionIndex(function)
}

fn a(member: u16, number: u32) -> AttemptId {
    AttemptId {
        member: MemberIndex(member),
        number,
    }
}

fn value(text: &str) -> Value {
    Value::new(text.to_owned())
}

fn found(attempt: AttemptId, function: u16, inputs: &[&Value], text: &str) -> Report {
    let inputs = inputs.iter().map(|input| input.digest()).collect();
    let outcome = Outcome::Value(value(text));
    Report::Finished(Finding {
        attempt,
        function: f(function),
        inputs,
        outcome,
    })
}

fn failed(attempt: AttemptId, function: u16) -> Report {
    let outcome = Outcome::Fault(FaultKind::Exited(1).into());
    Report::Finished(Finding {
        attempt,
        function: f(function),
        inputs: vec![],
        outcome,
    })
}

fn sealed(attempt: AttemptId, function: u16, text: &str) -> Report {
    let digest: Digest = value(text).digest();
    Report::Sealed {
        function: f(function),
        attempt,
        digest,
    }
}

fn to_all(report: Report) -> Command {
    Command::Report {
        to: Audience::All,
        report,
    }
}

fn launch(attempt: AttemptId, function: u16, inputs: &[&Value]) -> Command {
    let inputs = inputs.iter().map(|input| (*input).clone()).collect();
    Command::Launch {
        attempt,
        function: f(function),
        inputs,
    }
}

fn ended(attempt: AttemptId, text: &str) -> Event {
    Event::AttemptEnded {
        attempt,
        ending: Ending::Value(value(text)),
    }
}

fn faulted(attempt: AttemptId) -> Event {
    Event::AttemptEnded {
        attempt,
        ending: Ending::Fault(FaultKind::Exited(1).into()),
    }
}

fn stopped(attempt: AttemptId) -> Event {
    let signal = Some(Signal::Terminate);
    Event::AttemptEnded {
        attempt,
        ending: Ending::Stopped { signal },
    }
}

fn independent(functions: usize) -> Manifest {
    Manifest::from_depends(&vec![&[][..]; functions])
}

fn chain() -> Manifest {
    Manifest::from_depends(&[&[], &[0]])
}

#[test]
fn members_start_at_the_rows_of_a_latin_square() {
    let starts = |size: u16, functions| -> Vec<usize> {
        let members = (0..size).map(MemberIndex);
        members
            .map(|member| super::rotation(member, size, functions))
            .collect()
    };
    assert_eq!(starts(3, 3), [0, 1, 2]);
    assert_eq!(starts(2, 4), [0, 2]);
    assert_eq!(starts(3, 7), [0, 2, 4]);
    assert_eq!(starts(5, 2), [0, 1, 0, 1, 0]);
}

#[test]
fn a_leader_alone_recruits_nobody_and_lands_with_its_own_values() {
    let mut leader = Member::new(0, 1, chain());
    assert_eq!(leader.on(Event::Begin), [launch(a(0, 0), 0, &[])]);
    assert_eq!(
        leader.on(ended(a(0, 0), "x")),
        [
            to_all(found(a(0, 0), 0, &[], "x")),
            to_all(sealed(a(0, 0), 0, "x")),
            launch(a(0, 1), 1, &[&value("x")]),
        ]
    );
    let commands = leader.on(ended(a(0, 1), "y"));
    assert_eq!(
        commands[..3],
        [
            to_all(found(a(0, 1), 1, &[&value("x")], "y")),
            to_all(sealed(a(0, 1), 1, "y")),
            Command::Settle(Verdict::Landed {
                values: vec![(f(1), value("y"))]
            }),
        ]
    );
    let [_, _, _, closed, Command::Close { log }] = &commands[..] else {
        panic!("a leader alone closes at once: {commands:?}");
    };
    assert_eq!(*closed, to_all(Report::Closed));
    assert!(
        log.iter()
            .all(|record| matches!(record.end, Some((_, AttemptOutcome::Value))))
    );
}

#[test]
fn a_follower_joins_all_and_preempts_what_a_peer_has_finished() {
    let mut follower = Member::new(1, 2, independent(2));
    let join = Command::Join { to: Audience::All };
    assert_eq!(follower.on(Event::Begin), [join, launch(a(1, 0), 1, &[])]);
    assert_eq!(
        follower.hears(0, found(a(0, 3), 1, &[], "x")),
        [
            Command::Preempt { attempt: a(1, 0) },
            launch(a(1, 1), 0, &[])
        ]
    );
}

#[test]
fn an_attempt_that_was_preempted_is_never_believed() {
    let mut follower = Member::new(1, 2, independent(2));
    follower.on(Event::Begin);
    follower.hears(0, found(a(0, 3), 1, &[], "x"));
    assert_eq!(follower.on(ended(a(1, 0), "late")), []);
    assert_eq!(follower.flight.progress().value(f(1)), Some(&value("x")));
}

#[test]
fn the_sealed_value_wins_over_the_first_that_was_heard_and_what_used_the_other_starts_again() {
    let mut follower = Member::new(1, 3, chain());
    follower.on(Event::Begin);
    assert_eq!(
        follower.hears(2, found(a(2, 0), 0, &[], "two")),
        [
            Command::Preempt { attempt: a(1, 0) },
            launch(a(1, 1), 1, &[&value("two")])
        ]
    );
    assert_eq!(follower.hears(0, found(a(0, 0), 0, &[], "zero")), []);
    assert_eq!(
        follower.hears(0, sealed(a(0, 0), 0, "zero")),
        [
            Command::Preempt { attempt: a(1, 1) },
            launch(a(1, 2), 1, &[&value("zero")])
        ]
    );
}

#[test]
fn a_leader_ignores_a_value_that_was_computed_from_one_that_lost() {
    let mut leader = Member::new(0, 2, chain());
    leader.on(Event::Begin);
    leader.on(ended(a(0, 0), "mine"));
    let other = value("theirs");
    assert_eq!(leader.hears(1, found(a(1, 1), 1, &[&other], "void")), []);
    assert!(!leader.flight.progress().is_known(f(1)));
}

#[test]
fn a_leader_accepts_a_value_once_what_it_was_computed_from_is_sealed() {
    let mut leader = Member::new(0, 2, chain());
    leader.on(Event::Begin);
    let first = value("first");
    assert_eq!(leader.hears(1, found(a(1, 1), 1, &[&first], "second")), []);
    let commands = leader.hears(1, found(a(1, 0), 0, &[], "first"));
    assert_eq!(
        commands,
        [
            to_all(sealed(a(1, 0), 0, "first")),
            to_all(sealed(a(1, 1), 1, "second")),
            Command::Preempt { attempt: a(0, 0) },
            Command::Settle(Verdict::Landed {
                values: vec![(f(1), value("second"))]
            }),
        ]
    );
}

#[test]
fn a_function_fails_only_when_every_member_has_used_up_its_attempts() {
    let manifest = independent(1).with_function(f(0), |function| function.retries = 1);
    let mut leader = Member::new(0, 2, manifest);
    leader.on(Event::Begin);
    leader.on(Event::PeerJoined {
        member: MemberIndex(1),
    });
    assert_eq!(
        leader.on(faulted(a(0, 0))),
        [to_all(failed(a(0, 0), 0)), launch(a(0, 1), 0, &[])]
    );
    assert_eq!(leader.on(faulted(a(0, 1))), [to_all(failed(a(0, 1), 0))]);
    assert_eq!(leader.hears(1, failed(a(1, 0), 0)), []);
    let commands = leader.hears(1, failed(a(1, 1), 0));
    let [ended, Command::Settle(Verdict::Failed { function, faults })] = &commands[..] else {
        panic!("it fails: {commands:?}");
    };
    assert_eq!((ended, *function), (&to_all(Report::Ended), f(0)));
    assert_eq!(
        faults.iter().map(|(by, _)| *by).collect::<Vec<_>>(),
        [a(0, 0), a(0, 1), a(1, 0), a(1, 1)]
    );
}

#[test]
fn a_fault_counts_for_failure_only_once_what_it_was_computed_from_is_sealed() {
    let manifest = Manifest::from_depends(&[&[], &[0]]);
    let fork_join = |charter: &mut Charter| charter.policy = Policy::ForkJoin;
    let mut leader = Member::with(0, 2, manifest, fork_join);
    leader.on(Event::Begin);
    leader.on(Event::PeerJoined {
        member: MemberIndex(1),
    });
    let fault = |number, input: &str| {
        Report::Finished(Finding {
            attempt: a(1, number),
            function: f(1),
            inputs: vec![value(input).digest()],
            outcome: Outcome::Fault(FaultKind::Exited(1).into()),
        })
    };
    assert_eq!(leader.hears(1, fault(0, "theirs")), []);
    leader.on(ended(a(0, 0), "mine"));
    assert!(!leader.flight.is_settled());
    leader.hears(1, fault(1, "mine"));
    assert!(leader.flight.is_settled());
}

#[test]
fn only_the_leader_runs_what_is_not_idempotent_and_only_once() {
    let manifest = || {
        independent(1).with_function(f(0), |function| {
            function.idempotent = false;
            function.retries = 3;
        })
    };
    let mut follower = Member::new(1, 2, manifest());
    assert_eq!(
        follower.on(Event::Begin),
        [Command::Join { to: Audience::All }]
    );
    let mut leader = Member::new(0, 2, manifest());
    leader.on(Event::Begin);
    let commands = leader.on(faulted(a(0, 0)));
    assert!(
        matches!(commands[2], Command::Settle(Verdict::Failed { .. })),
        "{commands:?}"
    );
}

#[test]
fn fork_join_runs_each_function_once_on_the_members_in_turn_all_at_once() {
    let fork_join = |charter: &mut Charter| charter.policy = Policy::ForkJoin;
    let mut leader = Member::with(0, 2, independent(4), fork_join);
    let recruit = Command::Recruit {
        member: MemberIndex(1),
    };
    assert_eq!(
        leader.on(Event::Begin),
        [recruit, launch(a(0, 0), 0, &[]), launch(a(0, 1), 2, &[])]
    );
    let commands = leader.on(Event::PeerRefused {
        member: MemberIndex(1),
    });
    assert_eq!(
        commands[1..],
        [launch(a(0, 2), 1, &[]), launch(a(0, 3), 3, &[])]
    );
}

#[test]
fn a_member_runs_as_many_attempts_as_it_has_slots() {
    let mut leader = Member::with(0, 1, independent(3), |charter| charter.slots = 2);
    assert_eq!(
        leader.on(Event::Begin),
        [launch(a(0, 0), 0, &[]), launch(a(0, 1), 1, &[])]
    );
}

#[test]
fn what_a_peer_may_not_say_changes_nothing() {
    let mut follower = Member::new(1, 3, independent(2));
    follower.on(Event::Begin);
    let before = follower.flight.progress().clone();
    for (from, report) in [
        (2, found(a(0, 0), 0, &[], "of another")),
        (2, sealed(a(2, 0), 0, "not the leader")),
        (0, sealed(a(9, 0), 0, "no such member")),
        (2, Report::Closed),
        (0, found(a(0, 0), 9, &[], "no such function")),
        (0, found(a(0, 0), 0, &[&value("x")], "too many inputs")),
        (9, found(a(9, 0), 0, &[], "no such member")),
        (1, found(a(1, 0), 0, &[], "itself")),
    ] {
        assert_eq!(follower.hears(from, report), []);
    }
    assert_eq!(*follower.flight.progress(), before);
}
