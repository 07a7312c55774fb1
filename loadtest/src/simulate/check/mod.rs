//! The simulation beside what is known in closed form.

mod known;

use std::sync::Arc;
use std::time::Duration;

use raptor_functions::distribution::{Distribution, Shape};
use serde::Serialize;

use crate::flying::Values;
use crate::simulate::cluster::arrivals::Arrivals;
use crate::simulate::cluster::experiment::Experiment;
use crate::simulate::cluster::layout::Layout;
use crate::simulate::cluster::scheduler::Scheduler;
use crate::simulate::cluster::tally::{Gauge, Summary};
use crate::simulate::cluster::workload::{Workload, read_workflow};
use crate::statistics::harmonic;

/// A figure is wrong if it is off by more than this share.
pub(crate) const DIFFERENCE_MAX: f64 = 0.02;

/// Something that is known, and the cluster that must show it. Services are exponential of mean 1.
pub(crate) struct Case {
    /// What it is called.
    pub(crate) name: String,
    /// How it is known.
    pub(crate) from: &'static str,
    /// What is known, in means of the service time.
    pub(crate) known: f64,
    scheduler: Scheduler,
    experiment: Experiment,
    figure: fn(&Summary) -> Gauge,
}

/// What came of a case.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    /// What it is called.
    pub(crate) name: String,
    /// How it is known.
    pub(crate) from: &'static str,
    /// What is known.
    pub(crate) known: f64,
    /// What was measured.
    pub(crate) measured: f64,
    /// Its standard error.
    pub(crate) error: f64,
    /// By which share the measured is more than the known.
    pub(crate) difference: f64,
    /// How many relaxation times were simulated.
    pub(crate) relaxations: f64,
}

const MEAN: Duration = Duration::from_secs(1);

/// So many servers, loaded so little, that hardly anything ever waits: it adds a thousandth.
const IDLE: (u32, f64) = (10_000, 0.001);

const ERLANG: &str = "Erlang's C formula (1917)";
const POLLACZEK: &str = "1 / (1 - load): M/M/1, and each part of a split Poisson process";
const GARDNER: &str = "Gardner et al., Redundancy-d (2017), theorem 2";
const GARDNER_LIMIT: &str = "the same for ever more servers";
const FORK_JOIN: &str = "the harmonic number H_K";
const FLIGHT: &str = "K / N, by the race of exponential services";

/// Over so many servers arrivals are split by chance: each is M/M/1.
const SPLIT: u32 = 20;

/// What waits in a queue varies more than what is served, and needs so many times as many.
const QUEUE_FACTOR: u32 = 3;

/// Everything that is compared, with runs of so many workflows at least, each of a seed of its own.
pub(crate) fn cases(workflows: u32, seed: u64) -> Vec<Case> {
    let all = [
        queues(workflows),
        redundancies(workflows),
        idles(workflows),
        busy(workflows),
    ];
    let mut cases: Vec<_> = all.into_iter().flatten().collect();
    for (case, place) in cases.iter_mut().zip(0..) {
        case.experiment.seed = seed.wrapping_add(place);
    }
    cases
}

fn queues(workflows: u32) -> Vec<Case> {
    let case = |(servers, load)| Case {
        name: format!("M/M/{servers} wait at {load}"),
        from: ERLANG,
        known: known::queue_wait(servers, load * f64::from(servers), 1.0),
        scheduler: Scheduler::Central,
        experiment: experiment("independent:1", servers, load, QUEUE_FACTOR * workflows),
        figure: |summary| summary.wait,
    };
    [(1, 0.5), (1, 0.8), (2, 0.8), (10, 0.8)].map(case).into()
}

/// Queues that remember for long.
fn busy(workflows: u32) -> Vec<Case> {
    let load = 0.9;
    let case = |scheduler, servers, name| Case {
        name,
        from: POLLACZEK,
        known: 1.0 / (1.0 - load),
        scheduler,
        experiment: experiment("independent:1", servers, load, QUEUE_FACTOR * workflows),
        figure: |summary| summary.mean,
    };
    let single = format!("M/M/1 response at {load}");
    let split = format!("random split on {SPLIT} at {load}");
    vec![
        case(Scheduler::Central, 1, single),
        case(Scheduler::ForkJoin, SPLIT, split),
    ]
}

fn redundancies(workflows: u32) -> Vec<Case> {
    let case = |(servers, copies, load)| Case {
        name: format!("redundancy-{copies} on {servers} at {load}"),
        from: GARDNER,
        known: known::redundancy_response(servers, copies, load, 1.0),
        scheduler: Scheduler::Redundancy { copies },
        experiment: experiment("independent:1", servers, load, workflows),
        figure: |summary| summary.mean,
    };
    let limit = Case {
        from: GARDNER_LIMIT,
        known: known::redundancy_of_two_limit(0.8, 1.0),
        ..case((1_000, 2, 0.8))
    };
    let few = [
        (10, 1, 0.5),
        (10, 2, 0.5),
        (10, 2, 0.8),
        (10, 3, 0.8),
        (5, 5, 0.8),
    ]
    .map(case);
    few.into_iter().chain([limit]).collect()
}

fn idles(workflows: u32) -> Vec<Case> {
    let (servers, load) = IDLE;
    let case = |scheduler: Scheduler, functions: u32, from, known| Case {
        name: format!("{scheduler} of {functions}, idle"),
        from,
        known,
        scheduler,
        experiment: {
            let workflow = format!("independent:{functions}");
            experiment(&workflow, servers, load, workflows / functions)
        },
        figure: |summary| summary.mean,
    };
    let forks = (2..=4).map(|functions| {
        let known = harmonic(functions);
        case(Scheduler::ForkJoin, functions, FORK_JOIN, known)
    });
    let flights = [(2, 2), (3, 3), (4, 4), (4, 2), (3, 1)].map(|(functions, size)| {
        let known = f64::from(functions) / f64::from(size);
        case(Scheduler::Flight { size }, functions, FLIGHT, known)
    });
    forks.chain(flights).collect()
}

fn experiment(workflow: &str, servers: u32, load: f64, workflows: u32) -> Experiment {
    let manifest = Arc::new(read_workflow(workflow).expect("it is one of ours"));
    Experiment {
        layout: Layout::ideal(servers),
        workload: Workload::new(manifest, &Distribution::new(Shape::Exp, MEAN)),
        arrivals: Arrivals::Poisson,
        load,
        workflows,
        flight_slots: 1,
        values: Values::Fresh,
        seed: 0,
    }
}

impl Case {
    /// Runs it.
    pub(crate) fn run(&self) -> Verdict {
        let summary = self.experiment.run(self.scheduler);
        let measured = (self.figure)(&summary);
        Verdict {
            name: self.name.clone(),
            from: self.from,
            known: self.known,
            measured: measured.value,
            error: measured.error,
            difference: measured.value / self.known - 1.0,
            relaxations: summary.relaxations,
        }
    }
}

impl Verdict {
    /// Whether it is near enough.
    pub(crate) fn holds(&self) -> bool {
        self.difference.abs() <= DIFFERENCE_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::cluster::horizon::RELAXATIONS_MIN;

    /// As many as a test may take; `loadtest simulate check` takes more, and allows 2 %.
    const WORKFLOWS: u32 = 60_000;

    #[test]
    fn simulated_clusters_do_what_is_known_of_them() {
        let verdicts: Vec<_> = cases(WORKFLOWS, 1).iter().map(Case::run).collect();
        // Many servers get few each: what is short has no errors to go by.
        let long = verdicts
            .iter()
            .filter(|it| it.relaxations >= RELAXATIONS_MIN);
        assert!(long.clone().count() + 1 >= verdicts.len());
        for verdict in long {
            // What so few workflows leave to chance is within four standard errors.
            let slack = DIFFERENCE_MAX.max(4.0 * verdict.error / verdict.known);
            assert!(verdict.difference.abs() <= slack, "{verdict:?}");
        }
    }

    #[test]
    fn where_chance_leaves_little_all_is_within_two_percent() {
        let mut judged = 0;
        for case in cases(WORKFLOWS, 2) {
            let verdict = case.run();
            if 3.0 * verdict.error / verdict.known <= DIFFERENCE_MAX {
                judged += 1;
                assert!(verdict.holds(), "{verdict:?}");
            }
        }
        assert!(judged >= 8, "{judged}");
    }
}
