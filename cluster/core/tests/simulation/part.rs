//! One member's part in a simulated flight.

use raptor_core::flight::{Event, Report, Verdict};
use raptor_core::{MemberIndex, Moment};

use crate::invariant::{Invariant, Violation};

/// What there is of a member on its node.
#[derive(Debug)]
pub(crate) struct Part<P> {
    /// Nothing until it begins; kept when it closes, for the last questions.
    pub(crate) pilot: Option<P>,
    pub(crate) is_crashed: bool,
    /// When it closed.
    pub(crate) closed: Option<u64>,
    /// How it settled, and when.
    pub(crate) verdict: Option<(u64, Verdict)>,
    /// When the leader was told that it takes part, if that was before the leader closed.
    pub(crate) joined: Option<u64>,
    has_lost_leader: bool,
    is_cancelled: bool,
    is_told_to_end: bool,
    /// When it wants to be woken, and which setting of its timer that is.
    pub(crate) timer: Option<Moment>,
    pub(crate) setting: u32,
}

impl<P> Default for Part<P> {
    fn default() -> Self {
        Self {
            pilot: None,
            is_crashed: false,
            closed: None,
            verdict: None,
            joined: None,
            has_lost_leader: false,
            is_cancelled: false,
            is_told_to_end: false,
            timer: None,
            setting: 0,
        }
    }
}

impl<P> Part<P> {
    /// Whether there is somebody to hear what comes.
    pub(crate) fn is_present(&self) -> bool {
        self.pilot.is_some() && !self.is_crashed && self.closed.is_none()
    }

    /// Whether it is present and has not settled.
    pub(crate) fn is_flying(&self) -> bool {
        self.is_present() && self.verdict.is_none()
    }

    /// Remembers what may be a reason to end early.
    pub(crate) fn witness(&mut self, event: &Event) {
        let ends = |report: &Report| matches!(report, Report::Ended | Report::Closed);
        match event {
            Event::PeerLost { member } if member.leads() => self.has_lost_leader = true,
            Event::PeerReported { from, report } if from.leads() => {
                self.is_told_to_end |= ends(report);
            }
            Event::Welcomed { from, reports } if from.leads() => {
                self.is_told_to_end |= reports.iter().any(ends);
            }
            Event::Cancelled => self.is_cancelled = true,
            Event::Begin
            | Event::PeerJoined { .. }
            | Event::PeerRefused { .. }
            | Event::PeerReachable { .. }
            | Event::PeerLost { .. }
            | Event::PeerReported { .. }
            | Event::Welcomed { .. }
            | Event::AttemptStarted { .. }
            | Event::AttemptWrote { .. }
            | Event::AttemptEnded { .. }
            | Event::Tick => {}
        }
    }

    /// Whether it should end as the leader does: it took part, and nothing came between.
    pub(crate) fn is_with_leader(&self) -> bool {
        self.pilot.is_some()
            && self.joined.is_some()
            && !(self.is_crashed || self.has_lost_leader || self.is_cancelled)
    }

    /// Whether it has a reason to end so; landing and failing are judged elsewhere.
    pub(crate) fn check_reason(
        &self,
        me: MemberIndex,
        verdict: &Verdict,
        is_past_deadline: bool,
    ) -> Result<(), Violation> {
        let has_reason = match verdict {
            Verdict::Landed { .. } => true,
            Verdict::Failed { .. } => me.leads(),
            Verdict::TimedOut => is_past_deadline,
            Verdict::Cancelled => self.is_cancelled || (self.is_told_to_end && !me.leads()),
            Verdict::Abandoned => self.has_lost_leader && !me.leads(),
        };
        Invariant::VerdictsHaveReasons
            .check(has_reason, || format!("{me:?} settles on {verdict:?}"))
    }
}
