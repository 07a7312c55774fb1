//! The flight coordinator: one actor per flight, a shell round [`Flight`].

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::attempt::Ladder;
use raptor_core::flight::{
    AttemptOutcome, AttemptRecord, Audience, Charter, Command, Event, Flight, Notice, Report,
    Verdict,
};
use raptor_core::supervision::SlotHolder;
use raptor_core::{AttemptId, Ending, FaultKind, FlightId, FunctionIndex, Value};
use tracing::debug;

use super::alarm::Alarm;
use super::executor::{Befell, Executor, Task};
use super::supervisor::{FlightEnded, Forward};
use super::warm_pool::{Began, Flown};
use crate::answer::{ActivationEvent, Answer, MemberFault, Progress};
use crate::bundle::Action;
use crate::clock::Clock;
use crate::envelope::News;
use crate::node::Services;
use crate::observe;
use crate::patron::Patron;
use crate::surroundings::Surroundings;

mod account;
mod errand;

#[cfg(test)]
mod tests;

pub(crate) use account::Seating;
use errand::Errand;

/// What a coordinator flies.
pub(crate) struct Part {
    pub(crate) charter: Charter,
    pub(crate) action: Arc<Action>,
    /// The activation's parameters.
    pub(crate) params: Bytes,
    pub(crate) surroundings: Arc<Surroundings>,
    /// Counts what the charter's moments count.
    pub(crate) clock: Clock,
    /// On the leader: who asked, and who was asked to take part.
    pub(crate) lead: Option<Lead>,
}

/// What only the leader of a flight knows.
pub(crate) struct Lead {
    pub(crate) patron: Patron,
    /// How many members were wanted.
    pub(crate) size_wanted: u16,
    pub(crate) seating: Seating,
}

/// The coordinator of one member's part in a flight.
pub(crate) struct FlightCoordinator {
    flight: Flight,
    part: Part,
    executors: BTreeMap<AttemptId, Addr<Executor>>,
    services: Rc<Services>,
    alarm: Alarm,
    /// When the flight was decided here.
    settled: Option<std::time::Duration>,
    is_closed: bool,
    /// Of a follower that came by itself, until its part is decided and has ended.
    errand: Option<Errand>,
}

/// Something happened to the flight.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Happened(pub(crate) Event);

/// A node is asked, or found, to be this member.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Seated(pub(crate) crate::envelope::Seat);

impl FlightCoordinator {
    pub(crate) fn new(part: Part, services: Rc<Services>) -> Self {
        Self {
            flight: Flight::new(part.charter.clone()),
            part,
            executors: BTreeMap::new(),
            services,
            alarm: Alarm::default(),
            settled: None,
            is_closed: false,
            errand: None,
        }
    }

    /// The same, of a member that came by itself: what it has to show for itself is reported.
    pub(crate) fn on_errand(self, is_sent: bool) -> Self {
        let errand = is_sent.then(Errand::default);
        Self { errand, ..self }
    }

    fn drive(&mut self, event: Event, ctx: &mut Context<Self>) {
        if let Event::AttemptEnded { attempt, .. } = &event {
            self.executors.remove(attempt);
        }
        self.flight.handle(self.part.clock.now(), event);
        while let Some(command) = self.flight.poll_command() {
            self.obey(command, ctx);
        }
        self.conclude_errand();
        let next = self.flight.poll_timeout();
        self.alarm.set(next, &self.part.clock, ctx, Self::on_alarm);
    }

    fn obey(&mut self, command: Command, ctx: &mut Context<Self>) {
        match command {
            // Supervision asks the nodes as soon as it admits a flight.
            Command::Recruit { .. } => {}
            Command::Join { to } => {
                let node = self.services.record.node.clone();
                self.forward(to, News::Join(node));
            }
            Command::Welcome { to, reports } => {
                self.forward(Audience::One(to), News::Welcome(reports));
            }
            Command::Report { to, report } => self.forward(to, News::Report(report)),
            Command::Launch {
                attempt,
                function,
                inputs,
            } => {
                self.launch(attempt, function, &inputs, ctx);
            }
            Command::Preempt { attempt } => self.preempt(attempt),
            Command::Settle(verdict) => self.settle(verdict),
            Command::Close { log } => self.close(&log, ctx),
            Command::Notice(notice) => self.notice(&notice),
        }
    }

    fn on_alarm(&mut self, ctx: &mut Context<Self>) {
        self.alarm.rang();
        self.drive(Event::Tick, ctx);
    }

    fn id(&self) -> FlightId {
        self.part.charter.flight
    }

    fn forward(&self, to: Audience, news: News) {
        let (flight, from) = (self.id(), self.part.charter.me);
        self.services.supervisor.do_send(Forward {
            flight,
            from,
            to,
            news,
        });
    }

    fn launch(
        &mut self,
        attempt: AttemptId,
        function: FunctionIndex,
        inputs: &[Value],
        ctx: &mut Context<Self>,
    ) {
        let manifest = &self.part.charter.manifest;
        let depends = &manifest.function(function).depends;
        let value_of = |need| {
            let at = depends.iter().position(|known| *known == need);
            &inputs[at.expect("parameters are made of dependencies")]
        };
        let input = match manifest.parameters(function, &self.part.params, value_of) {
            Ok(input) => input,
            Err(error) => {
                let fault = FaultKind::NotStarted(format!("failed to {error}"));
                let ending = Ending::Fault(fault.into());
                return ctx.notify(Happened(Event::AttemptEnded { attempt, ending }));
            }
        };
        let task = Task {
            flight: self.id(),
            attempt,
            action: Arc::clone(&self.part.action),
            function,
            input,
            surroundings: Arc::clone(&self.part.surroundings),
            deadline_ms: self.part.charter.deadline.as_micros() / 1_000,
            timeout: manifest.function(function).timeout,
        };
        let services = Rc::clone(&self.services);
        let executor = Executor::launch(task, ctx.address(), services, self.part.clock);
        self.executors.insert(attempt, executor);
    }

    /// Signals the attempt's process group, if it has a process yet, and leaves the rest of the
    /// ladder to its executor.
    fn preempt(&self, attempt: AttemptId) {
        let holder = SlotHolder {
            flight: self.id(),
            attempt,
        };
        let opening_sent = self.services.attempts.get(&holder).is_some_and(|leash| {
            let ladder = Ladder::with_grace(self.services.config.flight.grace);
            for signal in ladder.opening() {
                // What is gone needs no signal.
                let _ = leash.signal(crate::signal::to_system(signal));
            }
            true
        });
        if let Some(executor) = self.executors.get(&attempt) {
            let preempted = raptor_core::attempt::Event::Preempted { opening_sent };
            executor.do_send(Befell(preempted));
        }
    }

    fn settle(&mut self, verdict: Verdict) {
        let took = self.part.clock.now().since(self.part.clock.start());
        self.settled = Some(took);
        if let Some(lead) = &self.part.lead {
            let answer = self.answer(verdict, lead);
            lead.patron.tell(
                self.id(),
                ActivationEvent::Settled(answer),
                &self.services.postmaster,
            );
        }
    }

    fn answer(&self, verdict: Verdict, lead: &Lead) -> Answer {
        let manifest = &self.part.charter.manifest;
        match verdict {
            Verdict::Landed { values } => {
                let value_of = |sink| {
                    let found = values.iter().find(|(function, _)| *function == sink);
                    found
                        .map(|(_, value)| value)
                        .expect("every sink has landed")
                };
                match manifest.result(value_of) {
                    Ok(result) => Answer::Landed(result),
                    // Values are checked where they are made: a member broke that contract.
                    Err(error) => Answer::Refused(format!("failed to {error}")),
                }
            }
            Verdict::Failed { function, faults } => {
                let fault = |(attempt, fault): (AttemptId, _)| {
                    let node = lead.seating.node_of(attempt.member)?;
                    Some(MemberFault {
                        attempt,
                        node,
                        fault,
                    })
                };
                Answer::Failed {
                    function: manifest.function(function).name.clone(),
                    faults: faults.into_iter().filter_map(fault).collect(),
                }
            }
            Verdict::TimedOut => Answer::TimedOut,
            Verdict::Cancelled | Verdict::Abandoned => Answer::Cancelled,
        }
    }

    fn close(&mut self, log: &[AttemptRecord], ctx: &mut Context<Self>) {
        self.is_closed = true;
        if let Some(lead) = &self.part.lead {
            let node_slots = self.services.config.slots.max(1);
            let record = account::record(
                &self.part,
                lead,
                &self.flight,
                self.settled,
                node_slots,
                log,
            );
            let event = ActivationEvent::Recorded(record);
            lead.patron
                .tell(self.id(), event, &self.services.postmaster);
        }
        debug!(flight = %self.id(), attempts = log.len(), "a flight closed");
        ctx.stop();
    }

    fn notice(&mut self, notice: &Notice) {
        observe::flight(self.id(), &self.part.charter, notice);
        if let Some(errand) = &mut self.errand {
            errand.on_notice(notice);
        }
        let Some(lead) = &self.part.lead else {
            return;
        };
        if let Some(progress) = progress(notice) {
            let event = ActivationEvent::Progress(progress);
            lead.patron
                .tell(self.id(), event, &self.services.postmaster);
        }
    }
}

/// What of a notice those who watch the activation are told.
fn progress(notice: &Notice) -> Option<Progress> {
    match notice {
        Notice::Started { attempt, function } => {
            Some(Progress::Started(attempt.member, function.0))
        }
        Notice::Sealed { function, attempt } => Some(Progress::Won(attempt.member, function.0)),
        Notice::Heard {
            attempt,
            function,
            value: false,
        } => Some(Progress::Failed(attempt.member, function.0)),
        Notice::Ended {
            attempt,
            function,
            outcome: AttemptOutcome::Fault,
            ..
        } => Some(Progress::Failed(attempt.member, function.0)),
        Notice::Joined { member } => Some(Progress::Joined(*member)),
        Notice::Missing { member } => Some(Progress::Missing(*member)),
        Notice::Heard { .. }
        | Notice::Ended { .. }
        | Notice::Preempted { .. }
        | Notice::Settled { .. } => None,
    }
}

impl Actor for FlightCoordinator {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.services.warm_pool.do_send(Began);
        self.drive(Event::Begin, ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if !self.is_closed {
            // It unwound. Its attempts must not go on without it, nor its peers count on it.
            for attempt in self.executors.keys() {
                self.preempt(*attempt);
            }
            let all = Audience::All;
            self.forward(all, News::Report(Report::Ended));
            if let Some(lead) = &self.part.lead {
                let why = "its coordinator broke; the node's log says why".to_owned();
                let event = ActivationEvent::Settled(Answer::Refused(why));
                lead.patron
                    .tell(self.id(), event, &self.services.postmaster);
            }
        }
        self.services.supervisor.do_send(FlightEnded(self.id()));
        self.services.warm_pool.do_send(Flown {
            action: Arc::clone(&self.part.action),
            env: self.part.surroundings.env.clone(),
        });
    }
}

impl Handler<Happened> for FlightCoordinator {
    type Result = ();

    fn handle(&mut self, Happened(event): Happened, ctx: &mut Self::Context) {
        self.drive(event, ctx);
    }
}

impl Handler<Seated> for FlightCoordinator {
    type Result = ();

    fn handle(&mut self, Seated(seat): Seated, _: &mut Self::Context) {
        if let Some(lead) = &mut self.part.lead {
            lead.seating.seat(seat);
        }
    }
}
