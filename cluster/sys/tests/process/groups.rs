//! One group: its exit, its signals, its end.

use std::collections::BTreeSet;

use raptor_sys::{Exit, Signal, SignalError};

use crate::stage::{
    children, eventually, in_time, is_alive, is_gone, run, server, shell, start, state,
};

#[tokio::test]
async fn an_exit_is_seen_as_often_as_one_asks_and_then_reaped() {
    let server = server();
    let mut attempt = run(&server, "exit 7").await;
    assert_eq!(attempt.group.exited().await.expect("exits"), Exit::Code(7));
    assert_eq!(attempt.group.exited().await.expect("exits"), Exit::Code(7));
    let pid = attempt.group.pid();
    assert_eq!(state(pid), Some('Z'), "it was seen, not reaped");
    let reaped = attempt.group.reap().await.expect("reaps");
    assert_eq!(reaped.exit, Exit::Code(7));
    assert!(is_gone(pid));
}

#[tokio::test]
async fn waiting_for_an_exit_may_be_given_up() {
    let server = server();
    let mut attempt = run(&server, "exec sleep 1000").await;
    tokio::select! {
        biased;
        exit = attempt.group.exited() => panic!("it sleeps: {exit:?}"),
        () = std::future::ready(()) => {}
    }
    attempt.group.signal(Signal::Kill).expect("signals");
    let exit = attempt.group.exited().await.expect("exits");
    assert_eq!(exit, Exit::Signal(9));
}

#[tokio::test]
async fn the_processor_time_of_an_attempt_is_told() {
    let server = server();
    let script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
    let mut attempt = run(&server, script).await;
    attempt.group.exited().await.expect("exits");
    let reaped = attempt.group.reap().await.expect("reaps");
    assert!(!reaped.cpu.is_zero());
}

#[tokio::test]
async fn grandchildren_die_with_their_group() {
    let server = server();
    let script = "sh -c 'sleep 1000 & echo $! >&3; wait' & echo $! >&3; wait";
    let mut attempt = run(&server, script).await;
    let pids = [attempt.result.pid().await, attempt.result.pid().await];
    assert!(pids.into_iter().all(is_alive));
    attempt.group.signal(Signal::Terminate).expect("signals");
    assert_eq!(
        attempt.group.exited().await.expect("exits"),
        Exit::Signal(15)
    );
    attempt.group.reap().await.expect("reaps");
    assert!(pids.into_iter().all(is_gone), "not even a zombie stays");
}

#[tokio::test]
async fn what_ignores_sigterm_dies_of_sigkill() {
    let server = server();
    // It says when a signal comes, and goes on.
    let script = "trap 'echo told >&3' TERM; echo up >&3; while :; do sleep 1000 & wait; done";
    let mut attempt = run(&server, script).await;
    assert_eq!(attempt.result.line().await, "up");
    attempt.group.signal(Signal::Terminate).expect("signals");
    assert_eq!(attempt.result.line().await, "told");
    attempt.group.signal(Signal::Kill).expect("signals");
    let exit = attempt.group.exited().await.expect("exits");
    assert_eq!(exit, Exit::Signal(9));
}

#[tokio::test]
async fn what_is_stopped_is_ended_by_terminate_and_continue() {
    let server = server();
    let mut attempt = run(&server, "echo up >&3; exec sleep 1000").await;
    attempt.result.line().await;
    let pid = attempt.group.pid();
    attempt.group.signal(Signal::Stop).expect("signals");
    eventually("it is stopped", || state(pid) == Some('T')).await;
    attempt.group.signal(Signal::Terminate).expect("signals");
    assert_eq!(
        state(pid),
        Some('T'),
        "it takes no signal as long as it is stopped"
    );
    attempt.group.signal(Signal::Continue).expect("signals");
    let exit = attempt.group.exited().await.expect("exits");
    assert_eq!(exit, Exit::Signal(15));
}

#[tokio::test]
async fn what_is_stopped_can_be_reaped() {
    let server = server();
    let attempt = run(&server, "exec sleep 1000").await;
    let pid = attempt.group.pid();
    attempt.group.signal(Signal::Stop).expect("signals");
    let reaped = in_time("the reap", attempt.group.reap()).await;
    assert_eq!(reaped.expect("reaps").exit, Exit::Signal(9));
    assert!(is_gone(pid));
}

#[tokio::test]
async fn a_leash_signals_until_the_reaping_begins_and_nobody_after() {
    let server = server();
    let mut attempt = run(&server, "exec sleep 1000").await;
    let leash = attempt.group.leash();
    leash.signal(Signal::Interrupt).expect("signals");
    let exit = attempt.group.exited().await.expect("exits");
    assert_eq!(exit, Exit::Signal(2));
    leash
        .signal(Signal::Kill)
        .expect("its PID is still its own");
    attempt.group.reap().await.expect("reaps");
    let refused = leash.signal(Signal::Kill).expect_err("is cut");
    assert!(matches!(refused, SignalError::Reaped));
}

#[tokio::test]
async fn the_leash_of_a_dropped_group_is_cut_and_nothing_stays() {
    let server = server();
    let mut attempt = run(&server, "sleep 1000 & echo $! >&3; wait").await;
    let (leader, child) = (attempt.group.pid(), attempt.result.pid().await);
    let leash = attempt.group.leash();
    drop(attempt.group);
    let refused = leash.signal(Signal::Kill).expect_err("is cut");
    assert!(matches!(refused, SignalError::Reaped));
    eventually("both are gone", || is_gone(leader) && is_gone(child)).await;
}

#[tokio::test]
async fn a_spawn_that_is_given_up_leaves_nothing() {
    let server = server();
    for _ in 0..20 {
        let (launch, result) = shell("exec sleep 1000");
        {
            let spawn = std::pin::pin!(server.spawn(launch));
            tokio::select! {
                biased;
                _ = spawn => panic!("no answer can have come yet"),
                () = std::future::ready(()) => {}
            }
        }
        // Its end of the pipe closes when it dies.
        assert!(in_time("its end", result.rest()).await.is_empty());
    }
    eventually("all are reaped", || children(server.pid()).is_empty()).await;
}

#[tokio::test]
async fn thirty_two_are_started_at_once() {
    let server = server();
    let mut spawns = tokio::task::JoinSet::new();
    for number in 0..32 {
        let server = server.clone();
        spawns.spawn(async move {
            let script = format!("exit {number}");
            let mut attempt = start(&server, shell(&script)).await.expect("spawns");
            let exit = attempt.group.exited().await.expect("exits");
            attempt.group.reap().await.expect("reaps");
            exit
        });
    }
    let exits = in_time("all exits", spawns.join_all()).await;
    let codes: BTreeSet<i32> = exits
        .into_iter()
        .map(|exit| match exit {
            Exit::Code(code) => code,
            Exit::Signal(signal) => panic!("signal {signal}"),
        })
        .collect();
    assert_eq!(codes, (0..32).collect());
    assert!(children(server.pid()).is_empty());
}

#[tokio::test]
async fn a_marker_in_use_is_refused() {
    let server = server();
    let (launch, _result) = shell("exec sleep 1000");
    let marker = launch.marker.clone();
    let first = server.spawn(launch).await.expect("spawns");
    let (mut launch, _result) = shell("exit 0");
    launch.marker = marker.clone();
    let error = server.spawn(launch).await.expect_err("is taken");
    assert_eq!(
        error.to_string(),
        r#"start "sh": its marker is that of another attempt"#
    );
    first.reap().await.expect("reaps");
    let (mut launch, _result) = shell("exit 0");
    launch.marker = marker;
    server.spawn(launch).await.expect("it is free again");
}
