//! A straggler that does not go by itself, for tests of preemption.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use clap::Args;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::setsid;
use serde_json::{Map, Value};

/// How a child is told to leave its group: the flag below, as it stands on a command line.
const NEW_SESSION_FLAG: &str = "--new-session";
const SETSID_CHILD_FLAG: &str = "--setsid-child";

/// Ignores SIGTERM and sleeps.
#[derive(Args, Clone, Debug)]
pub(crate) struct Hang {
    /// How long at most: even a test that forgets it leaves nothing behind for ever.
    #[arg(
        long = "for",
        value_name = "TIME",
        default_value = "10m",
        value_parser = humantime::parse_duration
    )]
    at_most: Duration,
    /// Leave the process group first.
    #[arg(long, conflicts_with = "setsid_child")]
    new_session: bool,
    /// Start a child first that leaves the process group and hangs too, all descriptors open.
    #[arg(long)]
    setsid_child: bool,
}

impl Hang {
    /// Sleeps; gives `{}` if it is let.
    pub(crate) fn run(&self) -> Result<Map<String, Value>, HangError> {
        // Blocked and not ignored: for the sender it is the same, and it needs no handler.
        let mut blocked = SigSet::empty();
        blocked.add(Signal::SIGTERM);
        blocked.thread_block().map_err(HangError::Block)?;
        if self.new_session {
            setsid().map_err(HangError::Leave)?;
        }
        if self.setsid_child {
            start_child().map_err(HangError::Child)?;
        }
        thread::sleep(self.at_most);
        Ok(Map::new())
    }
}

/// Starts this program again with the flag changed, whatever stands before it on the command line.
fn start_child() -> io::Result<()> {
    let args = env::args_os().skip(1).map(|arg| {
        if arg == SETSID_CHILD_FLAG {
            OsString::from(NEW_SESSION_FLAG)
        } else {
            arg
        }
    });
    // Not by its path: it may lie where the user of functions cannot go.
    let mut child = Command::new("/proc/self/exe")
        .args(args)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().expect("it was asked for");
    // Not waited for: whoever preempts this process has to find the child and end it too.
    input.write_all(b"{}\n")
}

/// Why it does not hang. What it did before stays done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HangError {
    /// SIGTERM still ends it.
    #[error("block SIGTERM: {0}")]
    Block(#[source] Errno),
    /// It is still in its group.
    #[error("leave the process group: {0}")]
    Leave(#[source] Errno),
    /// There is no child.
    #[error("start a child: {0}")]
    Child(#[source] io::Error),
}
