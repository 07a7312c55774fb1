//! What the end of the winner means for the others.

use raptor_cluster::{Activation, AttemptOutcome, MemberIndex, Progress, Signal};
use serde_json::json;

use crate::support::{Flown, Process, Trio, action, attempts_of, progress, shell, until};

/// Member 0 says that it is there, and stays; the others are done when they may.
const SLOW_LEADER: &str = "if [ $RAPTOR_MEMBER = 0 ]; then echo $$ >$1/slow; exec sleep 600; fi; \
                           until [ -e $1/go ]; do sleep 0.01; done; echo '{}' >&3";

/// The same, but member 0 ignores SIGTERM, and so does the sleep that it starts.
const STUBBORN_LEADER: &str = "if [ $RAPTOR_MEMBER = 0 ]; then trap '' TERM; echo $$ >$1/slow; sleep 600; exit; fi; \
     until [ -e $1/go ]; do sleep 0.01; done; echo '{}' >&3";

#[tokio::test]
async fn the_attempt_of_the_slow_member_is_gone_soon_after_the_winner() {
    let trio = Trio::start().await;
    let race = action(&json!({ "f": shell(SLOW_LEADER, &[trio.stage.path()]) }));
    let mut activation = trio.begin(race);
    let slow = slow(&trio, &mut activation).await;
    let flown = Flown::of(&mut activation).await;
    assert_eq!(flown.result(), json!({ "f": {} }));
    let (line, outcome) = flown.attempt_of(0);
    let signal = Some(Signal::Terminate);
    assert_eq!(outcome, AttemptOutcome::Preempted { signal });
    assert_eq!(line.pid, Some(slow.pid));
    slow.gone().await;
    trio.end().await;
}

#[tokio::test]
async fn what_ignores_sigterm_is_killed_after_the_grace() {
    let trio = Trio::start().await;
    let race = action(&json!({ "f": shell(STUBBORN_LEADER, &[trio.stage.path()]) }));
    let mut activation = trio.begin(race);
    let slow = slow(&trio, &mut activation).await;
    let flown = Flown::of(&mut activation).await;
    assert_eq!(flown.result(), json!({ "f": {} }));
    let (_, outcome) = flown.attempt_of(0);
    let signal = Some(Signal::Kill);
    assert_eq!(outcome, AttemptOutcome::Preempted { signal });
    slow.gone().await;
    none_left(&flown).await;
    trio.end().await;
}

#[tokio::test]
async fn a_daemon_that_a_function_started_goes_with_it() {
    let trio = Trio::start().await;
    let hang = json!({ "depends": [], "exec": ["raptor", "fn", "hang", "--setsid-child"] });
    let mut activation = trio.begin(action(&json!({ "f": hang })));
    let flight = activation.id();
    let all = until("three functions, each with its daemon", || {
        let all = attempts_of(flight);
        let daemons = all
            .iter()
            .filter(|process| is_daemon(process, &all))
            .count();
        (all.len() == 6 && daemons == 3).then_some(all)
    })
    .await;
    activation.cancel();
    let flown = Flown::of(&mut activation).await;
    let signal = Some(Signal::Kill);
    for member in 0..3 {
        let (_, outcome) = flown.attempt_of(member);
        assert_eq!(outcome, AttemptOutcome::Cancelled { signal });
    }
    for process in all {
        process.gone().await;
    }
    trio.end().await;
}

/// Whether a process has left the group and the session in which an attempt begins.
fn is_daemon(process: &Process, all: &[Process]) -> bool {
    process.leads_session() && all.iter().any(|other| process.is_child_of(*other))
}

/// The process of member 0, as soon as it and its leader say that it is there. Then the others may
/// go on.
async fn slow(trio: &Trio, activation: &mut Activation) -> Process {
    let of_leader = Progress::Started(MemberIndex::LEADER, 0);
    progress(activation, |progress| progress == of_leader).await;
    let pid = trio.stage.lines("slow", 1).await.remove(0);
    let pid = pid.parse().expect("it is a PID");
    let slow = Process::find(pid).expect("it stays until it is preempted");
    trio.stage.write("go", "");
    slow
}

/// Waits until no process of a flight is left, not even what its functions started.
async fn none_left(flown: &Flown) {
    let flight = flown.record.activation;
    let none = || attempts_of(flight).is_empty().then_some(());
    until("the end of all processes of a flight", none).await;
}
