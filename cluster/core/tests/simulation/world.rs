//! The world that a flight flies in: it makes things happen and checks what members make of them.

use std::iter::from_fn;

use raptor_core::flight::{Event, Report, Verdict};
use raptor_core::{AttemptId, MemberIndex, Moment};

use crate::agenda::{Agenda, Happening, Message, Parcel};
use crate::history::History;
use crate::invariant::{Invariant, Violation};
use crate::judge::Judge;
use crate::ledger::Ledger;
use crate::mark::{Mark, Marks};
use crate::network::{Network, pairs};
use crate::part::Part;
use crate::pilot::Pilot;
use crate::plan::{Mishap, Plan, Recruit};
use crate::prng::Prng;

/// A flight has some hundred happenings; one that has so many runs in circles.
const HAPPENINGS_MAX: usize = 100_000;

/// A simulated cluster with one flight.
pub(crate) struct World<P> {
    pub(crate) plan: Plan,
    pub(crate) prng: Prng,
    pub(crate) now: u64,
    pub(crate) agenda: Agenda,
    pub(crate) network: Network,
    pub(crate) ledger: Ledger,
    pub(crate) parts: Vec<Part<P>>,
    pub(crate) history: History,
    pub(crate) marks: Marks,
    judge: Judge,
}

/// What came of a flight.
pub(crate) struct Flown {
    /// How the leader settled and when, unless it was killed before; or what went wrong first.
    pub(crate) outcome: Result<Option<(u64, Verdict)>, Violation>,
    pub(crate) history: History,
    pub(crate) marks: Marks,
}

impl<P: Pilot> World<P> {
    pub(crate) fn new(plan: Plan, history: History) -> Self {
        let size = plan.size();
        let mut agenda = Agenda::default();
        for &(at, mishap) in &plan.mishaps {
            agenda.put(at, Happening::Mishap(mishap));
        }
        agenda.put(0, Happening::Recruited(MemberIndex::LEADER));
        Self {
            prng: Prng::new(!plan.seed),
            now: 0,
            agenda,
            network: Network::new(size, &plan.delays),
            ledger: Ledger::new(&plan.manifest, plan.policy, plan.slots),
            judge: Judge::new(&plan.manifest, plan.policy, plan.join_timeout),
            parts: (0..size).map(|_| Part::default()).collect(),
            history,
            marks: Marks::default(),
            plan,
        }
    }

    /// Flies it to its end, or to the first violation.
    pub(crate) fn fly(mut self) -> Flown {
        let ran = self.run().and_then(|()| self.check_end());
        Flown {
            outcome: ran.map(|()| self.parts[0].verdict.take()),
            history: self.history,
            marks: self.marks,
        }
    }

    fn run(&mut self) -> Result<(), Violation> {
        for _ in 0..HAPPENINGS_MAX {
            let Some((at, happening)) = self.agenda.next() else {
                return Ok(());
            };
            self.now = at;
            self.happen(happening)?;
        }
        Invariant::SettlesInTime.broken(format!("more than {HAPPENINGS_MAX} happenings"))
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Violation> {
        match happening {
            Happening::Recruited(member) => self.begin(member),
            Happening::Refused(member) => {
                self.deliver(MemberIndex::LEADER, Event::PeerRefused { member })
            }
            Happening::Arrival(parcel) => self.arrive(parcel),
            Happening::LossSeen { at, peer, life } => {
                if self.network.see_loss(at, peer, life) {
                    self.deliver(at, Event::PeerLost { member: peer })?;
                }
                Ok(())
            }
            Happening::Healed(one, other) => self.heal(one, other),
            Happening::CaughtUp {
                one,
                other,
                life,
                healed,
            } => self.catch_up(one, other, life, healed),
            Happening::AttemptStarts { attempt, pid } => self.start(attempt, pid),
            Happening::AttemptEnds { attempt, order } => self.end(attempt, order),
            Happening::TimerFires { member, setting } => {
                if self.parts[member.at()].setting == setting {
                    self.deliver(member, Event::Tick)?;
                }
                Ok(())
            }
            Happening::SpuriousTick(member) => self.deliver(member, Event::Tick),
            Happening::Mishap(mishap) => self.go_wrong(mishap),
        }
    }

    fn begin(&mut self, member: MemberIndex) -> Result<(), Violation> {
        let part = &mut self.parts[member.at()];
        if part.is_crashed || part.pilot.is_some() {
            return Ok(());
        }
        part.pilot = Some(P::new(self.plan.charter(member)));
        self.deliver(member, Event::Begin)?;
        for peer in self.peers(member) {
            if !self.network.is_open(member, peer) {
                self.deliver(member, Event::PeerLost { member: peer })?;
            }
        }
        if self.prng.chance(20) {
            let at = self.now + self.prng.below(self.plan.join_timeout + 1);
            self.agenda.put(at, Happening::SpuriousTick(member));
        }
        Ok(())
    }

    /// The members other than this one that have a node.
    pub(crate) fn peers(&self, member: MemberIndex) -> Vec<MemberIndex> {
        let all = (0..self.plan.size()).map(MemberIndex);
        let joins =
            |peer: &MemberIndex| matches!(self.plan.recruits[peer.at()], Recruit::Joins { .. });
        all.filter(|peer| *peer != member).filter(joins).collect()
    }

    fn arrive(&mut self, parcel: Parcel) -> Result<(), Violation> {
        let Parcel {
            from,
            to,
            life,
            message,
        } = parcel;
        if !self.network.delivers(from, to, life) {
            self.marks.on_met(Mark::MessageLost);
            return Ok(());
        }
        if to.leads() && self.parts[to.at()].closed.is_some() {
            if matches!(message, Message::Join) {
                self.marks.on_met(Mark::ToldOfUnknownFlight);
                self.send(to, from, Message::Report(Report::Closed));
            }
            return Ok(());
        }
        let event = match message {
            Message::Join => Event::PeerJoined { member: from },
            Message::Welcome(reports) => Event::Welcomed { from, reports },
            Message::Report(report) => Event::PeerReported { from, report },
        };
        self.deliver(to, event)
    }

    fn heal(&mut self, one: MemberIndex, other: MemberIndex) -> Result<(), Violation> {
        if self.parts[one.at()].is_crashed || self.parts[other.at()].is_crashed {
            return Ok(());
        }
        let Some(life) = self.network.heal(one, other) else {
            return Ok(());
        };
        self.marks.on_met(Mark::LinkHealed);
        self.history.on_world(self.now, &("healed", one, other));
        let (one, other) = if self.prng.chance(500) {
            (one, other)
        } else {
            (other, one)
        };
        let healed = self.now;
        let caught_up = Happening::CaughtUp {
            one,
            other,
            life,
            healed,
        };
        if self.parts[one.at()].is_flying() && self.parts[other.at()].is_flying() {
            let soon = self.now + self.network.round_trip(one, other);
            self.agenda.put(soon, caught_up);
        }
        self.deliver(one, Event::PeerReachable { member: other })?;
        self.deliver(other, Event::PeerReachable { member: one })
    }

    fn catch_up(
        &self,
        one: MemberIndex,
        other: MemberIndex,
        life: u32,
        healed: u64,
    ) -> Result<(), Violation> {
        let flies = |member: MemberIndex| self.parts[member.at()].is_flying();
        if !self.network.delivers(one, other, life) || !flies(one) || !flies(other) {
            return Ok(());
        }
        for (finder, hearer) in [(one, other), (other, one)] {
            let pilot = self.parts[hearer.at()].pilot.as_ref();
            let progress = pilot.expect("who flies has a pilot").progress();
            let mut found = self.ledger.found_by(finder, healed);
            let unknown = found.find(|(_, run)| !progress.is_known(run.function));
            Invariant::HealedLinksCatchUp.check(unknown.is_none(), || {
                format!("{hearer:?} has not heard of {unknown:?}")
            })?;
        }
        Ok(())
    }

    fn start(&mut self, attempt: AttemptId, pid: u32) -> Result<(), Violation> {
        let run = &self.ledger.runs[&attempt];
        if run.is_over || self.now > run.ends {
            return Ok(());
        }
        self.deliver(attempt.member, Event::AttemptStarted { attempt, pid })
    }

    fn end(&mut self, attempt: AttemptId, order: u32) -> Result<(), Violation> {
        let run = &self.ledger.runs[&attempt];
        if run.order != order || run.is_over || self.parts[attempt.member.at()].is_crashed {
            return Ok(());
        }
        let ending = run.ending.clone();
        self.ledger.on_ended(attempt);
        self.deliver(attempt.member, Event::AttemptEnded { attempt, ending })
    }

    fn go_wrong(&mut self, mishap: Mishap) -> Result<(), Violation> {
        self.history.on_world(self.now, &mishap);
        match mishap {
            Mishap::LinkLost {
                one,
                other,
                heals_after,
            } => self.lose(one, other, heals_after),
            Mishap::Partition { side, heals_after } => {
                let is_in = |member: MemberIndex| side & (1 << member.0) != 0;
                for (one, other) in pairs(self.plan.size()) {
                    if is_in(one) != is_in(other) {
                        self.lose(one, other, heals_after);
                    }
                }
            }
            Mishap::Crash(member) => {
                self.parts[member.at()].is_crashed = true;
                self.ledger.on_crashed(member);
                for peer in self.peers(member) {
                    self.lose(member, peer, None);
                }
            }
            Mishap::Cancel(member) => self.deliver(member, Event::Cancelled)?,
        }
        Ok(())
    }

    fn lose(&mut self, one: MemberIndex, other: MemberIndex, heals_after: Option<u64>) {
        let Some(life) = self.network.lose(one, other) else {
            return;
        };
        for (at, peer) in [(one, other), (other, one)] {
            let seen = self.now + self.prng.between(0, self.plan.detection_max);
            self.agenda
                .put(seen, Happening::LossSeen { at, peer, life });
        }
        if let Some(wait) = heals_after {
            self.agenda
                .put(self.now + wait, Happening::Healed(one, other));
        }
    }

    /// Tells a member something, does what it then wants, and checks everything.
    pub(crate) fn deliver(&mut self, to: MemberIndex, event: Event) -> Result<(), Violation> {
        if !self.parts[to.at()].is_present() {
            return Ok(());
        }
        self.history.on_event(self.now, to, &event);
        self.witness(to, &event);
        let was_settled = self.parts[to.at()].verdict.is_some();
        let is_tick = event == Event::Tick;
        let now = Moment::from_micros(self.now);
        let pilot = self.parts[to.at()]
            .pilot
            .as_mut()
            .expect("who is present flies");
        pilot.handle(now, event);
        let commands: Vec<_> = from_fn(|| pilot.poll_command()).collect();
        for command in commands {
            self.history.on_command(self.now, to, &command);
            self.obey(to, command)?;
        }
        self.check(to, was_settled)?;
        self.wind_timer(to, is_tick)
    }

    fn witness(&mut self, to: MemberIndex, event: &Event) {
        self.parts[to.at()].witness(event);
        if !to.leads() {
            return;
        }
        if self.parts[0].verdict.is_none() {
            self.judge.on_event(self.now, event, &self.ledger);
        }
        if let Event::PeerJoined { member } = event {
            self.parts[member.at()].joined.get_or_insert(self.now);
            if self.now > self.plan.join_timeout {
                self.marks.on_met(Mark::JoinedLate);
            }
        }
    }

    fn check(&mut self, member: MemberIndex, was_settled: bool) -> Result<(), Violation> {
        let part = &self.parts[member.at()];
        let pilot = part.pilot.as_ref().expect("who was told something flies");
        self.ledger.check_progress(member, pilot.progress())?;
        let verdict = part.verdict.as_ref().map(|(_, verdict)| verdict);
        if let Some(verdict) = verdict {
            let running = self.ledger.live(member).next();
            Invariant::TheSettledRunsNothing.check(running.is_none(), || {
                format!("{running:?} runs although {member:?} has settled on {verdict:?}")
            })?;
        }
        if member.leads() && !was_settled {
            self.judge.check(verdict, &self.ledger)?;
        }
        Ok(())
    }

    /// Sets the member's timer as it wants. Timers fire a little late.
    fn wind_timer(&mut self, member: MemberIndex, is_tick: bool) -> Result<(), Violation> {
        let now = Moment::from_micros(self.now);
        let part = &mut self.parts[member.at()];
        let wanted = part.pilot.as_ref().and_then(Pilot::poll_timeout);
        let is_new = std::mem::replace(&mut part.timer, wanted) != wanted;
        let is_sane = match wanted {
            None => part.closed.is_some(),
            Some(at) => at > now || !is_tick && (at == now || !is_new),
        };
        Invariant::TimeoutsLieAhead.check(is_sane, || {
            format!("{member:?} wants to be woken at {wanted:?}")
        })?;
        if let Some(at) = wanted.filter(|at| is_new && *at != Moment::NEVER) {
            part.setting += 1;
            let setting = part.setting;
            let fires =
                at.as_micros().max(self.now) + self.prng.between(0, self.plan.timer_slack_max);
            self.agenda
                .put(fires, Happening::TimerFires { member, setting });
        }
        Ok(())
    }
}
