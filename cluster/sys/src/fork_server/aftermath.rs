//! After the fork server's end.

use std::process::Child;
use std::thread;
use std::time::Duration;

use nix::unistd::Pid;

use super::kin::{self, Marker};
use crate::pidfd::Pidfd;

/// The time between two looks at all processes.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// How often all processes are looked at: what forks faster than that is left.
const LOOKS_MAX: u32 = 1000;

/// Reaps `server` when it ends, in a thread of its own; the runtime may be ending too.
///
/// If it did not end by itself (something killed it) then the leaders of its groups died with it,
/// but nobody swept. What carries one of `markers` is then killed from here. What has also
/// cleared its environment is out of reach.
pub(super) fn attend_to(mut server: Child, markers: Vec<Vec<u8>>) {
    let attend = move || {
        let ended = server.wait();
        if !ended.is_ok_and(|status| status.success()) {
            sweep(&markers);
        }
    };
    let thread = thread::Builder::new().name("raptor-aftermath".to_owned());
    // Without a thread the server stays a zombie until this process ends: it has swept itself.
    drop(thread.spawn(attend));
}

/// Kills what carries one of `markers`, until nothing does.
fn sweep(markers: &[Vec<u8>]) {
    let is_marked = |pid: Pid| match kin::marker(pid) {
        Marker::Is(marker) => markers.contains(&marker),
        Marker::Missing | Marker::NotNow => false,
    };
    for _ in 0..LOOKS_MAX {
        let killed = kin::everybody().filter(|pid| is_marked(*pid) && end(*pid, is_marked));
        if killed.count() == 0 {
            return;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Kills `pid` if `is_ours` says so; whether it did. It is held meanwhile by a descriptor, so
/// that its number cannot come to mean another process.
fn end(pid: Pid, is_ours: impl Fn(Pid) -> bool) -> bool {
    Pidfd::of(pid).is_some_and(|pidfd| is_ours(pid) && pidfd.kill())
}
