//! Processes, as /proc shows them (proc(5)).

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use raptor_cluster::FlightId;

use super::until;

/// One process: its PID will be another's one day, its PID and birth never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    parent: u32,
    session: u32,
    born: u64,
}

impl Process {
    /// The process of that PID, unless it is gone. One that ended and was not reaped is there.
    pub(crate) fn find(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let (_, rest) = stat.rsplit_once(") ")?;
        let field = |at: usize| rest.split(' ').nth(at)?.parse().ok();
        Some(Self {
            pid,
            parent: u32::try_from(field(1)?).ok()?,
            session: u32::try_from(field(3)?).ok()?,
            born: field(19)?,
        })
    }

    /// Whether nothing is left of it, not even for its parent to reap.
    pub(crate) fn is_gone(self) -> bool {
        Self::find(self.pid).is_none_or(|found| found.born != self.born)
    }

    /// Whether it leads a session of its own, as a daemon does.
    pub(crate) fn leads_session(self) -> bool {
        self.session == self.pid
    }

    /// Whether the other one has started it, or has adopted it.
    pub(crate) fn is_child_of(self, other: Self) -> bool {
        self.parent == other.pid
    }

    /// Waits until nothing is left of it.
    pub(crate) async fn gone(self) {
        until(&format!("the end of {self:?}"), || {
            self.is_gone().then_some(())
        })
        .await;
    }

    /// Sends it a signal.
    pub(crate) fn signal(self, signal: Signal) {
        let pid = Pid::from_raw(self.pid.cast_signed());
        signal::kill(pid, signal).expect("it is there, and ours");
    }
}

/// Every process of this machine.
fn all() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(Process::find)
}

/// What descends from a process, by its parents: also daemons, which a node adopts.
pub(crate) fn descendants(ancestor: u32) -> Vec<Process> {
    let all: Vec<Process> = all().collect();
    let mut family = vec![ancestor];
    let mut found = Vec::new();
    while let Some(parent) = family.pop() {
        for child in all.iter().filter(|process| process.parent == parent) {
            family.push(child.pid);
            found.push(*child);
        }
    }
    found
}

/// The processes that have this text in their environment, of those that we may look into.
pub(crate) fn mentioning(text: &str) -> Vec<Process> {
    let mentions = |process: &Process| {
        let environment = fs::read(format!("/proc/{}/environ", process.pid)).unwrap_or_default();
        let mut windows = environment.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    };
    all().filter(mentions).collect()
}

/// The processes of a flight's attempts, with what they started.
pub(crate) fn attempts_of(flight: FlightId) -> Vec<Process> {
    mentioning(&format!("RAPTOR_FLIGHT={flight}"))
}

/// How many descriptors a process has open.
///
/// # Errors
///
/// A node hides them from all but root.
pub(crate) fn descriptors(pid: u32) -> std::io::Result<usize> {
    fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count)
}

/// The lines of a file that may not be there yet.
pub(crate) fn lines_of(file: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
