//! The contract: parameters in, a result out; and those that break it.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid, getsid};
use serde_json::json;

use crate::call::{PROGRAM, function, result, run, shell_for, start};

/// The user and the group that own nothing.
const NOBODY: u32 = 65_534;

#[test]
fn noop_gives_an_empty_object() {
    assert_eq!(result(&["noop"], "{\"a\": 1}\n"), json!({}));
}

#[test]
fn echo_gives_its_parameters_back() {
    let line = "{\"z\":[1,null],\"a\":\"\\u00e9\"}\n";
    assert_eq!(
        result(&["echo"], line),
        json!({ "z": [1, null], "a": "\u{e9}" })
    );
}

#[test]
fn hello_and_greet_form_a_sequence() {
    let hello = result(&["hello"], "{\"name\": \"Ada\"}\n");
    let greet = result(&["greet"], &format!("{}\n", json!({ "hello": hello })));
    assert_eq!(greet, json!({ "text": "Hello, Ada! Raptor flies." }));
}

#[test]
fn rsa_keygen_gives_both_keys_in_pem() {
    let key = result(&["rsa-keygen", "--bits", "4096"], "{\"bits\": 1024}\n");
    let starts = |name: &str, text| key[name].as_str().unwrap().starts_with(text);
    assert!(starts("private_key", "-----BEGIN PRIVATE KEY-----\n"));
    assert!(starts("public_key", "-----BEGIN PUBLIC KEY-----\n"));
    assert_eq!(key["bits"], 1024);
}

#[test]
fn sleep_sleeps_at_least_as_long_as_it_drew() {
    let flags = ["sleep", "--mean", "1h", "--dist", "exp"];
    let slept = result(&flags, "{\"mean\": \"5ms\", \"dist\": \"const\"}\n");
    assert!(slept["slept_us"].as_u64().unwrap() >= 5_000, "{slept}");
    assert_eq!(slept["distribution"], "const");
    assert_eq!(slept["mean_us"], 5_000);
}

#[test]
fn an_unusable_parameter_is_an_application_error() {
    let error = result(&["sleep"], "{\"mean\": \"soon\"}\n");
    let text = error["error"].as_str().unwrap();
    assert!(
        text.starts_with("failed to use the parameter \"mean\":"),
        "{text}"
    );
    let error = result(&["noop"], "");
    assert!(
        error["error"].as_str().unwrap().contains("empty"),
        "{error}"
    );
}

#[test]
fn fail_ends_by_the_exit_status_that_was_asked_for() {
    let output = run(&mut function(&["fail", "--exit", "17"]), "{}\n");
    assert_eq!(output.status.code(), Some(17));
    assert!(output.stdout.is_empty());
}

#[test]
fn fail_ends_by_the_signal_that_was_asked_for() {
    for signal in [9, 11] {
        let number = signal.to_string();
        let output = run(&mut function(&["fail", "--signal", &number]), "{}\n");
        assert_eq!(output.status.signal(), Some(signal), "{output:?}");
    }
}

#[test]
fn fail_gives_the_error_that_was_asked_for() {
    assert_eq!(
        result(&["fail", "--error", "no luck"], "{}\n"),
        json!({ "error": "no luck" })
    );
}

#[test]
fn fail_on_one_member_succeeds_on_the_others() {
    let status = |member: &str| -> ExitStatus {
        let mut command = function(&["fail", "--exit", "3", "--on-member", "1"]);
        run(command.env("RAPTOR_MEMBER", member), "{}\n").status
    };
    assert_eq!(status("1").code(), Some(3));
    assert_eq!(status("0").code(), Some(0));
}

#[test]
fn flags_that_make_no_sense_end_with_status_2_and_no_result() {
    for args in [&["fly"][..], &["fail"], &["sleep", "--dist", "normal"]] {
        let output = run(&mut function(args), "{}\n");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn without_descriptor_3_the_result_goes_to_standard_output_and_says_so() {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "exec \"$0\" echo 3>&-"])
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = run(&mut command, "{\"a\":1}\n");
    assert!(output.status.success());
    assert_eq!(output.stdout, b"{\"a\":1}\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("descriptor 3 is not open"));
}

#[test]
fn a_result_that_nobody_takes_is_a_fault() {
    let mut child = function(&["echo"]).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b"{}\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn the_result_arrives_when_the_process_runs_as_another_user() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    // The pipe belongs to root: opening it anew as nobody would be refused. The program is copied
    // to where nobody may read it.
    let directory = tempfile::tempdir().unwrap();
    let open_to_all = Permissions::from_mode(0o755);
    fs::set_permissions(directory.path(), open_to_all).unwrap();
    let program = directory.path().join("raptor-fn");
    fs::copy(PROGRAM, &program).unwrap();
    let output = run(
        shell_for(&program, &["noop"]).uid(NOBODY).gid(NOBODY),
        "{}\n",
    );
    assert_eq!(output.stdout, b"{}\n", "{output:?}");
}

#[test]
fn hang_outlives_sigterm_and_not_sigkill() {
    let mut child = start(&mut function(&["hang"]), "{}\n");
    let pid = Pid::from_raw(child.id().cast_signed());
    wait_until_sigterm_is_blocked(pid);
    kill(pid, Signal::SIGTERM).unwrap();
    // It stays pending for as long as the process lives: it was delivered and had no effect.
    assert!(signal_set(pid, "ShdPnd") & mask(Signal::SIGTERM) != 0);
    kill(pid, Signal::SIGKILL).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn hang_leaves_a_child_in_a_session_of_its_own() {
    let mut child = start(&mut function(&["hang", "--setsid-child"]), "{}\n");
    let pid = Pid::from_raw(child.id().cast_signed());
    let straggler = wait_for(|| child_of(pid).filter(|child| session(*child) == *child));
    assert_ne!(session(pid), straggler);
    kill(pid, Signal::SIGKILL).unwrap();
    child.wait().unwrap();
    assert_eq!(kill(straggler, None), Ok(()), "it outlives its parent");
    kill(straggler, Signal::SIGKILL).unwrap();
    // Its end closes the last copy of descriptor 3.
    let mut rest = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_to_string(&mut rest)
        .unwrap();
    assert_eq!(rest, "");
}

fn wait_until_sigterm_is_blocked(pid: Pid) {
    wait_for(|| (signal_set(pid, "SigBlk") & mask(Signal::SIGTERM) != 0).then_some(()));
}

/// Asks again until there is an answer. A test that hangs here shows which state never came.
fn wait_for<T>(mut state: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = state() {
            return found;
        }
        std::thread::yield_now();
    }
}

fn mask(signal: Signal) -> u64 {
    1 << (signal as i32 - 1)
}

/// One of the signal sets in /proc/PID/status (proc_pid_status(5)).
fn signal_set(pid: Pid, name: &str) -> u64 {
    let status = File::open(format!("/proc/{pid}/status")).unwrap();
    let line = BufReader::new(status)
        .lines()
        .map(Result::unwrap)
        .find(|line| line.starts_with(name))
        .unwrap();
    u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap()
}

fn child_of(pid: Pid) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children
        .split_whitespace()
        .next()?
        .parse()
        .ok()
        .map(Pid::from_raw)
}

fn session(pid: Pid) -> Pid {
    getsid(Some(pid)).unwrap()
}
