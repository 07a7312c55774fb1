//! When node or server die, or just end.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal as Raw, kill};
use nix::unistd::Pid;
use raptor_sys::{ExitedError, ReapError, Signal, SignalError, SpawnError, StartError};

use crate::roles;
use crate::stage::{eventually, in_time, is_alive, is_gone, run, server, shell};
use crate::sweeping::ESCAPES;

/// Another process in one of this program's roles.
fn process(role: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(roles::argv0(role)).stdout(Stdio::piped());
    command
}

/// The PIDs that it prints, up to an empty line.
fn pids(process: &mut Child) -> Vec<i32> {
    let lines = BufReader::new(process.stdout.take().expect("is piped")).lines();
    let lines = lines.map(|line| line.expect("prints"));
    let pids = lines.take_while(|line| !line.is_empty());
    pids.map(|line| line.parse().expect("a PID")).collect()
}

#[tokio::test]
async fn nothing_of_a_node_stays_after_kill_9() {
    let mut node = process("node").spawn().expect("spawns");
    let pids = pids(&mut node);
    assert_eq!(
        pids.len(),
        1 + 2 * ESCAPES.len(),
        "the server, leaders, and what escaped"
    );
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    node.kill().expect("kills");
    node.wait().expect("reaps");
    // Whoever adopts the server reaps it, when it likes.
    eventually("all are gone", || !pids.iter().any(|pid| is_alive(*pid))).await;
}

#[tokio::test]
async fn nothing_of_a_node_stays_that_was_frozen_before_kill_9() {
    let mut node = process("node").spawn().expect("spawns");
    let pids = pids(&mut node);
    let own = i32::try_from(node.id()).expect("a PID");
    for pid in pids.iter().chain([&own]) {
        kill(Pid::from_raw(*pid), Raw::SIGSTOP).expect("stops");
    }
    node.kill().expect("kills");
    node.wait().expect("reaps");
    eventually("all are gone", || !pids.iter().any(|pid| is_alive(*pid))).await;
}

#[tokio::test]
async fn nothing_of_a_node_stays_after_its_end() {
    let mut node = process("node").arg("end").spawn().expect("spawns");
    let pids = pids(&mut node);
    assert!(node.wait().expect("ends").success());
    eventually("all are gone", || !pids.iter().any(|pid| is_alive(*pid))).await;
}

#[tokio::test]
async fn the_server_ends_with_its_last_handle_and_takes_all_along() {
    let server = server();
    let mut attempt = run(&server, ESCAPES[0]).await;
    let pids = [attempt.group.pid(), attempt.result.pid().await];
    let pid = i32::try_from(server.pid()).expect("a PID");
    let other = server.clone();
    drop(server);
    run(&other, "exit 0")
        .await
        .group
        .reap()
        .await
        .expect("reaps");
    drop(other);
    assert!(pids.into_iter().all(is_alive), "a group holds the server");
    drop(attempt);
    eventually("all are reaped", || {
        is_gone(pid) && pids.into_iter().all(is_gone)
    })
    .await;
}

#[test]
fn the_server_ends_with_its_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let first = runtime();
    let (server, mut attempt) = first.block_on(async {
        let server = server();
        let attempt = run(&server, "exec sleep 1000").await;
        (server, attempt)
    });
    drop(first);
    let leader = attempt.group.pid();
    runtime().block_on(async {
        let error = server.spawn(shell("exit 0").0).await.expect_err("is lost");
        assert!(matches!(error, SpawnError::Lost { .. }));
        attempt.group.exited().await.expect_err("is lost");
        eventually("it is gone", || is_gone(leader)).await;
    });
}

#[tokio::test]
async fn all_that_wait_learn_that_the_server_was_killed_and_attempts_die() {
    let server = server();
    let mut waiting = run(&server, "sleep 1000 & echo $! >&3; wait").await;
    let mut escaped = run(&server, ESCAPES[1]).await;
    let idle = run(&server, "exec sleep 1000").await;
    let pids = [
        waiting.group.pid(),
        waiting.result.pid().await,
        escaped.group.pid(),
        escaped.result.pid().await,
        idle.group.pid(),
    ];
    let leash = idle.group.leash();
    let pid = Pid::from_raw(i32::try_from(server.pid()).expect("a PID"));
    // What it is asked now it cannot answer before it is dead.
    kill(pid, Raw::SIGSTOP).expect("stops");
    eventually("it is stopped", || {
        crate::stage::state(pid.as_raw()) == Some('T')
    })
    .await;
    let spawn = server.spawn(shell("exit 0").0);
    let reap = idle.group.reap();
    let ends = async { tokio::join!(spawn, reap, waiting.group.exited()) };
    let end = async { kill(pid, Raw::SIGKILL).expect("kills") };
    let ((spawned, reaped, exited), ()) =
        in_time("all answers", async { tokio::join!(ends, end) }).await;
    assert!(matches!(
        spawned.expect_err("is lost"),
        SpawnError::Lost { .. }
    ));
    assert!(matches!(
        reaped.expect_err("is lost"),
        ReapError::Lost { .. }
    ));
    assert!(matches!(
        exited.expect_err("is lost"),
        ExitedError::Lost { .. }
    ));
    assert!(matches!(
        leash.signal(Signal::Kill),
        Err(SignalError::Reaped)
    ));
    eventually("all are dead", || !pids.into_iter().any(is_alive)).await;
    eventually("the server is reaped", || is_gone(pid.as_raw())).await;
    let error = server.spawn(shell("exit 0").0).await.expect_err("is lost");
    assert_eq!(error.to_string(), r#"start "sh": the fork server is gone"#);
}

#[test]
fn without_a_runtime_nothing_is_started() {
    let error = raptor_sys::ForkServer::start().expect_err("there is none");
    assert!(matches!(error, StartError::NoRuntime));
}

#[test]
fn a_thousand_forks_leak_nothing() {
    let status = process("thousand").status().expect("runs");
    assert!(status.success());
}
