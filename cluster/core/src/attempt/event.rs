use bytes::Bytes;

use super::Exit;

/// What can happen to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The node has a slot for it.
    Admitted,
    /// The node's queue for slots is full.
    Refused,
    /// Its process runs.
    Launched {
        /// The process, which leads a group of the same number.
        pid: u32,
    },
    /// No process could be started.
    LaunchFailed {
        /// Why.
        why: String,
    },
    /// It has written more to descriptor 3 than a result may have; what follows is not read.
    ResultOverflowed,
    /// The flight does not need it any more.
    Preempted {
        /// Whether the coordinator knew the PID and has sent the ladder's opening itself.
        opening_sent: bool,
    },
    /// Its process exited: seen, not reaped.
    Exited {
        /// How.
        exit: Exit,
        /// All that was in its pipes by then.
        output: Output,
    },
    /// Its process can be neither seen nor reaped any more, as when the fork server died.
    Lost {
        /// Why.
        why: String,
    },
    /// Nothing is left of its process.
    Reaped,
    /// The moment of [`Attempt::poll_timeout`](super::Attempt::poll_timeout) has come.
    Tick,
}

/// What a process left in its pipes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to descriptor 3.
    pub result: Bytes,
    /// The end of what it wrote to stderr.
    pub log: String,
}
