//! What a flight wants done.

use crate::outcome::Fault;
use crate::{AttemptId, FunctionIndex, MemberIndex, Value};

use super::logbook::AttemptRecord;
use super::notice::Notice;
use super::report::Report;

/// What a flight wants done. The shell obeys; it never decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Find a node to be this member. The leader only.
    Recruit {
        /// Which.
        member: MemberIndex,
    },
    /// Say that this member takes part.
    Join {
        /// To whom.
        to: Audience,
    },
    /// Answer a member's joining with all that we have for it.
    Welcome {
        /// Which member.
        to: MemberIndex,
        /// What we have.
        reports: Vec<Report>,
    },
    /// Tell the news.
    Report {
        /// To whom.
        to: Audience,
        /// What.
        report: Report,
    },
    /// Start an attempt.
    Launch {
        /// Its name.
        attempt: AttemptId,
        /// What it computes.
        function: FunctionIndex,
        /// The values to compute from, in the order of the function's dependencies.
        inputs: Vec<Value>,
    },
    /// Stop an attempt: signal its process group.
    Preempt {
        /// Which.
        attempt: AttemptId,
    },
    /// The flight is decided. Comes once; everything of it that ran here has been preempted.
    Settle(Verdict),
    /// Nothing more will come of this flight: forget it. Comes once, last.
    Close {
        /// Every attempt that this member knows of, in the order of their launches.
        log: Vec<AttemptRecord>,
    },
    /// Something worth counting or showing.
    Notice(Notice),
}

/// Who is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every other member.
    All,
    /// One member.
    One(MemberIndex),
}

/// How a flight ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every function has a sealed value.
    Landed {
        /// The sinks' values, in the order of the manifest.
        values: Vec<(FunctionIndex, Value)>,
    },
    /// A function failed on every member.
    Failed {
        /// The function.
        function: FunctionIndex,
        /// Each attempt's fault.
        faults: Vec<(AttemptId, Fault)>,
    },
    /// The deadline passed first.
    TimedOut,
    /// Nobody wants it any more.
    Cancelled,
    /// The leader was lost. Followers only.
    Abandoned,
}
