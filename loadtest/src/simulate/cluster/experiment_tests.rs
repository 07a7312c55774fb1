use std::sync::Arc;

use raptor_core::FunctionIndex;
use raptor_functions::distribution::{Distribution, Shape};

use super::*;
use crate::simulate::cluster::tally::State;
use crate::simulate::cluster::workload::read_workflow;

const MEAN: Duration = Duration::from_millis(200);

fn experiment(workflow: &str, shape: Shape, load: f64) -> Experiment {
    let manifest = Arc::new(read_workflow(workflow).unwrap());
    Experiment {
        layout: Layout {
            servers: 30,
            zones: 3,
            slots: 1,
            delay: Duration::from_micros(250),
            zone_delay: Duration::from_millis(1),
            stop: Duration::from_millis(1),
            slowness: None,
        },
        workload: Workload::new(manifest, &Distribution::new(shape, MEAN)),
        arrivals: Arrivals::Poisson,
        load,
        workflows: 4_000,
        flight_slots: 1,
        values: Values::Fresh,
        seed: 7,
    }
}

fn run(experiment: &Experiment, scheduler: &str) -> Summary {
    experiment.run(scheduler.parse().unwrap())
}

const ALL: [&str; 7] = [
    "fork-join",
    "round-robin",
    "sparrow:2",
    "flight:3",
    "hedge:400ms",
    "redundancy:2",
    "central",
];

#[test]
fn a_run_is_the_same_whenever_its_seed_is() {
    let experiment = experiment("independent:3", Shape::Exp, 0.6);
    let other = Experiment {
        seed: 8,
        ..experiment.clone()
    };
    for scheduler in ALL {
        let first = run(&experiment, scheduler);
        assert_eq!(first, run(&experiment, scheduler), "{scheduler}");
        assert_ne!(first, run(&other, scheduler), "{scheduler}");
    }
}

#[test]
fn every_scheduler_lands_every_workflow_and_loads_the_servers_as_asked() {
    for workflow in ["independent:3", "sequence:3"] {
        let experiment = experiment(workflow, Shape::Exp, 0.4);
        for scheduler in ALL {
            let summary = run(&experiment, scheduler);
            assert_eq!((summary.failed, summary.state), (0, State::Steady));
            // Exponential services race without loss, but for the delays; no hedge is free.
            let least = if scheduler.starts_with("hedge") {
                0.5
            } else {
                0.57
            };
            assert!(
                summary.work > least && summary.work < 0.66,
                "{scheduler}: {summary:?}"
            );
            assert!(
                (summary.utilisation - 0.4).abs() < 0.05,
                "{scheduler}: {summary:?}"
            );
        }
    }
}

#[test]
fn redundancy_pays_at_low_loads_and_not_where_services_are_constant() {
    let mean = |shape: Shape, scheduler: &str| {
        run(&experiment("independent:3", shape, 0.3), scheduler)
            .mean
            .value
    };
    let fork_join = mean(Shape::Exp, "fork-join");
    for scheduler in ["flight:3", "redundancy:2", "sparrow:2", "hedge:400ms"] {
        assert!(mean(Shape::Exp, scheduler) < fork_join, "{scheduler}");
    }
    // Two members take two turns for three functions, and one turn may do.
    let fork_join = mean(Shape::Const, "fork-join");
    assert!(mean(Shape::Const, "flight:2") > 1.3 * fork_join);
}

#[test]
fn what_is_overloaded_is_said_to_be() {
    let state = |shape, load, scheduler| {
        let mut experiment = experiment("independent:3", shape, load);
        experiment.workflows = 40_000;
        run(&experiment, scheduler).state
    };
    assert_eq!(state(Shape::Exp, 1.3, "fork-join"), State::Overloaded);
    // Copies of what is constant are work for nothing.
    assert_eq!(state(Shape::Const, 0.9, "redundancy:3"), State::Overloaded);
    assert_eq!(state(Shape::Const, 0.9, "fork-join"), State::Steady);
    // On three servers, thousands of workflows are enough to see it early.
    let small = Layout::ideal(3);
    let mut flood = experiment("independent:3", Shape::Exp, 3.0);
    (flood.layout, flood.workflows) = (small, 40_000);
    assert_eq!(run(&flood, "flight:3").state, State::Overloaded);
}

#[test]
fn a_zone_that_is_slow_slows_fork_join_more_than_flights() {
    let slow = |scheduler| {
        let mut experiment = experiment("independent:3", Shape::Exp, 0.2);
        let calm = run(&experiment, scheduler).mean.value;
        experiment.layout.slowness = Some("factor=5 share=10% mean=2s".parse().unwrap());
        run(&experiment, scheduler).mean.value / calm
    };
    let (fork_join, flight) = (slow("fork-join"), slow("flight:3"));
    assert!(1.05 < flight && flight < fork_join, "{flight}, {fork_join}");
}

#[test]
fn faults_fail_workflows_as_often_as_every_copy_of_a_function_fails() {
    let mut experiment = experiment("independent:3", Shape::Exp, 0.3);
    experiment.workload.fault = 0.2;
    for (scheduler, copies) in [
        ("fork-join", 1),
        ("flight:3", 3),
        ("redundancy:2", 2),
        ("sparrow:2", 1),
    ] {
        let summary = run(&experiment, scheduler);
        let share = summary.failed as f64 / summary.workflows as f64;
        let known = 1.0 - (1.0 - 0.2_f64.powi(copies)).powi(3);
        // Five standard errors of the share.
        let slack = 5.0 * (known * (1.0 - known) / summary.workflows as f64).sqrt();
        assert!(
            (share - known).abs() < slack,
            "{scheduler}: {share}, not {known}"
        );
    }
}

#[test]
fn what_may_be_tried_again_fails_less() {
    let mut experiment = experiment("independent:1", Shape::Exp, 0.3);
    experiment.workload.fault = 0.2;
    let manifest = read_workflow("independent:1").unwrap();
    let manifest = manifest.with_function(FunctionIndex(0), |function| function.retries = 1);
    experiment.workload.manifest = Arc::new(manifest);
    for scheduler in ["fork-join", "sparrow:2", "flight:1"] {
        let summary = run(&experiment, scheduler);
        let share = summary.failed as f64 / summary.workflows as f64;
        assert!((share - 0.04).abs() < 0.02, "{scheduler}: {share}");
    }
}

#[test]
fn functions_that_must_run_once_run_once() {
    let mut experiment = experiment("independent:1", Shape::Exp, 0.3);
    let manifest = read_workflow("independent:1").unwrap();
    let manifest = manifest.with_function(FunctionIndex(0), |function| function.idempotent = false);
    experiment.workload.manifest = Arc::new(manifest);
    for scheduler in ALL {
        assert_eq!(run(&experiment, scheduler).attempts, 1.0, "{scheduler}");
    }
}

#[test]
fn heavy_attempts_take_their_slots_and_late_ones_are_faults() {
    let mut experiment = experiment("independent:1", Shape::Const, 0.3);
    experiment.layout.slots = 4;
    let manifest = read_workflow("independent:1").unwrap();
    let manifest = manifest.with_function(FunctionIndex(0), |function| {
        function.slots_weight = 2;
        function.timeout = Some(MEAN / 2);
    });
    experiment.workload.manifest = Arc::new(manifest);
    let summary = run(&experiment, "fork-join");
    assert_eq!(summary.failed, summary.workflows);
    assert!((summary.work - 0.1).abs() < 1e-9);
    // Half of what was offered, since half of the time was cut off.
    assert!((summary.utilisation - 0.15).abs() < 0.02, "{summary:?}");
}

#[test]
fn a_probe_holds_the_slots_of_the_function_that_it_gets() {
    let mut experiment = experiment("independent:2", Shape::Const, 0.5);
    experiment.layout.slots = 4;
    let manifest = read_workflow("independent:2").unwrap();
    let heavy = manifest.with_function(FunctionIndex(1), |function| function.slots_weight = 3);
    experiment.workload.manifest = Arc::new(heavy);
    for probes in 1..=3 {
        let summary = run(&experiment, &format!("sparrow:{probes}"));
        assert_eq!((summary.failed, summary.attempts), (0, 2.0));
        // Probes hold their slots while they ask, too.
        assert!((summary.utilisation - 0.5).abs() < 0.03, "{summary:?}");
    }
}

#[test]
fn a_run_is_short_or_not_by_its_relaxation_times() {
    let mut experiment = experiment("independent:3", Shape::Exp, 0.9);
    // 12,000 functions on 30 servers at this load are 444 service times each.
    let short = run(&experiment, "fork-join");
    assert_eq!(short.state, State::Short);
    assert!((1.0..1.3).contains(&short.relaxations), "{short:?}");
    experiment.workflows = 100_000;
    assert_eq!(run(&experiment, "fork-join").state, State::Steady);
    assert_eq!(run(&experiment, "central").state, State::Steady);
}

#[test]
fn an_idle_sparrow_waits_for_two_messages_more_than_fork_join() {
    let mut experiment = experiment("independent:1", Shape::Const, 0.01);
    experiment.layout.zones = 1;
    // The home itself may be probed, and answers at once.
    experiment.layout.servers = 30_000;
    let took = |scheduler| run(&experiment, scheduler).p50.value;
    let (once, twice) = (0.2 + 0.0005, 0.2 + 0.001);
    assert!((took("fork-join") - once).abs() < 1e-6);
    assert!((took("sparrow:2") - twice).abs() < 1e-6);
}
