//! The end of a flight: the logs come in, then everyone forgets it.

use std::collections::BTreeSet;

use crate::{MemberIndex, Moment};

use super::{AttemptRecord, Audience, Command, Flight, Phase, Report, Settlement, Verdict};

/// What a settled member still waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closing {
    how: Settlement,
    until: Moment,
    /// Whose log has been told: on the leader everyone's, on a follower its own.
    logged: BTreeSet<MemberIndex>,
}

impl Closing {
    pub(super) fn new(how: Settlement, until: Moment) -> Self {
        Self {
            how,
            until,
            logged: BTreeSet::new(),
        }
    }

    pub(super) fn how(&self) -> Settlement {
        self.how
    }

    pub(super) fn until(&self) -> Moment {
        self.until
    }

    pub(super) fn stop_waiting(&mut self, now: Moment) {
        self.until = now;
    }
}

impl Flight {
    /// When a member that has just settled stops waiting. Followers wait twice as long as the
    /// leader, since it is the leader who says that nothing more is needed.
    pub(super) fn closing_until(&self) -> Moment {
        let wait = self.charter.debrief_timeout;
        self.now + if self.leads() { wait } else { 2 * wait }
    }

    /// Logs and closes, as soon as the time for it has come.
    pub(super) fn conclude(&mut self) {
        let Phase::Settled(closing) = &self.phase else {
            return;
        };
        if self.now >= closing.until {
            return self.close();
        }
        if !self.stopping.is_empty() {
            return;
        }
        if self.leads() {
            let has_logged = |member: MemberIndex| closing.logged.contains(&member);
            if self
                .roster
                .up()
                .all(|member| member.leads() || has_logged(member))
            {
                self.close();
            }
        } else if closing.how == Settlement::Abandoned {
            self.close();
        } else if !closing.logged.contains(&self.charter.me) && self.holds_all_it_should() {
            self.log();
        }
    }

    /// Whether every final value has arrived; without landing there are none to wait for.
    fn holds_all_it_should(&self) -> bool {
        !self.wants_values() || self.progress.missing_from().next().is_none()
    }

    /// Whether it is to end with every final value: not if it ended without landing.
    pub(super) fn wants_values(&self) -> bool {
        match &self.phase {
            Phase::Flying => true,
            Phase::Settled(closing) => closing.how == Settlement::Landed,
            Phase::Waiting | Phase::Closed => false,
        }
    }

    fn log(&mut self) {
        let me = self.charter.me;
        let report = Report::Logged(self.logbook.of(me));
        self.push(Command::Report {
            to: Audience::One(MemberIndex::LEADER),
            report,
        });
        if let Phase::Settled(closing) = &mut self.phase {
            closing.logged.insert(me);
        }
    }

    pub(super) fn on_logged(&mut self, from: MemberIndex, records: Vec<AttemptRecord>) {
        self.logbook.on_logged(from, records);
        if let Phase::Settled(closing) = &mut self.phase {
            closing.logged.insert(from);
        }
    }

    /// The leader needs nothing more. A flight under way here was over before it was joined.
    pub(super) fn on_closed(&mut self) {
        if !self.is_settled() {
            self.settle(Verdict::Cancelled);
        }
        if let Phase::Settled(closing) = &mut self.phase {
            closing.stop_waiting(self.now);
        }
    }

    fn close(&mut self) {
        if self.leads() {
            self.push(Command::Report {
                to: Audience::All,
                report: Report::Closed,
            });
        }
        self.phase = Phase::Closed;
        self.push(Command::Close {
            log: self.logbook.all(),
        });
    }
}
