//! What leaves its group is found.

use nix::sys::signal::{self, kill};
use nix::unistd::Pid;
use raptor_sys::{Credentials, ForkServer};

use crate::stage::{
    children, eventually, in_time, install_script, is_alive, is_gone, run, server, shell, start,
};

/// Processes that leave their group, each in its way; each ends in a line with a PID.
pub(crate) const ESCAPES: [&str; 5] = [
    // A session of its own, below a leader that lives.
    "setsid sh -c 'echo $$ >&3; exec sleep 1000' & wait",
    // A daemon: nobody is its parent any more.
    "(setsid sh -c 'echo $$ >&3; exec sleep 1000' &); exec sleep 1000",
    // The same without an environment.
    "(env -i setsid sh -c 'echo $$ >&3; exec sleep 1000' &); exec sleep 1000",
    // Without an environment, below a leader that lives.
    "env -i setsid sh -c 'echo $$ >&3; exec sleep 1000' & wait",
    // A child of an escaped process that lives, in yet another session.
    "setsid sh -c 'setsid sh -c \"echo \\$\\$ >&3; exec sleep 1000\" & wait' & wait",
];

#[tokio::test]
async fn whatever_escapes_is_gone_when_the_reap_resolves() {
    let server = server();
    for script in ESCAPES {
        let mut attempt = run(&server, script).await;
        let escaped = attempt.result.pid().await;
        assert!(is_alive(escaped), "{script}");
        in_time("the reap", attempt.group.reap())
            .await
            .expect("reaps");
        assert!(is_gone(escaped), "{script}");
        assert!(children(server.pid()).is_empty(), "{script}");
    }
}

#[tokio::test]
async fn whatever_escapes_is_swept_when_its_leader_has_exited_long_before() {
    let server = server();
    let script = "setsid sh -c 'echo $$ >&3; exec sleep 1000' & read x";
    let mut attempt = run(&server, script).await;
    let escaped = attempt.result.pid().await;
    attempt.group.exited().await.expect("exits");
    assert!(
        is_alive(escaped),
        "it is marked, and its attempt not yet reaped"
    );
    attempt.group.reap().await.expect("reaps");
    assert!(is_gone(escaped));
}

#[tokio::test]
async fn what_forks_and_exits_all_the_time_is_caught() {
    let server = server();
    // Each lives for a moment and is followed by another, in a session apart.
    let comet = "comet() { [ -e \"$0\" ] && (comet &) ; }; echo $$ >&3; comet";
    let script = format!("setsid sh -c '{comet}' /proc/self/exe & exec sleep 1000");
    let mut attempt = run(&server, &script).await;
    attempt.result.pid().await;
    in_time("the reap", attempt.group.reap())
        .await
        .expect("reaps");
    assert!(children(server.pid()).is_empty());
    // Whoever is left would hold the pipe open.
    in_time("its end", attempt.result.rest()).await;
}

#[tokio::test]
async fn what_begins_a_session_and_a_program_each_time_is_caught_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("comet");
    // Without an environment it is nobody's, and may be killed before the reap.
    for (wipe, starts) in [("", 3), ("env -i", 1)] {
        // It says so at each start, until nobody of it is left.
        let script = format!("echo $$ >&3; {wipe} setsid \"$0\" &");
        install_script(&script, 0o755, &path);
        let server = server();
        let script = format!("({} &); exec sleep 1000", path.display());
        let mut attempt = run(&server, &script).await;
        for _ in 0..starts {
            attempt.result.pid().await;
        }
        in_time("the reap", attempt.group.reap())
            .await
            .expect("reaps");
        assert!(children(server.pid()).is_empty());
        in_time("its end", attempt.result.rest()).await;
    }
}

#[tokio::test]
async fn an_orphan_within_its_group_is_reaped_while_the_attempt_goes_on() {
    let server = server();
    let script = "(sh -c 'echo $$ >&3; read x < /dev/null' &); exec sleep 1000";
    let mut attempt = run(&server, script).await;
    let orphan = attempt.result.pid().await;
    eventually("it is reaped", || is_gone(orphan)).await;
    assert!(is_alive(attempt.group.pid()));
}

#[tokio::test]
async fn an_orphan_that_belongs_to_nobody_is_killed_while_the_attempt_goes_on() {
    let server = server();
    let mut attempt = run(&server, ESCAPES[2]).await;
    let orphan = attempt.result.pid().await;
    // It comes to the server unnoticed; some time later the server looks.
    eventually("it is gone", || is_gone(orphan)).await;
    assert!(is_alive(attempt.group.pid()));
}

#[tokio::test]
async fn one_attempt_sweeps_nothing_of_another() {
    let server = server();
    in_time("all", spares_others(&server, None)).await;
}

/// Three ways to be an orphan of an attempt that goes on, while others are reaped.
pub(crate) async fn spares_others(server: &ForkServer, credentials: Option<Credentials>) {
    let script = "(setsid sh -c 'echo $$ >&3; exec sleep 1000' &)
        (sh -c 'echo $$ >&3; exec sleep 1000' &)
        (env -i sh -c 'echo $$ >&3; exec sleep 1000' &)
        exec sleep 1000";
    let (mut launch, result) = shell(script);
    launch.credentials = credentials;
    let mut attempt = start(server, (launch, result)).await.expect("spawns");
    let mut orphans = Vec::new();
    for _ in 0..3 {
        orphans.push(attempt.result.pid().await);
    }
    for _ in 0..20 {
        let other = run(server, "setsid sleep 1000 & wait").await;
        other.group.reap().await.expect("reaps");
        assert!(orphans.iter().all(|orphan| is_alive(*orphan)));
    }
    attempt.group.reap().await.expect("reaps");
    assert!(orphans.into_iter().all(is_gone));
}

#[tokio::test]
async fn an_escape_that_ends_by_itself_takes_nobody_of_a_living_attempt_along() {
    let server = server();
    // The first of the new session ends; its child stays in its group.
    let inner = "sh -c \"echo \\$\\$ >&3; exec sleep 1000\" & echo $$ >&3";
    let script = format!("(setsid sh -c '{inner}' &); exec sleep 1000");
    let mut attempt = run(&server, &script).await;
    let pids = [attempt.result.pid().await, attempt.result.pid().await];
    eventually("one is gone", || pids.into_iter().any(is_gone)).await;
    // Whatever a sweep would do, it has done when the next has been reaped.
    run(&server, "exit 0")
        .await
        .group
        .reap()
        .await
        .expect("reaps");
    assert_eq!(pids.into_iter().filter(|pid| is_alive(*pid)).count(), 1);
    attempt.group.reap().await.expect("reaps");
    assert!(pids.into_iter().all(is_gone));
}

#[tokio::test]
async fn signals_for_the_terminals_group_do_not_end_the_server() {
    let server = server();
    let pid = Pid::from_raw(i32::try_from(server.pid()).expect("a PID"));
    for each in [
        signal::SIGINT,
        signal::SIGTERM,
        signal::SIGHUP,
        signal::SIGQUIT,
        signal::SIGUSR1,
        signal::SIGPIPE,
    ] {
        kill(pid, each).expect("signals");
    }
    run(&server, "exit 0")
        .await
        .group
        .reap()
        .await
        .expect("reaps");
    let attempt = run(&server, "kill -TERM $PPID; exec sleep 1000").await;
    attempt.group.reap().await.expect("reaps");
}
