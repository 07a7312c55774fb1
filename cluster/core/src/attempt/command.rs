use crate::{Ending, Signal};

/// What an attempt wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start the process; answer `Launched` or `LaunchFailed`.
    Launch,
    /// Tell the flight's coordinator that the process runs, and by which PID to preempt it.
    Announce {
        /// The process and its group.
        pid: u32,
    },
    /// Send this to the process group. It may be gone: that is no error.
    Signal(Signal),
    /// Tell the flight's coordinator how the attempt ended. Comes once.
    Report(Ending),
    /// Give the slot back to the node, or leave the queue for it.
    Release,
    /// Kill what is left of the group, sweep what left it, and reap; answer `Reaped`.
    Reap,
}
