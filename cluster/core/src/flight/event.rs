//! What can happen to a flight.

use crate::outcome::Ending;
use crate::{AttemptId, LogLine, MemberIndex};

use super::report::Report;

/// What can happen to a member's part of a flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The flight may begin. Comes first, once.
    Begin,
    /// A member says that it takes part, for the first time or after its link came back.
    PeerJoined {
        /// Which.
        member: MemberIndex,
    },
    /// Nobody could be found to be this member.
    PeerRefused {
        /// Which.
        member: MemberIndex,
    },
    /// The link to a member came up while the flight was under way.
    PeerReachable {
        /// Which.
        member: MemberIndex,
    },
    /// The link to a member is down, or was never up.
    PeerLost {
        /// Which.
        member: MemberIndex,
    },
    /// A member told us something.
    PeerReported {
        /// Who.
        from: MemberIndex,
        /// What.
        report: Report,
    },
    /// A member answered our joining with all that it has for us.
    Welcomed {
        /// Who.
        from: MemberIndex,
        /// What it has.
        reports: Vec<Report>,
    },
    /// The process of an attempt of ours runs.
    AttemptStarted {
        /// Which.
        attempt: AttemptId,
        /// Its process.
        pid: u32,
    },
    /// What an attempt of ours has written, if anything; comes before its end.
    AttemptWrote {
        /// Which.
        attempt: AttemptId,
        /// All of it, in the order in which it came.
        log: Vec<LogLine>,
    },
    /// An attempt of ours ended. Comes once for every launched attempt.
    AttemptEnded {
        /// Which.
        attempt: AttemptId,
        /// How.
        ending: Ending,
    },
    /// The client, or the node, no longer wants the flight.
    Cancelled,
    /// The moment of [`Flight::poll_timeout`](super::Flight::poll_timeout) has come.
    Tick,
}
