//! The simulation beside what is known in closed form.

use std::sync::Arc;
use std::time::Duration;

use raptor_functions::distribution::{Distribution, Shape};
use serde::Serialize;

use super::arrivals::Arrivals;
use super::experiment::Experiment;
use super::known;
use super::layout::Layout;
use super::scheduler::Scheduler;
use super::tally::{Gauge, Summary};
use super::workload::{Workload, read_workflow};

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
}

const MEAN: Duration = Duration::from_secs(1);

/// So many servers, loaded so little, that hardly anything ever waits: it adds a thousandth.
const IDLE: (u32, f64) = (10_000, 0.001);

const ERLANG: &str = "Erlang's C formula (1917)";
const GARDNER: &str = "Gardner et al., Redundancy-d (2017), theorem 2";
const GARDNER_LIMIT: &str = "the same for ever more servers";
const FORK_JOIN: &str = "the harmonic number H_K";
const FLIGHT: &str = "K / N, by the race of exponential services";

/// Everything that is compared, with runs of so many workflows.
pub(crate) fn cases(workflows: u32, seed: u64) -> Vec<Case> {
    let case = |name: String, scheduler: &str, servers: u32, load: f64| Case {
        name,
        from: ERLANG,
        known: 0.0,
        scheduler: scheduler.parse().expect("it is one of ours"),
        experiment: experiment("independent:1", servers, load, workflows, seed),
        figure: |summary| summary.mean,
    };
    let queues = [(1, 0.5), (1, 0.8), (2, 0.8), (10, 0.8)].map(|(servers, load)| Case {
        known: known::queue_wait(servers, load * f64::from(servers), 1.0),
        figure: |summary| summary.wait,
        ..case(
            format!("M/M/{servers} wait at {load}"),
            "central",
            servers,
            load,
        )
    });
    let copies = [
        (10, 1, 0.5),
        (10, 2, 0.5),
        (10, 2, 0.8),
        (10, 3, 0.8),
        (5, 5, 0.8),
    ];
    let copies = copies.map(|(servers, copies, load)| Case {
        known: known::redundancy_response(servers, copies, load, 1.0),
        from: GARDNER,
        ..case(
            format!("redundancy-{copies} on {servers} at {load}"),
            &format!("redundancy:{copies}"),
            servers,
            load,
        )
    });
    let limit = Case {
        known: known::redundancy_of_two_limit(0.8, 1.0),
        from: GARDNER_LIMIT,
        ..case(
            "redundancy-2 on 1000 at 0.8".to_owned(),
            "redundancy:2",
            1_000,
            0.8,
        )
    };
    let (servers, load) = IDLE;
    let idle = |scheduler: String, functions: u32, from, known| Case {
        from,
        known,
        experiment: experiment(
            &format!("independent:{functions}"),
            servers,
            load,
            workflows / functions,
            seed,
        ),
        ..case(
            format!("{scheduler} of {functions}, idle"),
            &scheduler,
            servers,
            load,
        )
    };
    let forks = (2..=4).map(|functions| {
        let known = known::harmonic(functions);
        idle("fork-join".to_owned(), functions, FORK_JOIN, known)
    });
    let flights = [(2, 2), (3, 3), (4, 4), (4, 2), (3, 1)].map(|(functions, size)| {
        let known = f64::from(functions) / f64::from(size);
        idle(format!("flight:{size}"), functions, FLIGHT, known)
    });
    let all = queues.into_iter().chain(copies).chain([limit]);
    all.chain(forks).chain(flights).collect()
}

fn experiment(workflow: &str, servers: u32, load: f64, workflows: u32, seed: u64) -> Experiment {
    let manifest = Arc::new(read_workflow(workflow).expect("it is one of ours"));
    Experiment {
        layout: Layout::ideal(servers),
        workload: Workload::new(manifest, &Distribution::new(Shape::Exp, MEAN)),
        arrivals: Arrivals::Poisson,
        load,
        workflows,
        flight_slots: 1,
        seed,
    }
}

impl Case {
    /// Runs it.
    pub(crate) fn run(&self) -> Verdict {
        let measured = (self.figure)(&self.experiment.run(self.scheduler));
        Verdict {
            name: self.name.clone(),
            from: self.from,
            known: self.known,
            measured: measured.value,
            error: measured.error,
            difference: measured.value / self.known - 1.0,
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

    #[test]
    fn simulated_clusters_do_what_is_known_of_them() {
        for case in cases(200_000, 1) {
            let verdict = case.run();
            eprintln!("{verdict:?}");
        }
    }
}
