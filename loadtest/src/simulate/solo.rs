//! One workflow in virtual time, on members that wait for nothing but each other: no queues.

use std::sync::Arc;
use std::time::Duration;

use raptor_core::manifest::Manifest;
use raptor_core::{AttemptId, FunctionIndex, MemberIndex, Moment};

use super::agenda::Agenda;
use super::flying::{Crew, End, Message, Orders, Surroundings, Values};
use crate::policy::Policy;

/// What a workflow is flown with.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    orders: Orders,
    delay: Duration,
    stop: Duration,
}

/// What an attempt is given when it is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    /// How long it runs, if nobody stops it.
    pub(crate) service: Duration,
    /// Whether it then fails.
    pub(crate) is_fault: bool,
}

/// What became of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flown {
    /// From its beginning until its leader knew the result.
    pub(crate) took: Duration,
    /// Whether there was one: no function failed on every member.
    pub(crate) landed: bool,
    /// The time that its attempts ran, all added up, until the last was dead.
    pub(crate) work: Duration,
    /// How many attempts were launched.
    pub(crate) attempts: u32,
}

impl Terms {
    /// A workflow under a policy: members run one attempt at once, hear of each other at once, and
    /// what is stopped is dead at once; every attempt's value is another.
    pub(crate) fn new(manifest: Arc<Manifest>, policy: Policy) -> Self {
        let orders = Orders {
            manifest,
            policy,
            slots: 1,
            values: Values::Fresh,
        };
        Self {
            orders,
            delay: Duration::ZERO,
            stop: Duration::ZERO,
        }
    }

    /// The same with members that run so many attempts at once. Fork-join ignores it.
    #[must_use]
    pub(crate) fn with_slots(mut self, slots: u16) -> Self {
        self.orders.slots = slots;
        self
    }

    /// The same with attempts that give such values.
    #[must_use]
    #[cfg_attr(not(test), expect(dead_code, reason = "predictions take the worst"))]
    pub(crate) fn with_values(mut self, values: Values) -> Self {
        self.orders.values = values;
        self
    }

    /// The same with messages that take so long from one member to another.
    #[must_use]
    pub(crate) fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same with attempts that are dead so long after they were told to stop.
    #[must_use]
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "predictions let what is stopped be dead at once")
    )]
    pub(crate) fn with_stop(mut self, stop: Duration) -> Self {
        self.stop = stop;
        self
    }
}

/// Flies one workflow. `draw` is asked once for every attempt, when it is launched; the flight
/// depends on nothing else.
pub(crate) fn fly(
    terms: &Terms,
    draw: &mut impl FnMut(FunctionIndex, MemberIndex) -> Draw,
) -> Flown {
    let mut crew = Crew::new(&terms.orders);
    let mut sky = Sky {
        terms,
        draw,
        agenda: Agenda::new(),
        tried: Vec::with_capacity(terms.orders.manifest.len() * 2),
        settled: None,
    };
    crew.begin(Moment::default(), &terms.orders, &mut sky);
    while let Some(happening) = sky.agenda.next() {
        sky.happen(&mut crew, happening);
    }
    sky.flown()
}

/// What is round the members of a flight that has the world for itself.
struct Sky<'a, D> {
    terms: &'a Terms,
    draw: &'a mut D,
    agenda: Agenda<Happening>,
    /// Every attempt, in the order of the launches.
    tried: Vec<Tried>,
    /// When the leader knew, and whether it landed.
    settled: Option<(Moment, bool)>,
}

enum Happening {
    Arrival(MemberIndex, MemberIndex, Message),
    /// The attempt at this place ends, unless it ended before.
    End(usize),
}

struct Tried {
    attempt: AttemptId,
    function: FunctionIndex,
    launched: Moment,
    ends: Moment,
    end: End,
    is_over: bool,
}

impl<D: FnMut(FunctionIndex, MemberIndex) -> Draw> Sky<'_, D> {
    fn happen(&mut self, crew: &mut Crew, happening: Happening) {
        let now = self.agenda.now();
        let orders = &self.terms.orders;
        match happening {
            Happening::Arrival(from, to, message) => {
                crew.on_message(now, orders, (from, to), message, self);
            }
            Happening::End(at) if !self.tried[at].is_over => {
                let tried = &mut self.tried[at];
                tried.is_over = true;
                let (which, end) = ((tried.attempt, tried.function), tried.end);
                crew.on_ended(now, orders, which, end, self);
            }
            Happening::End(_) => {}
        }
    }

    fn flown(self) -> Flown {
        let (settled, landed) = self
            .settled
            .expect("a flight whose attempts all end is decided");
        let lengths = self
            .tried
            .iter()
            .map(|tried| tried.ends.since(tried.launched));
        Flown {
            took: settled.since(Moment::default()),
            landed,
            work: lengths.sum(),
            attempts: self.tried.len() as u32,
        }
    }
}

impl<D: FnMut(FunctionIndex, MemberIndex) -> Draw> Surroundings for Sky<'_, D> {
    fn send(&mut self, from: MemberIndex, to: MemberIndex, message: Message) {
        let at = self.agenda.now() + self.terms.delay;
        self.agenda.put(at, Happening::Arrival(from, to, message));
    }

    fn launch(&mut self, attempt: AttemptId, function: FunctionIndex) {
        let Draw { service, is_fault } = (self.draw)(function, attempt.member);
        let launched = self.agenda.now();
        let ends = launched + service;
        self.agenda.put(ends, Happening::End(self.tried.len()));
        self.tried.push(Tried {
            attempt,
            function,
            launched,
            ends,
            end: if is_fault { End::Fault } else { End::Value },
            is_over: false,
        });
    }

    /// What ends by itself before the order takes effect is still stopped: it is not believed.
    fn preempt(&mut self, attempt: AttemptId) {
        let at = self.tried.iter().rposition(|it| it.attempt == attempt);
        let at = at.expect("only what was launched is preempted");
        let tried = &mut self.tried[at];
        tried.end = End::Stopped;
        let dead = self.agenda.now() + self.terms.stop;
        if dead < tried.ends {
            tried.ends = dead;
            self.agenda.put(dead, Happening::End(at));
        }
    }

    fn settle(&mut self, member: MemberIndex, has_landed: bool) {
        if member.leads() {
            self.settled = Some((self.agenda.now(), has_landed));
        }
    }
}

#[cfg(test)]
#[path = "solo_tests.rs"]
mod tests;
