use std::process::{Command, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::*;

fn has_ended(process: &Pidfd, patience: PollTimeout) -> bool {
    let mut sources = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    poll(&mut sources, patience).expect("it is polled") == 1
}

#[test]
fn a_process_is_seen_to_end_before_it_is_reaped() {
    let mut cat = Command::new("cat");
    let mut child = cat.stdin(Stdio::piped()).spawn().expect("cat runs");
    let process = Pidfd::open(child.id().cast_signed()).expect("it is there");
    assert!(!has_ended(&process, PollTimeout::ZERO));
    assert!(process.kill());
    assert!(has_ended(&process, PollTimeout::from(60_000u16)));
    child.wait().expect("it is ours");
    assert!(!process.kill(), "its number may mean another by now");
}

#[test]
fn a_process_that_is_gone_is_not_held() {
    let mut child = Command::new("true").spawn().expect("true runs");
    let pid = child.id().cast_signed();
    child.wait().expect("it is ours");
    let error = Pidfd::open(pid).expect_err("it is gone");
    assert!(
        error
            .to_string()
            .starts_with(&format!("hold process {pid}"))
    );
}
