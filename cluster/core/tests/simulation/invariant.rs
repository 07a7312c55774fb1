//! What must hold after every event, each with a name.

use std::fmt;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// At most `slots` live attempts per member.
    SlotsAreRespected,
    /// Nobody computes what is known to it.
    NothingKnownIsComputed,
    /// What a preempted attempt gave is nowhere taken for a value or a fault.
    ThePreemptedIsNeverBelieved,
    /// Members tell only what happened, and only what they may.
    ReportsAreTrue,
    /// An attempt is launched with values that attempts gave.
    InputsAreReal,
    /// Only what runs is preempted.
    OnlyTheLiveIsPreempted,
    /// A member does not try more often than it may.
    TriesAreBounded,
    /// What is not idempotent runs at most once, on the leader, from values that are final.
    TheNonIdempotentRunsOnce,
    /// Undisturbed fork-join runs every function once, faults aside.
    ForkJoinNeverSpeculates,
    /// Every function is sealed at most once, by the leader, and members know no other seal.
    SealsAreFinal,
    /// Every sealed value was computed from exactly the sealed inputs.
    TheExecutionIsConsistent,
    /// The client is answered with the sealed values of all sinks.
    TheAnswerIsSealed,
    /// A flight fails exactly if nobody is left to try a function, and names every fault of it.
    FailuresFollowTheRules,
    /// A flight ends as cancelled, abandoned or timed out only for that reason.
    VerdictsHaveReasons,
    /// When a member settles, nothing of the flight runs on it.
    TheSettledRunsNothing,
    /// A member settles once.
    SettlesOnce,
    /// A member closes once, and nothing comes after.
    CloseComesLast,
    /// Every attempt of a member is in its log, with its end as it was; also on a leader that does
    /// not close for want of time.
    LogsAreTrue,
    /// A member under way wants to be woken, and not in the past.
    TimeoutsLieAhead,
    /// While the leader lives, the flight settles in bounded time.
    SettlesInTime,
    /// Members that are with the leader settle as soon as they can have heard that it has.
    VerdictsSpread,
    /// Every member that lives closes.
    EveryoneCloses,
    /// Soon after a link has healed, both ends know of all that the other found.
    HealedLinksCatchUp,
    /// In the end all members that were not cut off hold all sealed values.
    AllHoldTheSealed,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    pub(crate) how: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is broken: {}", self.invariant, self.how)
    }
}

impl Invariant {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[
        Self::SlotsAreRespected,
        Self::NothingKnownIsComputed,
        Self::ThePreemptedIsNeverBelieved,
        Self::ReportsAreTrue,
        Self::InputsAreReal,
        Self::OnlyTheLiveIsPreempted,
        Self::TriesAreBounded,
        Self::TheNonIdempotentRunsOnce,
        Self::ForkJoinNeverSpeculates,
        Self::SealsAreFinal,
        Self::TheExecutionIsConsistent,
        Self::TheAnswerIsSealed,
        Self::FailuresFollowTheRules,
        Self::VerdictsHaveReasons,
        Self::TheSettledRunsNothing,
        Self::SettlesOnce,
        Self::CloseComesLast,
        Self::LogsAreTrue,
        Self::TimeoutsLieAhead,
        Self::SettlesInTime,
        Self::VerdictsSpread,
        Self::EveryoneCloses,
        Self::HealedLinksCatchUp,
        Self::AllHoldTheSealed,
    ];

    /// The invariant holds if `holds`; `how` tells what broke it.
    pub(crate) fn check(self, holds: bool, how: impl FnOnce() -> String) -> Result<(), Violation> {
        if holds { Ok(()) } else { self.broken(how()) }
    }

    /// The invariant is broken.
    pub(crate) fn broken<T>(self, how: impl Into<String>) -> Result<T, Violation> {
        Err(Violation {
            invariant: self,
            how: how.into(),
        })
    }
}
