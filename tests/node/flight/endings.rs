//! Flights that are ended before they land.

use std::time::Duration;

use raptor_cluster::{Activation, Answer, AttemptOutcome, Signal};
use serde_json::json;

use crate::support::{Flown, Process, Trio, action, attempts_of, exec, in_time, until};

/// Begins a flight that does not land, and waits until all three members run something.
async fn begin(trio: &Trio) -> (Activation, Vec<Process>) {
    let activation = trio.begin(action(&json!({ "f": exec("sleep 600") })));
    let flight = activation.id();
    let three = || Some(attempts_of(flight)).filter(|found| found.len() == 3);
    let attempts = until("an attempt on each of three nodes", three).await;
    (activation, attempts)
}

async fn all_gone(attempts: Vec<Process>) {
    for process in attempts {
        process.gone().await;
    }
}

#[tokio::test]
async fn cancelling_preempts_everywhere() {
    let trio = Trio::start().await;
    let (mut activation, attempts) = begin(&trio).await;
    activation.cancel();
    let flown = Flown::of(&mut activation).await;
    assert_eq!(flown.answer, Answer::Cancelled);
    let signal = Some(Signal::Terminate);
    for member in 0..3 {
        let (_, outcome) = flown.attempt_of(member);
        assert_eq!(outcome, AttemptOutcome::Cancelled { signal });
    }
    all_gone(attempts).await;
    drop(activation);
    trio.end().await;
}

#[tokio::test]
async fn dropping_an_activation_cancels_it() {
    let trio = Trio::start().await;
    let (activation, attempts) = begin(&trio).await;
    drop(activation);
    all_gone(attempts).await;
    trio.end().await;
}

#[tokio::test]
async fn a_client_that_goes_cancels_what_it_has_asked_for() {
    let trio = Trio::start().await;
    let client = in_time("a client", trio.cluster.client(0))
        .await
        .expect("the node is up");
    let endless = action(&json!({ "f": exec("sleep 600") }));
    let activation = client.invoke(Trio::invocation(endless));
    let flight = activation.id();
    let three = || Some(attempts_of(flight)).filter(|found| found.len() == 3);
    let attempts = until("an attempt on each of three nodes", three).await;
    // Nobody drops the activation: the node sees that its client has left.
    drop(client);
    all_gone(attempts).await;
    drop(activation);
    trio.end().await;
}

#[tokio::test]
async fn a_flight_ends_when_its_time_is_up() {
    let trio = Trio::start().await;
    let flown = trio
        .fly_with(action(&json!({ "f": exec("sleep 600") })), |invocation| {
            invocation.timeout = Duration::from_millis(500);
        })
        .await;
    assert_eq!(flown.answer, Answer::TimedOut);
    assert!(flown.record.duration >= Duration::from_millis(500));
    let flight = flown.record.activation;
    let none = || attempts_of(flight).is_empty().then_some(());
    until("the end of all processes of a flight", none).await;
    trio.end().await;
}
