//! What an attempt has, and what it does not have.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use raptor_sys::{
    Credentials, Exit, LAUNCH_BYTES_MAX, Launch, Program, SpawnError, Step, default_credentials,
};

use crate::stage::{
    Output, in_time, install, install_script, launch, role, run, server, shell, start,
};
use crate::{gate, roles};

/// What the attempt says until its end, as text.
async fn told(prepared: (Launch, Output)) -> String {
    let server = server();
    let mut attempt = start(&server, prepared).await.expect("spawns");
    attempt.group.exited().await.expect("exits");
    attempt.group.reap().await.expect("reaps");
    String::from_utf8(attempt.result.rest().await).expect("is text")
}

/// The value of a line of `/proc/<pid>/status`.
fn field<'a>(status: &'a str, name: &str) -> Vec<&'a str> {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.expect("is there").split_whitespace().collect()
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_the_marker() {
    let cat = Program::Named("/bin/cat".into());
    let (mut launch, _result) = launch(cat, "cat", &["/proc/self/environ"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    launch.stdout = writer.into();
    let texts = [("B", "2=3"), ("RAPTOR_ATTEMPT", "forged"), ("A", "")];
    launch.env = texts
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let marker = launch.marker.clone();
    let server = server();
    let group = server.spawn(launch).await.expect("spawns");
    let text = std::io::read_to_string(reader).expect("reads");
    group.reap().await.expect("reaps");
    let variables: Vec<&str> = text.split_terminator('\0').collect();
    assert_eq!(
        variables,
        ["B=2=3", "A=", &format!("RAPTOR_ATTEMPT={marker}")]
    );
}

#[tokio::test]
async fn it_leads_a_group_and_has_no_new_privileges_and_no_signal_is_blocked_or_ignored() {
    let text = told(shell("echo $$ >&3; exec cat /proc/self/status >&3")).await;
    let (pid, status) = text.split_once('\n').expect("two parts");
    assert_eq!(field(status, "NSpgid").last(), Some(&pid));
    assert_eq!(field(status, "NoNewPrivs"), ["1"]);
    for mask in ["SigBlk", "SigIgn"] {
        assert_eq!(field(status, mask), ["0000000000000000"], "{mask}");
    }
}

#[tokio::test]
async fn it_has_descriptors_0_to_3_and_no_other() {
    let (launch, result) = launch(Program::Named("ls".into()), "ls", &["/proc/self/fd"]);
    let (mut launch, mut other) = (launch, result);
    // What it lists is its result.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    launch.stdout = writer.into();
    let server = server();
    let group = server.spawn(launch).await.expect("spawns");
    assert_eq!(other.line().await, "", "its result closes with it");
    let text = std::io::read_to_string(reader).expect("reads");
    let listed: BTreeSet<&str> = text.split_whitespace().collect();
    // The fourth is the directory that it lists.
    assert_eq!(listed, BTreeSet::from(["0", "1", "2", "3", "4"]));
    group.reap().await.expect("reaps");
}

#[tokio::test]
async fn it_can_get_no_core_file() {
    let text = told(shell("ulimit -c >&3; ulimit -H -c >&3")).await;
    assert_eq!(text, "0\n0\n");
}

#[tokio::test]
async fn its_nice_value_is_added_to_the_nodes_own() {
    let own: i32 = told(shell("nice >&3"))
        .await
        .trim()
        .parse()
        .expect("a number");
    let (mut launch, result) = shell("nice >&3");
    launch.nice = 5;
    assert_eq!(
        told((launch, result)).await.trim(),
        (own + 5).min(19).to_string()
    );
    let (mut launch, result) = shell("nice >&3");
    launch.nice = i32::MAX;
    assert_eq!(told((launch, result)).await, "19\n");
}

#[tokio::test]
async fn its_memory_is_bounded() {
    const MIB: usize = 1024 * 1024;
    let text = (256 * MIB).to_string();
    assert_eq!(told(role("allocate", &[&text])).await, "allocated\n");
    let (mut launch, result) = role("allocate", &[&text]);
    launch.memory_bytes_max = Some(64 * MIB as u64);
    assert_eq!(told((launch, result)).await, "refused\n");
}

#[tokio::test]
async fn it_runs_in_its_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut launch, result) = shell("pwd >&3");
    launch.dir = directory.path().to_owned();
    let told = told((launch, result)).await;
    assert_eq!(
        Path::new(told.trim()),
        fs::canonicalize(directory.path()).expect("is there")
    );
}

#[tokio::test]
async fn a_relative_program_is_found_in_its_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = script(directory.path(), "tool", 0o755);
    let (mut launch, result) = launch(Program::Named("./tool".into()), "any name", &[]);
    launch.dir = path.parent().expect("has one").to_owned();
    assert_eq!(told((launch, result)).await, "tool\n");
}

/// A script that says its own name.
fn script(directory: &Path, name: &str, mode: u32) -> PathBuf {
    let path = directory.join(name);
    fs::create_dir_all(directory).expect("makes it");
    install_script("echo ${0##*/} >&3", mode, &path);
    path
}

#[tokio::test]
async fn a_program_is_looked_up_past_files_that_cannot_be_executed() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    script(&at("a"), "tool", 0o644);
    script(&at("b"), "tool", 0o755);
    let path = |places: &[&str]| {
        let places = places.iter().map(|name| at(name));
        std::env::join_paths(places).expect("joins")
    };
    let prepare = |places| {
        let (mut launch, result) = launch(Program::Named("tool".into()), "tool", &[]);
        launch.env = vec![("PATH".into(), path(places))];
        (launch, result)
    };
    assert_eq!(told(prepare(&["none", "a", "b"])).await, "tool\n");
    let server = server();
    let error = start(&server, prepare(&["a", "none"])).await;
    let error = error.err().expect("is refused").to_string();
    assert_eq!(error, r#"execute "tool": Permission denied (os error 13)"#);
}

#[tokio::test]
async fn what_cannot_be_started_is_named_with_the_step_and_the_reason() {
    let server = server();
    let (launch, _result) = launch(Program::Named("no-such-tool".into()), "x", &[]);
    let error = server.spawn(launch).await.expect_err("is not there");
    assert_eq!(
        error.to_string(),
        r#"execute "no-such-tool": No such file or directory (os error 2)"#
    );
    let (mut launch, _result) = shell("exit 0");
    launch.dir = "/no/such/directory".into();
    let error = server.spawn(launch).await.expect_err("is not there");
    assert_eq!(
        error.to_string(),
        r#"enter the directory of "sh": No such file or directory (os error 2)"#
    );
    let step = |error| match error {
        SpawnError::Refused { step, .. } => step,
        other => panic!("{other}"),
    };
    let (mut launch, _result) = shell("exit 0");
    launch.program = Program::Named("/dev/null".into());
    assert_eq!(
        step(server.spawn(launch).await.expect_err("is none")),
        Step::Execute
    );
    assert!(
        crate::stage::children(server.pid()).is_empty(),
        "no zombie stays"
    );
}

#[tokio::test]
async fn a_launch_may_be_long_but_not_too_long() {
    let server = server();
    let long = "x".repeat(LAUNCH_BYTES_MAX / 4);
    let (mut launch, result) = shell("echo ${#A} ${#B} ${#C} >&3");
    for name in ["A", "B", "C"] {
        launch.env.push((name.into(), long.clone().into()));
    }
    let mut attempt = start(&server, (launch, result)).await.expect("spawns");
    assert_eq!(attempt.result.line().await, "65536 65536 65536");
    let (mut launch, _result) = shell("exit 0");
    for name in ["A", "B", "C", "D"] {
        launch.env.push((name.into(), long.clone().into()));
    }
    let error = server.spawn(launch).await.expect_err("is too long");
    assert!(matches!(error, SpawnError::TooLong { .. }), "{error}");
    run(&server, "exit 0")
        .await
        .group
        .reap()
        .await
        .expect("reaps");
}

#[tokio::test]
async fn many_long_launches_at_once_wait_for_room_on_the_line() {
    let server = server();
    let mut spawns = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let (mut launch, result) = shell("echo ${#A} >&3");
        launch.env.push(("A".into(), "x".repeat(100_000).into()));
        let server = server.clone();
        spawns.spawn(async move { start(&server, (launch, result)).await.expect("spawns") });
    }
    for mut attempt in in_time("all", spawns.join_all()).await {
        assert_eq!(attempt.result.line().await, "100000");
    }
}

#[tokio::test]
async fn its_user_is_dropped() {
    if !gate::is_root("its_user_is_dropped") {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("changes it");
    let secret = directory.path().join("secret");
    fs::write(&secret, "secret").expect("writes it");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("changes it");
    let node = std::process::id();
    let script = format!(
        "id -u >&3; id -g >&3; id -G >&3
        cat {} >&3; cat /proc/{node}/environ >&3; cat /proc/$PPID/environ >&3
        echo end >&3",
        secret.display()
    );
    let (mut launch, result) = shell(&script);
    launch.credentials = default_credentials();
    assert_eq!(launch.credentials, Some(Credentials::NOBODY));
    assert_eq!(told((launch, result)).await, "65534\n65534\n65534\nend\n");
}

#[tokio::test]
async fn its_death_signal_survives_the_change_of_user() {
    if !gate::is_root("its_death_signal_survives_the_change_of_user") {
        return;
    }
    let server = server();
    let (mut launch, result) = shell("exec sleep 1000");
    launch.credentials = default_credentials();
    let attempt = start(&server, (launch, result)).await.expect("spawns");
    let pid = i32::try_from(server.pid()).expect("a PID");
    let kill = nix::sys::signal::Signal::SIGKILL;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), kill).expect("kills");
    // Its end of the pipe closes when it dies.
    assert!(in_time("its end", attempt.result.rest()).await.is_empty());
}

#[tokio::test]
async fn its_own_program_runs_from_where_its_user_cannot_go() {
    if !gate::is_root("its_own_program_runs_from_where_its_user_cannot_go") {
        return;
    }
    let closed = tempfile::tempdir().expect("a directory");
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).expect("changes it");
    let copy = copy_of_this_program(closed.path());
    let status = Command::new(copy).arg0(roles::argv0("closed")).status();
    assert!(status.expect("runs").success());
}

#[test]
fn a_node_that_is_not_root_does_all_but_drop_its_user() {
    if !gate::is_root("a_node_that_is_not_root_does_all_but_drop_its_user") {
        return;
    }
    let open = tempfile::tempdir().expect("a directory");
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).expect("changes it");
    let copy = copy_of_this_program(open.path());
    let mut command = Command::new(copy);
    command.arg0(roles::argv0("unprivileged"));
    command.uid(65534).gid(65534).current_dir("/");
    assert!(command.status().expect("runs").success());
}

#[test]
fn root_in_a_container_finds_what_its_attempts_leave() {
    if !gate::is_root("root_in_a_container_finds_what_its_attempts_leave") {
        return;
    }
    let status = roles::without_ptrace("contained").status();
    assert!(status.expect("runs").success());
}

fn copy_of_this_program(directory: &Path) -> PathBuf {
    let copy = directory.join("program");
    let own = std::env::current_exe().expect("has a file");
    install(&own, 0o755, &copy);
    copy
}

#[tokio::test]
async fn its_exit_by_a_real_time_signal_is_told() {
    let server = server();
    let mut attempt = run(&server, "kill -s RTMIN+2 $$ 2>/dev/null || kill -36 $$").await;
    let exit = attempt.group.exited().await.expect("exits");
    assert_eq!(exit, Exit::Signal(36));
}
