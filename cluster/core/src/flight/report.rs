//! What members of a flight tell each other.

use crate::outcome::Fault;
use crate::{AttemptId, Digest, FunctionIndex, MemberIndex, Value};

use super::logbook::AttemptRecord;

/// News of a flight, from one member to others. Order, repetition and grouping do not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// An attempt runs.
    Started {
        /// The attempt.
        attempt: AttemptId,
        /// What it computes.
        function: FunctionIndex,
        /// Its process on the sender's node.
        pid: u32,
    },
    /// An attempt ended by itself.
    Finished(Finding),
    /// The leader has accepted a value: it is final.
    Sealed {
        /// Of which function.
        function: FunctionIndex,
        /// Whose value.
        attempt: AttemptId,
        /// The content of the value.
        digest: Digest,
    },
    /// The leader no longer counts on a member.
    Out {
        /// Which.
        member: MemberIndex,
    },
    /// From the leader: the flight has ended without landing, stop. From another member: it has
    /// left.
    Ended,
    /// A settled member's log, for the leader's record.
    Logged(Vec<AttemptRecord>),
    /// The leader needs nothing more of anyone.
    Closed,
}

/// How an attempt ended, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The attempt.
    pub attempt: AttemptId,
    /// What it computed.
    pub function: FunctionIndex,
    /// The contents that it computed from, in the order of the function's dependencies.
    pub inputs: Vec<Digest>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt that nobody stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It gave a value.
    Value(Value),
    /// It failed.
    Fault(Fault),
}
