//! The simulated shell: it does what a member wants done, and checks that it may want it.

use raptor_core::flight::{AttemptRecord, Audience, Command, Verdict};
use raptor_core::{AttemptId, FunctionIndex, MemberIndex, Value};

use crate::agenda::{Happening, Message, Parcel};
use crate::executor::Run;
use crate::invariant::{Invariant, Violation};
use crate::mark::Mark;
use crate::pilot::Pilot;
use crate::plan::Recruit;
use crate::world::World;

impl<P: Pilot> World<P> {
    pub(crate) fn obey(&mut self, by: MemberIndex, command: Command) -> Result<(), Violation> {
        Invariant::CloseComesLast.check(self.parts[by.at()].closed.is_none(), || {
            format!("{by:?} wants {command:?} after its close")
        })?;
        match command {
            Command::Recruit { member } => self.recruit(by, member),
            Command::Join { to } => {
                self.tell(by, to, &Message::Join);
                Ok(())
            }
            Command::Welcome { to, reports } => {
                reports
                    .iter()
                    .try_for_each(|report| self.ledger.on_report(by, Audience::One(to), report))?;
                self.send(by, to, Message::Welcome(reports));
                Ok(())
            }
            Command::Report { to, report } => {
                self.ledger.on_report(by, to, &report)?;
                self.tell(by, to, &Message::Report(report));
                Ok(())
            }
            Command::Launch {
                attempt,
                function,
                inputs,
            } => self.launch(by, attempt, function, &inputs),
            Command::Preempt { attempt } => self.preempt(attempt),
            Command::Settle(verdict) => self.settle(by, verdict),
            Command::Close { log } => self.close(by, &log),
            Command::Notice(notice) => {
                self.marks.on_notice(&notice);
                Ok(())
            }
        }
    }

    /// Sends a message, if there is a link that is believed to be up.
    pub(crate) fn send(&mut self, from: MemberIndex, to: MemberIndex, message: Message) {
        if let Some((arrives, life)) = self.network.send(self.now, &mut self.prng, from, to) {
            let parcel = Parcel {
                from,
                to,
                life,
                message,
            };
            self.agenda.put(arrives, Happening::Arrival(parcel));
        }
    }

    fn tell(&mut self, from: MemberIndex, to: Audience, message: &Message) {
        for peer in self.peers(from) {
            if matches!(to, Audience::All) || to == Audience::One(peer) {
                self.send(from, peer, message.clone());
            }
        }
    }

    fn recruit(&mut self, by: MemberIndex, member: MemberIndex) -> Result<(), Violation> {
        Invariant::ReportsAreTrue.check(by.leads() && !member.leads(), || {
            format!("{by:?} recruits {member:?}")
        })?;
        match self.plan.recruits[member.at()] {
            Recruit::Joins { after } if self.network.is_open(by, member) => {
                self.agenda
                    .put(self.now + after, Happening::Recruited(member));
            }
            Recruit::Refuses { after } => {
                self.agenda
                    .put(self.now + after, Happening::Refused(member));
            }
            Recruit::Joins { .. } | Recruit::Silent => {}
        }
        Ok(())
    }

    fn launch(
        &mut self,
        by: MemberIndex,
        attempt: AttemptId,
        function: FunctionIndex,
        inputs: &[Value],
    ) -> Result<(), Violation> {
        Invariant::ReportsAreTrue.check(attempt.member == by, || {
            format!("{by:?} launches {attempt:?}")
        })?;
        self.ledger.check_launch(attempt, function, inputs)?;
        let terms = (function, self.plan.manifest.function(function));
        let digests = inputs.iter().map(Value::digest).collect();
        let work = &self.plan.work;
        let run = Run::launch(self.now, &mut self.prng, work, attempt, terms, digests);
        if let Some(starts) = run.starts {
            let pid = self.prng.between(300, 32_767) as u32;
            self.agenda
                .put(starts, Happening::AttemptStarts { attempt, pid });
        }
        self.agenda.put(
            run.ends,
            Happening::AttemptEnds {
                attempt,
                order: run.order,
            },
        );
        self.ledger.on_launched(attempt, run);
        Ok(())
    }

    fn preempt(&mut self, attempt: AttemptId) -> Result<(), Violation> {
        let run = self.ledger.on_preempted(attempt)?;
        run.preempt(self.now, &mut self.prng, &self.plan.work);
        if matches!(run.ending, raptor_core::Ending::Value(_)) {
            self.marks.on_met(Mark::PreemptionRaced);
        }
        self.agenda.put(
            run.ends,
            Happening::AttemptEnds {
                attempt,
                order: run.order,
            },
        );
        Ok(())
    }

    fn settle(&mut self, by: MemberIndex, verdict: Verdict) -> Result<(), Violation> {
        let is_past_deadline = self.now >= self.plan.deadline;
        let part = &mut self.parts[by.at()];
        Invariant::SettlesOnce.check(part.verdict.is_none(), || {
            format!("{by:?} settles again, now on {verdict:?}")
        })?;
        part.check_reason(by, &verdict, is_past_deadline)?;
        self.marks.on_settled(&verdict);
        if by.leads() {
            self.ledger.check_answer(&verdict)?;
            let survived = |(_, run): (AttemptId, &Run)| run.has_failed();
            let mut indices = self.plan.manifest.indices();
            if matches!(verdict, Verdict::Landed { .. })
                && indices.any(|function| self.ledger.tries(function).any(survived))
            {
                self.marks.on_met(Mark::FaultSurvived);
            }
        }
        self.parts[by.at()].verdict = Some((self.now, verdict));
        Ok(())
    }

    fn close(&mut self, by: MemberIndex, log: &[AttemptRecord]) -> Result<(), Violation> {
        let part = &mut self.parts[by.at()];
        Invariant::CloseComesLast.check(part.verdict.is_some(), || {
            format!("{by:?} closes before it settles")
        })?;
        part.closed = Some(self.now);
        let settled = part.verdict.as_ref().map_or(0, |(settled, _)| *settled);
        let in_time = by.leads() && self.now < settled + self.plan.debrief_timeout;
        if by.leads() && !in_time {
            self.marks.on_met(Mark::DebriefTimedOut);
        }
        self.ledger.check_log(by, log, in_time)
    }
}
