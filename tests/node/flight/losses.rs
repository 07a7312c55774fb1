//! Nodes that die in mid-flight.

use raptor_cluster::{Activation, Progress};
use serde_json::{Value, json};

use crate::support::{
    Flown, Process, Trio, action, attempts_of, descendants, gather, in_time, progress, shell, until,
};

/// Says that it is there, and ends when it may.
const PATIENT: &str = "echo $$ >>$1/there; until [ -e $1/go ]; do sleep 0.01; done; echo '{}' >&3";

/// Begins a flight whose members run `PATIENT`, and waits until all three do.
async fn mid_flight(trio: &Trio) -> (Activation, Vec<Process>) {
    let patient: Value = shell(PATIENT, &[trio.stage.path()]);
    let activation = trio.begin(action(&json!({ "f": patient })));
    trio.stage.lines("there", 3).await;
    let flight = activation.id();
    let three = || Some(attempts_of(flight)).filter(|found| found.len() >= 3);
    let attempts = until("an attempt on each of three nodes", three).await;
    (activation, attempts)
}

#[tokio::test]
async fn a_follower_killed_in_mid_flight_costs_nothing() {
    let mut trio = Trio::start().await;
    let (mut activation, attempts) = mid_flight(&trio).await;
    let family = descendants(trio.process(2).pid);
    trio.cluster.kill(2).await.expect("it was there");
    progress(&mut activation, |progress| {
        matches!(progress, Progress::Missing(_))
    })
    .await;
    trio.stage.write("go", "");
    let flown = Flown::of(&mut activation).await;
    assert_eq!(flown.result(), json!({ "f": {} }));
    let killed = trio.cluster.nodes()[2].id();
    let members = &flown.record.members;
    let missing = members.iter().filter(|member| !member.present);
    let missing: Vec<_> = missing.map(|member| &member.node).collect();
    assert_eq!((members.len(), missing), (3, vec![killed]));
    for process in attempts.into_iter().chain(family) {
        process.gone().await;
    }
    // The next flight knows better.
    let next = trio
        .fly(action(&json!({ "f": gather(&trio.stage, "rest", 2) })))
        .await;
    assert_eq!(next.result(), json!({ "f": {} }));
    assert_eq!(next.record.members.len(), 2);
    drop(activation);
    trio.end().await;
}

#[tokio::test]
async fn a_leader_killed_in_mid_flight_is_a_clear_error_and_leaves_nothing() {
    let mut trio = Trio::start().await;
    let (mut activation, attempts) = mid_flight(&trio).await;
    let family = descendants(trio.process(0).pid);
    trio.cluster.kill(0).await.expect("it was there");
    let lost = in_time("the loss of the leader", activation.answer()).await;
    let text = lost.expect_err("nobody else answers").to_string();
    let expected = format!(
        "hear how activation {} ended: node node-a, which led it, is lost: ",
        activation.id()
    );
    assert!(text.starts_with(&expected), "{text}");
    for process in attempts.into_iter().chain(family) {
        process.gone().await;
    }
    // The others go on.
    let client = in_time("a client", trio.cluster.client(1))
        .await
        .expect("node-b is up");
    let quick = action(&json!({ "f": shell("echo '{}' >&3", &[]) }));
    let flown = Flown::of(&mut client.invoke(Trio::invocation(quick))).await;
    assert_eq!(flown.result(), json!({ "f": {} }));
    drop((activation, client));
    trio.end().await;
}
