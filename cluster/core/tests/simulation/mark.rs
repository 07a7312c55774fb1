//! What a simulation must have met to have shown anything.

use std::collections::BTreeMap;

use raptor_core::flight::{Notice, PreemptCause, Verdict};

/// Something that not every flight meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Landed,
    Failed,
    TimedOut,
    Cancelled,
    Abandoned,
    StragglerPreempted,
    LostInputPreempted,
    /// A preempted attempt gave a value all the same.
    PreemptionRaced,
    MessageLost,
    LinkHealed,
    JoinedLate,
    ToldOfUnknownFlight,
    FaultSurvived,
    /// A leader closed without the log of a member that it counted on.
    DebriefTimedOut,
}

/// How often each mark was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(BTreeMap<Mark, u64>);

impl Marks {
    pub(crate) fn on_met(&mut self, mark: Mark) {
        *self.0.entry(mark).or_default() += 1;
    }

    pub(crate) fn on_notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Preempted {
                cause: PreemptCause::Straggler,
                ..
            } => {
                self.on_met(Mark::StragglerPreempted);
            }
            Notice::Preempted {
                cause: PreemptCause::LostInput,
                ..
            } => {
                self.on_met(Mark::LostInputPreempted);
            }
            Notice::Preempted {
                cause: PreemptCause::Settled,
                ..
            }
            | Notice::Started { .. }
            | Notice::Ended { .. }
            | Notice::Heard { .. }
            | Notice::Sealed { .. }
            | Notice::Joined { .. }
            | Notice::Missing { .. }
            | Notice::Settled { .. } => {}
        }
    }

    pub(crate) fn on_settled(&mut self, verdict: &Verdict) {
        self.on_met(match verdict {
            Verdict::Landed { .. } => Mark::Landed,
            Verdict::Failed { .. } => Mark::Failed,
            Verdict::TimedOut => Mark::TimedOut,
            Verdict::Cancelled => Mark::Cancelled,
            Verdict::Abandoned => Mark::Abandoned,
        });
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (mark, times) in &other.0 {
            *self.0.entry(*mark).or_default() += times;
        }
    }

    pub(crate) fn times(&self, mark: Mark) -> u64 {
        self.0.get(&mark).copied().unwrap_or(0)
    }
}
