//! What the cgroup freezer and `docker rm -f` do to a container, done to a tree of processes.

use std::collections::BTreeSet;
use std::fs;

use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;

/// Stops a process and all its descendants; those that are started meanwhile, too. Where the process
/// has died on the way, whoever is left goes on: it must see that end.
pub(super) fn freeze(root: u32) {
    let stopped = signal_all(root, Signal::SIGSTOP);
    if has_died(root) {
        stopped
            .into_iter()
            .for_each(|pid| signal(pid, Signal::SIGCONT));
    }
}

/// Lets them go on.
pub(super) fn thaw(root: u32) {
    for pid in tree(root).into_iter().rev() {
        signal(pid, Signal::SIGCONT);
    }
}

/// Kills them.
pub(super) fn kill(root: u32) {
    // What is stopped starts nothing any more: so nothing escapes. Who was stopped is known even
    // where its parent has died meanwhile.
    let stopped = signal_all(root, Signal::SIGSTOP);
    for pid in stopped {
        signal(pid, Signal::SIGKILL);
    }
}

/// Whether a process is gone, or waits for nothing but to be reaped (`proc_pid_stat(5)`).
fn has_died(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// Signals a tree until nothing in it is new; gives all that it has signalled.
fn signal_all(root: u32, with: Signal) -> BTreeSet<u32> {
    let mut known = BTreeSet::new();
    loop {
        let fresh: Vec<u32> = tree(root)
            .into_iter()
            .filter(|pid| known.insert(*pid))
            .collect();
        if fresh.is_empty() {
            return known;
        }
        for pid in fresh {
            signal(pid, with);
        }
    }
}

fn signal(pid: u32, with: Signal) {
    // What is gone needs no signal.
    let _ = send(Pid::from_raw(pid.cast_signed()), with);
}

/// A process and its descendants, parents first.
fn tree(root: u32) -> Vec<u32> {
    let parents = parents();
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(&parent) = tree.get(at) {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        tree.extend(children.map(|(pid, _)| *pid));
        at += 1;
    }
    tree
}

/// Every process and its parent (`proc_pid_stat(5)`).
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let parent_of = |pid: u32| -> Option<(u32, u32)> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold anything.
        let after_name = &stat[stat.rfind(')')? + 1..];
        let parent = after_name.split_whitespace().nth(1)?.parse().ok()?;
        Some((pid, parent))
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(parent_of)
        .collect()
}
