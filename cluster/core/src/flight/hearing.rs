//! What a member makes of what it hears: from its peers, and from its own attempts.

use crate::outcome::{Ending, Fault, FaultKind};
use crate::{AttemptId, FunctionIndex, LogLine, MemberIndex};

use super::{
    AttemptOutcome, Audience, Command, Event, Finding, Flight, Live, Notice, Outcome, Phase,
    PreemptCause, Report, Settlement, Standing, Stopping, Verdict,
};

impl Flight {
    pub(super) fn on_event(&mut self, event: Event) {
        match event {
            Event::Begin => panic!("a flight begins once"),
            Event::PeerJoined { member } => self.on_peer_joined(member),
            Event::PeerRefused { member } | Event::PeerLost { member } => self.on_peer_out(member),
            Event::PeerReachable { member } => self.on_peer_reachable(member),
            Event::PeerReported { from, report } => self.on_report(from, report),
            Event::Welcomed { from, reports } => {
                for report in reports {
                    self.on_report(from, report);
                }
            }
            Event::AttemptStarted { attempt, pid } => self.on_attempt_started(attempt, pid),
            Event::AttemptWrote { attempt, log } => self.on_attempt_wrote(attempt, log),
            Event::AttemptEnded { attempt, ending } => self.on_attempt_ended(attempt, ending),
            Event::Cancelled => self.on_cancelled(),
            Event::Tick => self.on_tick(),
        }
    }

    /// The leader tells everyone when it settles.
    fn on_cancelled(&mut self) {
        if self.leads() {
            self.end(Verdict::Cancelled);
        } else {
            self.leave(Verdict::Cancelled);
        }
    }

    /// A follower that leaves says so to all: the news of its joining may still be under way to
    /// some, and would outlive what the leader tells them.
    fn leave(&mut self, verdict: Verdict) {
        if !self.is_settled() {
            self.push(Command::Report {
                to: Audience::All,
                report: Report::Ended,
            });
            self.settle(verdict);
        }
    }

    fn on_tick(&mut self) {
        if self.leads() && !self.is_settled() && self.now >= self.recruits_until() {
            for member in self.roster.recruited() {
                self.on_peer_out(member);
            }
        }
    }

    fn on_peer_joined(&mut self, member: MemberIndex) {
        if !self.roster.has(member) {
            return;
        }
        if self.roster.set(member, Standing::Up) {
            self.notice(Notice::Joined { member });
        }
        let reports = self.welcome();
        if !reports.is_empty() {
            self.push(Command::Welcome {
                to: member,
                reports,
            });
        }
    }

    /// All that a newcomer may have missed: the leader tells everything that it knows, and whom it
    /// does not count on; the others what they found themselves, so that each finding is told by
    /// someone who is sure to have it.
    fn welcome(&self) -> Vec<Report> {
        let (me, leads) = (self.charter.me, self.leads());
        let told = |attempt: AttemptId| leads || attempt.member == me;
        let mut reports = self.progress.snapshot(&self.charter.manifest, told);
        if leads {
            reports.extend(self.progress.seals());
            let out = self.roster.out();
            reports.extend(out.map(|member| Report::Out { member }));
        }
        if leads
            && let Phase::Settled(closing) = &self.phase
            && closing.how() != Settlement::Landed
        {
            reports.push(Report::Ended);
        }
        reports
    }

    fn on_peer_reachable(&mut self, member: MemberIndex) {
        if self.roster.has(member) && !self.is_settled() {
            self.push(Command::Join {
                to: Audience::One(member),
            });
        }
    }

    fn on_peer_out(&mut self, member: MemberIndex) {
        if !self.roster.has(member) || !self.roster.set(member, Standing::Out) {
            return;
        }
        self.notice(Notice::Missing { member });
        if self.leads() {
            let report = Report::Out { member };
            self.push(Command::Report {
                to: Audience::All,
                report,
            });
        } else if member.leads() {
            self.on_leader_lost();
        } else {
            self.bequeath(member);
            self.fetch_missing();
        }
    }

    /// What a lost member said before may arrive after the news of its loss.
    fn bequeath_if_out(&mut self, member: MemberIndex) {
        if !self.leads() && self.roster.standing(member) == Standing::Out {
            self.bequeath(member);
        }
    }

    /// Tells the leader what a lost member has found, as far as it is not sealed: the leader may
    /// not have heard of it, and nobody here computes it again.
    fn bequeath(&mut self, lost: MemberIndex) {
        let to = Audience::One(MemberIndex::LEADER);
        for finding in self.progress.candidates_of(lost) {
            let report = Report::Finished(finding);
            self.push(Command::Report { to, report });
        }
    }

    fn on_leader_lost(&mut self) {
        match &mut self.phase {
            Phase::Settled(closing) => closing.stop_waiting(self.now),
            Phase::Waiting | Phase::Flying | Phase::Closed => self.leave(Verdict::Abandoned),
        }
    }

    /// Asks the leader again for final values that their finders can no longer send. It asks by
    /// joining, so a member that has left must not: it would be counted on again.
    fn fetch_missing(&mut self) {
        let lost = |member: MemberIndex| self.roster.standing(member) == Standing::Out;
        if !self.leads() && self.wants_values() && self.progress.missing_from().any(lost) {
            self.push(Command::Join {
                to: Audience::One(MemberIndex::LEADER),
            });
        }
    }

    fn on_report(&mut self, from: MemberIndex, report: Report) {
        if !self.is_sound(from, &report) {
            return;
        }
        match report {
            Report::Started {
                attempt,
                function,
                pid,
            } => {
                self.on_peer_started(attempt, function, pid);
            }
            Report::Finished(finding) => self.on_peer_finished(from, finding),
            Report::Sealed {
                function,
                attempt,
                digest,
            } => {
                self.progress
                    .seal(&self.charter.manifest, function, attempt, digest);
                self.fetch_missing();
            }
            Report::Out { member } => self.on_peer_out(member),
            Report::Ended if from.leads() => self.end(Verdict::Cancelled),
            Report::Ended => self.on_peer_out(from),
            Report::Logged(records) => self.on_logged(from, records),
            Report::Closed => self.on_closed(),
        }
    }

    /// Whether a peer may say this: everyone speaks of its own attempts, the leader of all, and to
    /// the leader anyone of the others'; only the leader seals, ends and closes; and what is spoken
    /// of must exist.
    fn is_sound(&self, from: MemberIndex, report: &Report) -> bool {
        let manifest = &self.charter.manifest;
        let exists = |function: &FunctionIndex| function.at() < manifest.len();
        let own = |attempt: &AttemptId| attempt.member == from;
        let known = self.roster.has(from) && from != self.charter.me;
        known
            && match report {
                Report::Started {
                    attempt, function, ..
                } => own(attempt) && exists(function),
                Report::Finished(finding) => {
                    let Finding {
                        attempt,
                        function,
                        inputs,
                        ..
                    } = finding;
                    let others = attempt.member != self.charter.me;
                    (own(attempt) || from.leads() || (self.leads() && others))
                        && exists(function)
                        && inputs.len() == manifest.function(*function).depends.len()
                }
                Report::Sealed {
                    function, attempt, ..
                } => from.leads() && exists(function) && self.roster.has(attempt.member),
                Report::Out { member } => from.leads() && self.roster.has(*member),
                Report::Ended => true,
                Report::Logged(_) => self.leads(),
                Report::Closed => from.leads(),
            }
    }

    fn on_peer_started(&mut self, attempt: AttemptId, function: FunctionIndex, pid: u32) {
        self.logbook.on_launched(self.now, attempt, function);
        self.logbook.on_started(self.now, attempt, pid);
        self.notice(Notice::Started { attempt, function });
    }

    fn on_peer_finished(&mut self, from: MemberIndex, finding: Finding) {
        let (attempt, function) = (finding.attempt, finding.function);
        let value = matches!(finding.outcome, Outcome::Value(_));
        let outcome = if value {
            AttemptOutcome::Value
        } else {
            AttemptOutcome::Fault
        };
        self.logbook.on_ended(self.now, attempt, outcome);
        self.progress.merge(&self.charter.manifest, finding);
        if attempt.member == from {
            self.notice(Notice::Heard {
                attempt,
                function,
                value,
            });
            self.bequeath_if_out(from);
        }
    }

    fn on_attempt_started(&mut self, attempt: AttemptId, pid: u32) {
        self.logbook.on_started(self.now, attempt, pid);
        if let Some(Live { function, .. }) = self.live.get(&attempt) {
            let function = *function;
            let report = Report::Started {
                attempt,
                function,
                pid,
            };
            self.push(Command::Report {
                to: Audience::All,
                report,
            });
            self.notice(Notice::Started { attempt, function });
        }
    }

    /// What a preempted attempt wrote is believed no more than what it gives.
    fn on_attempt_wrote(&mut self, attempt: AttemptId, log: Vec<LogLine>) {
        if self.live.contains_key(&attempt) {
            self.logbook.on_wrote(attempt, log);
        }
    }

    fn on_attempt_ended(&mut self, attempt: AttemptId, ending: Ending) {
        if let Some(stopping) = self.stopping.remove(&attempt) {
            return self.on_stopped(attempt, stopping, &ending);
        }
        let live = self.live.remove(&attempt).expect("an attempt ends once");
        let outcome = AttemptOutcome::of(&ending);
        self.logbook.on_ended(self.now, attempt, outcome);
        let took = self.now.since(live.launched);
        let function = live.function;
        self.notice(Notice::Ended {
            attempt,
            function,
            outcome,
            took,
            stopping: None,
        });
        let outcome = match ending {
            Ending::Value(value) => Outcome::Value(value),
            Ending::Fault(fault) => Outcome::Fault(fault),
            Ending::Stopped { .. } => Outcome::Fault(stopped_unasked()),
        };
        let finding = Finding {
            attempt,
            function,
            inputs: live.inputs,
            outcome,
        };
        self.progress.merge(&self.charter.manifest, finding.clone());
        self.push(Command::Report {
            to: Audience::All,
            report: Report::Finished(finding),
        });
    }

    /// A preempted attempt may still have ended with a value: it raced its own preemption, and
    /// lost.
    fn on_stopped(&mut self, attempt: AttemptId, stopping: Stopping, ending: &Ending) {
        let signal = match ending {
            Ending::Stopped { signal } => *signal,
            Ending::Value(_) | Ending::Fault(_) => None,
        };
        let landed = match &self.phase {
            Phase::Settled(closing) => closing.how() == Settlement::Landed,
            Phase::Waiting | Phase::Flying | Phase::Closed => true,
        };
        let outcome = match stopping.cause {
            PreemptCause::Settled if !landed => AttemptOutcome::Cancelled { signal },
            PreemptCause::Settled | PreemptCause::Straggler | PreemptCause::LostInput => {
                AttemptOutcome::Preempted { signal }
            }
        };
        self.logbook.on_ended(self.now, attempt, outcome);
        self.notice(Notice::Ended {
            attempt,
            function: stopping.live.function,
            outcome,
            took: self.now.since(stopping.live.launched),
            stopping: Some(self.now.since(stopping.since)),
        });
    }

    /// Settles, unless the flight is decided already.
    fn end(&mut self, verdict: Verdict) {
        if !self.is_settled() {
            self.settle(verdict);
        }
    }
}

/// An executor that ends an attempt that nobody told it to stop has failed at it.
fn stopped_unasked() -> Fault {
    FaultKind::Lost("its executor ended".to_owned()).into()
}
