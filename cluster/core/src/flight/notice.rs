//! What is worth counting or showing.

use std::time::Duration;

use crate::{AttemptId, FunctionIndex, MemberIndex};

use super::logbook::AttemptOutcome;

/// Something that happened in a flight, for metrics, spans and whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An attempt of any member runs.
    Started {
        /// The attempt.
        attempt: AttemptId,
        /// What it computes.
        function: FunctionIndex,
    },
    /// An attempt of this member was told to stop.
    Preempted {
        /// The attempt.
        attempt: AttemptId,
        /// What it computed.
        function: FunctionIndex,
        /// Why.
        cause: PreemptCause,
    },
    /// An attempt of this member ended.
    Ended {
        /// The attempt.
        attempt: AttemptId,
        /// What it computed.
        function: FunctionIndex,
        /// How.
        outcome: AttemptOutcome,
        /// From its launch to its end.
        took: Duration,
        /// From the order to stop to its end, if there was one.
        stopping: Option<Duration>,
    },
    /// A peer told how an attempt of its own ended.
    Heard {
        /// The attempt.
        attempt: AttemptId,
        /// What it computed.
        function: FunctionIndex,
        /// Whether it gave a value.
        value: bool,
    },
    /// The leader accepted a value.
    Sealed {
        /// Of which function.
        function: FunctionIndex,
        /// Whose.
        attempt: AttemptId,
    },
    /// A member takes part.
    Joined {
        /// Which.
        member: MemberIndex,
    },
    /// A member does not take part, or no longer.
    Missing {
        /// Which.
        member: MemberIndex,
    },
    /// The flight was decided.
    Settled {
        /// How.
        how: Settlement,
        /// From its beginning on this member.
        took: Duration,
    },
}

/// Why an attempt was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreemptCause {
    /// The flight knows its function's value.
    Straggler,
    /// It computed from a value that was not the sealed one.
    LostInput,
    /// The flight is over.
    Settled,
}

/// A verdict in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Every function has a sealed value.
    Landed,
    /// A function failed on every member.
    Failed,
    /// The deadline passed first.
    TimedOut,
    /// Nobody wants it any more.
    Cancelled,
    /// The leader was lost.
    Abandoned,
}
