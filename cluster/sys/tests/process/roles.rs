//! What this program is besides a test: a node, or a function.

use std::fs;
use std::future::Future;
use std::io::Write;
use std::os::fd::FromRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use raptor_sys::{ForkServer, Step, harden_process};

use crate::stage::{self, children, in_time, run, server};
use crate::sweeping::{self, ESCAPES};

const PREFIX: &str = "role:";

/// The number of `CAP_SYS_PTRACE`.
const SYS_PTRACE: libc::c_ulong = 19;

/// The name under which this program plays `role`.
pub(crate) fn argv0(role: &str) -> String {
    format!("{PREFIX}{role}")
}

/// Plays the role for which this process was started, and ends; otherwise returns.
pub(crate) fn play_if_asked() {
    let mut args = std::env::args();
    let Some(name) = args.next() else { return };
    let Some(role) = name.strip_prefix(PREFIX) else {
        return;
    };
    let args: Vec<String> = args.collect();
    match role {
        "node" => block_on(node(args.first().is_some_and(|word| word == "end"))),
        "thousand" => block_on(thousand()),
        "unprivileged" => block_on(unprivileged()),
        "contained" => block_on(contained()),
        "closed" => block_on(closed()),
        "allocate" => allocate(args[0].parse().expect("a number")),
        "say" => say(&args.join(" ")),
        other => panic!("nobody plays {other}"),
    }
    std::process::exit(0);
}

fn block_on(role: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime");
    runtime.block_on(role);
}

/// Writes a line to descriptor 3.
#[expect(unsafe_code, reason = "a descriptor is inherited as a number")]
fn say(text: &str) {
    // SAFETY: whoever starts this role gives it this descriptor, and this is its only use.
    let mut result = unsafe { fs::File::from_raw_fd(3) };
    writeln!(result, "{text}").expect("is read");
}

/// A node with attempts of all kinds; prints their PIDs and an empty line, then waits, or ends.
async fn node(ends: bool) {
    let server = server();
    println!("{}", server.pid());
    let mut attempts = Vec::new();
    for script in ESCAPES {
        let mut attempt = run(&server, script).await;
        println!("{}\n{}", attempt.group.pid(), attempt.result.pid().await);
        attempts.push(attempt);
    }
    println!();
    if !ends {
        std::future::pending::<()>().await;
    }
}

/// Starts and reaps a thousand, and looks whether anything is left.
async fn thousand() {
    let count = |pid: u32| fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count);
    let server = server();
    let round = async |rounds| {
        for _ in 0..rounds {
            let mut attempt = run(&server, "exit 0").await;
            attempt.group.exited().await.expect("exits");
            attempt.group.reap().await.expect("reaps");
            // Its threads come and go with the reads of the tests; here nobody reads.
            drop(attempt.result);
        }
        let ours = count(std::process::id()).expect("lists its own");
        // Without root, the server's descriptors are not for us to see.
        (ours, count(server.pid()).ok())
    };
    let before = round(10).await;
    let after = round(990).await;
    assert_eq!(before, after, "descriptors of node and server");
    assert!(children(server.pid()).is_empty());
    assert_eq!(children(std::process::id()), [server.pid().to_string()]);
}

/// A node that is not root.
async fn unprivileged() {
    harden_process().expect("hardens");
    assert_eq!(raptor_sys::default_credentials(), None);
    let server = server();
    let own = format!("id -u >&3; cat /proc/{}/environ >&3", std::process::id());
    let mut attempt = run(&server, &own).await;
    assert_eq!(attempt.result.line().await, "65534");
    let exit = attempt.group.exited().await.expect("exits");
    assert_ne!(
        exit,
        raptor_sys::Exit::Code(0),
        "the node's environment is closed to it"
    );
    attempt.group.reap().await.expect("reaps");
    for script in ESCAPES {
        let mut attempt = run(&server, script).await;
        let escaped = attempt.result.pid().await;
        in_time("the reap", attempt.group.reap())
            .await
            .expect("reaps");
        assert!(stage::is_gone(escaped), "{script}");
    }
    sweeping::spares_others(&server, None).await;
    refusals(&server).await;
}

/// What only root may do is refused by name.
async fn refusals(server: &ForkServer) {
    let refused = async |change: &dyn Fn(&mut raptor_sys::Launch)| {
        let (mut launch, _result) = stage::shell("exit 0");
        change(&mut launch);
        match server.spawn(launch).await.expect_err("is refused") {
            raptor_sys::SpawnError::Refused { step, .. } => step,
            other => panic!("{other}"),
        }
    };
    let nobody = Some(raptor_sys::Credentials::NOBODY);
    let step = refused(&|launch| launch.credentials = nobody).await;
    assert_eq!(step, Step::Credentials);
    assert_eq!(refused(&|launch| launch.nice = -1).await, Step::Nice);
}

/// A node that is root as in a container: it may not look at processes of other users.
async fn contained() {
    let status = fs::read_to_string("/proc/self/status").expect("reads");
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let capabilities = u64::from_str_radix(line.expect("has it").trim(), 16).expect("is hex");
    assert_eq!(capabilities & 1 << SYS_PTRACE, 0, "the test took it away");
    let server = server();
    sweeping::spares_others(&server, raptor_sys::default_credentials()).await;
}

/// A node whose program lies where its functions cannot go.
async fn closed() {
    let server = server();
    let (mut launch, result) = stage::role("say", &["from", "there"]);
    launch.credentials = raptor_sys::default_credentials();
    let mut attempt = stage::start(&server, (launch, result))
        .await
        .expect("spawns");
    assert_eq!(attempt.result.line().await, "from there");
}

/// A process in one of these roles that is root, but without `CAP_SYS_PTRACE`, for good.
#[expect(unsafe_code, reason = "no safe wrapper for capabilities")]
pub(crate) fn without_ptrace(role: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(argv0(role));
    let give_up = || {
        // SAFETY: it takes numbers.
        let done = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, SYS_PTRACE) };
        nix::errno::Errno::result(done).map(drop)?;
        Ok(())
    };
    // SAFETY: it makes one system call.
    unsafe { command.pre_exec(give_up) };
    command
}

/// Allocates so many bytes, and says so.
fn allocate(bytes: usize) {
    let mut block: Vec<u8> = Vec::new();
    if block.try_reserve_exact(bytes).is_err() {
        return say("refused");
    }
    block.resize(bytes, 1);
    say("allocated");
}
