//! Nodes that keep to a processor each, with all that they fork.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use raptor_cluster::LocalCluster;

use super::TargetError;

/// Keeps the node at place `i` to the `i`-th of the processors that this process may use, counted
/// round: all its threads, its fork server, and so every attempt, which inherits it.
pub(super) fn keep(cluster: &LocalCluster) -> Result<(), TargetError> {
    let processors = processors();
    for (at, node) in cluster.nodes().iter().enumerate() {
        let processor = processors[at % processors.len()];
        let pid = node.pid().expect("it has just been started");
        let pid = Pid::from_raw(pid.cast_signed());
        keep_family(pid, processor).map_err(|why| TargetError::Pin {
            node: at,
            processor,
            why,
        })?;
    }
    Ok(())
}

/// The processors that this process may use.
pub(super) fn processors() -> Vec<usize> {
    let mine = sched_getaffinity(Pid::from_raw(0)).expect("a process may ask for its own");
    let all = 0..CpuSet::count();
    all.filter(|it| mine.is_set(*it).unwrap_or(false)).collect()
}

/// Keeps a process, all its threads and all its descendants to one processor.
fn keep_family(root: Pid, processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    let mut kept = BTreeSet::new();
    loop {
        let found = threads(root)?;
        let fresh: Vec<Pid> = found.difference(&kept).copied().collect();
        // What an unkept thread starts while it is looked at is found in the next round.
        if fresh.is_empty() {
            return Ok(());
        }
        for thread in fresh {
            match sched_setaffinity(thread, &set) {
                // It has ended meanwhile.
                Ok(()) | Err(Errno::ESRCH) => kept.insert(thread),
                Err(errno) => return Err(errno.into()),
            };
        }
    }
}

/// The threads of a process and of all its descendants.
fn threads(root: Pid) -> io::Result<BTreeSet<Pid>> {
    let mut processes = vec![root];
    let mut found = BTreeSet::new();
    while let Some(process) = processes.pop() {
        let tasks = match fs::read_dir(format!("/proc/{process}/task")) {
            // A child may have ended meanwhile; the node itself may not.
            Err(_) if process != root => continue,
            tasks => tasks?,
        };
        for task in tasks.flatten() {
            let thread = task
                .file_name()
                .to_string_lossy()
                .parse()
                .map(Pid::from_raw);
            found.extend(thread);
            let children = fs::read_to_string(task.path().join("children"));
            let children = children.unwrap_or_default();
            let pids = children.split_whitespace().filter_map(|it| it.parse().ok());
            processes.extend(pids.map(Pid::from_raw));
        }
    }
    Ok(found)
}
