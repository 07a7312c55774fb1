//! One workflow in virtual time, on nodes that it has for itself.

use std::sync::Arc;
use std::time::Duration;

use raptor_core::manifest::Manifest;
use raptor_core::supervision::{Answer, SlotHolder, Slots};
use raptor_core::{AttemptId, FlightId, FunctionIndex, MemberIndex, Moment};

use super::agenda::Agenda;
use super::{Crew, End, Message, Orders, Surroundings, Values};
use crate::policy::Policy;

/// What a workflow is flown with.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    orders: Orders,
    delay: Duration,
    stop: Duration,
    node_slots: Option<u16>,
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
            node_slots: None,
        }
    }

    /// The same with members that run so many attempts at once. Fork-join ignores it.
    #[must_use]
    pub(crate) fn with_slots(mut self, slots: u16) -> Self {
        self.orders.slots = slots;
        self
    }

    /// The same with a node for each member that runs so much weight of attempts at once: others
    /// wait for it in their order. None waits, unless this is said.
    #[must_use]
    pub(crate) fn with_node_slots(mut self, slots: Option<u16>) -> Self {
        self.node_slots = slots;
        self
    }

    /// The same with attempts that give such values.
    #[must_use]
    #[cfg(test)]
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
    #[cfg(test)]
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
        nodes: terms.nodes(),
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
    /// The slots of each member's node; none where nobody waits for any.
    nodes: Vec<Slots>,
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
    service: Duration,
    /// When it had a slot.
    began: Option<Moment>,
    /// When it ends, as things stand; none while it waits.
    ends: Option<Moment>,
    end: End,
    is_over: bool,
}

impl Terms {
    fn nodes(&self) -> Vec<Slots> {
        let slots = self.node_slots.into_iter();
        let nodes = slots.flat_map(|slots| {
            let node = move |_| Slots::new(u32::from(slots), usize::MAX);
            (0..self.orders.policy.size).map(node)
        });
        nodes.collect()
    }
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
                self.release(which.0);
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
            .filter_map(|tried| Some(tried.ends?.since(tried.began?)));
        Flown {
            took: settled.since(Moment::default()),
            landed,
            work: lengths.sum(),
            attempts: self.tried.len() as u32,
        }
    }
}

impl<D> Sky<'_, D> {
    /// The attempt at that place has its slot.
    fn start(&mut self, at: usize) {
        let (now, tried) = (self.agenda.now(), &mut self.tried[at]);
        let ends = now + tried.service;
        (tried.began, tried.ends) = (Some(now), Some(ends));
        self.agenda.put(ends, Happening::End(at));
    }

    /// Whether an attempt may run at once; else it waits.
    fn has_slot(&mut self, attempt: AttemptId, function: FunctionIndex) -> bool {
        let Some(slots) = self.nodes.get_mut(attempt.member.at()) else {
            return true;
        };
        let weight = self.terms.orders.manifest.function(function).slots_weight;
        slots.request(holder(attempt), weight) == Answer::Granted
    }

    /// An attempt needs its slot no longer: others may begin.
    fn release(&mut self, attempt: AttemptId) {
        let Some(slots) = self.nodes.get_mut(attempt.member.at()) else {
            return;
        };
        for next in slots.release(holder(attempt)) {
            let at = self.place(next.attempt);
            self.start(at);
        }
    }

    /// Where an attempt stands among those that were tried.
    fn place(&self, attempt: AttemptId) -> usize {
        let at = self.tried.iter().rposition(|it| it.attempt == attempt);
        at.expect("it was launched")
    }
}

/// An attempt of the only flight, to a node's slots.
const fn holder(attempt: AttemptId) -> SlotHolder {
    let flight = FlightId(0);
    SlotHolder { flight, attempt }
}

impl<D: FnMut(FunctionIndex, MemberIndex) -> Draw> Surroundings for Sky<'_, D> {
    fn send(&mut self, from: MemberIndex, to: MemberIndex, message: Message) {
        let at = self.agenda.now() + self.terms.delay;
        self.agenda.put(at, Happening::Arrival(from, to, message));
    }

    fn launch(&mut self, attempt: AttemptId, function: FunctionIndex) {
        let Draw { service, is_fault } = (self.draw)(function, attempt.member);
        let at = self.tried.len();
        self.tried.push(Tried {
            attempt,
            function,
            service,
            began: None,
            ends: None,
            end: if is_fault { End::Fault } else { End::Value },
            is_over: false,
        });
        if self.has_slot(attempt, function) {
            self.start(at);
        }
    }

    /// What ends by itself before the order takes effect is still stopped: it is not believed.
    fn preempt(&mut self, attempt: AttemptId) {
        let at = self.place(attempt);
        let tried = &mut self.tried[at];
        tried.end = End::Stopped;
        let dead = match tried.began {
            Some(_) => self.agenda.now() + self.terms.stop,
            None => self.agenda.now(),
        };
        if tried.ends.is_none_or(|ends| dead < ends) {
            tried.ends = Some(dead);
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
