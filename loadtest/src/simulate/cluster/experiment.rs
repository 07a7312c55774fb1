//! One run of a cluster under one policy at one load.

use std::time::Duration;

use super::arrivals::{Arrivals, Stream};
use super::horizon::{Horizon, RELAXATIONS_MIN};
use super::layout::Layout;
use super::scheduler::{Choice, Dispatcher, Flights, Homes, Scheduler, Sparrow, Spread};
use super::tally::{State, Summary, Tally};
use super::workload::Workload;
use super::{Cluster, Happening};
use crate::flying::Values;

/// A cluster and what it is put to. Two runs of one experiment are the same to the last digit.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    /// What the cluster is made of.
    pub(crate) layout: Layout,
    /// What arrives.
    pub(crate) workload: Workload,
    /// When.
    pub(crate) arrivals: Arrivals,
    /// How much: the slots that one copy of every function takes, as a share of all slots, when no
    /// zone is slow.
    pub(crate) load: f64,
    /// How many workflows arrive.
    pub(crate) workflows: u32,
    /// How many attempts a flight's member runs at once.
    pub(crate) flight_slots: u16,
    /// What attempts give, as far as their flight must agree on it.
    pub(crate) values: Values,
    /// Of all chance.
    pub(crate) seed: u64,
}

/// So many functions a slot are under way only in a cluster that is overloaded: a queue of one
/// server, loaded to 95 %, has 19 on average.
const FLOOD_PER_SLOT: u64 = 40;

/// So many more may be under way in any case: a single server's queue varies widely.
const FLOOD_LEAST: u64 = 30_000;

impl Experiment {
    /// Runs it.
    ///
    /// # Panics
    ///
    /// If the policy is a flight of more members than the cluster has room for.
    pub(crate) fn run(&self, scheduler: Scheduler) -> Summary {
        let spread = |choice, copies, hedge| Spread {
            choice,
            copies,
            hedge,
        };
        let spread = match scheduler {
            Scheduler::Flight { size } => {
                let flights = Flights::new(&self.workload, size, self.flight_slots, self.values);
                return self.run_with(flights);
            }
            Scheduler::Sparrow { probes } => {
                return self.run_with(Homes::new(Sparrow { probes }, &self.workload));
            }
            Scheduler::ForkJoin | Scheduler::Central => spread(Choice::Random, 1, None),
            Scheduler::RoundRobin => spread(Choice::InTurn { next: 0 }, 1, None),
            Scheduler::Hedge { after } => spread(Choice::Random, 1, Some(after)),
            Scheduler::Redundancy { copies } => spread(Choice::Random, copies, None),
        };
        let homes = Homes::new(spread, &self.workload);
        if scheduler == Scheduler::Central {
            let layout = self.layout.pooled();
            Self {
                layout,
                ..self.clone()
            }
            .run_with(homes)
        } else {
            self.run_with(homes)
        }
    }

    fn run_with<D: Dispatcher>(&self, dispatcher: D) -> Summary {
        let horizon = self.horizon();
        let tally = Tally::new(horizon.counted(self.load), horizon.batches(self.load));
        let (layout, workload) = (self.layout.clone(), self.workload.clone());
        let cluster = Cluster::new(layout, workload, tally, self.seed);
        let mut world = World {
            cluster,
            dispatcher,
            arrivals: self.arrivals.stream(self.gap(), self.seed),
            arrived: 0,
            workflows: self.workflows,
        };
        let is_flooded = world.run(self.flood());
        let tally = &world.cluster.tally;
        let summary = tally.summary(self.layout.capacity(), is_flooded);
        summary.judged(self.load, horizon)
    }

    /// How long it is.
    fn horizon(&self) -> Horizon {
        let slots = self.layout.slots;
        let [offered, service] = [self.workload.offered(slots), self.workload.service()];
        let [offered, service] = [offered, service].map(|it| it.as_secs_f64());
        let weight = offered / service / self.workload.manifest.len() as f64;
        Horizon {
            workflows: self.workflows,
            length: f64::from(self.workflows) * self.gap().as_secs_f64() / service,
            slots: f64::from(slots) / weight,
            cv2: self.workload.cv2(),
        }
    }

    /// The mean time between two arrivals.
    fn gap(&self) -> Duration {
        let offered = self.workload.offered(self.layout.slots).as_secs_f64();
        Duration::from_secs_f64(offered / self.load / self.layout.capacity() as f64)
    }

    /// With more workflows than this under way, the run is ended.
    fn flood(&self) -> u64 {
        let functions = FLOOD_PER_SLOT * self.layout.capacity() + FLOOD_LEAST;
        functions / self.workload.manifest.len() as u64
    }
}

impl Summary {
    /// The same, but short if it is: by what its servers did, where copies made that more than what
    /// was offered.
    fn judged(mut self, load: f64, horizon: Horizon) -> Self {
        self.relaxations = horizon.relaxations(load.max(self.utilisation));
        let is_open = matches!(self.state, State::Steady | State::Growing);
        if is_open && self.relaxations < RELAXATIONS_MIN {
            self.state = State::Short;
        }
        self
    }
}

struct World<D: Dispatcher> {
    cluster: Cluster<D>,
    dispatcher: D,
    arrivals: Stream,
    arrived: u32,
    workflows: u32,
}

impl<D: Dispatcher> World<D> {
    /// Runs until all is over, or too much is under way; says whether it was too much.
    fn run(&mut self, flood: u64) -> bool {
        self.await_arrival();
        while let Some(happening) = self.cluster.agenda.next() {
            self.happen(happening);
            if self.cluster.tally.inside() > flood {
                return true;
            }
            while let Some(ticket) = self.cluster.next_turn() {
                self.dispatcher.on_turn(&mut self.cluster, ticket);
            }
        }
        assert_eq!(
            self.cluster.tally.inside(),
            0,
            "a workflow to which nothing more can happen is over"
        );
        false
    }

    fn happen(&mut self, happening: Happening<D::Due>) {
        match happening {
            Happening::Arrival => {
                let now = self.cluster.now();
                self.cluster.tally.on_arrived(now, self.arrived);
                self.dispatcher.on_arrival(&mut self.cluster, self.arrived);
                self.arrived += 1;
                self.await_arrival();
            }
            Happening::Reached(copy) => self.cluster.on_reached(copy),
            Happening::Ended(copy) => {
                if let Some(ended) = self.cluster.on_ended(copy) {
                    self.dispatcher.on_ended(&mut self.cluster, ended);
                }
            }
            Happening::Cancelled(copy) => self.cluster.stop(copy),
            Happening::Due(due) => self.dispatcher.on_due(&mut self.cluster, due),
        }
    }

    fn await_arrival(&mut self) {
        if self.arrived < self.workflows
            && let Some(at) = self.arrivals.next()
        {
            self.cluster.agenda.put(at, Happening::Arrival);
        }
    }
}

#[cfg(test)]
#[path = "experiment_tests.rs"]
mod tests;
