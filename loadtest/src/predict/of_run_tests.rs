use std::time::SystemTime;

use raptor_core::manifest::Manifest;

use super::*;
use crate::predict::Source;
use crate::run::{TargetView, WorkflowView};
use crate::sample::{Attempt, Ending, Sample};

/// A run of two independent functions, of which nothing is known.
fn run() -> Run {
    Run {
        title: "two functions".to_owned(),
        command: String::new(),
        scenario: String::new(),
        began: SystemTime::UNIX_EPOCH,
        target: TargetView::default(),
        workflow: WorkflowView {
            functions: vec!["f0".to_owned(), "f1".to_owned()],
            manifest: Arc::new(Manifest::from_depends(&[&[], &[]])),
            service: None,
            fault: 0.0,
        },
        policies: ["fork-join:2", "flight:2"]
            .map(|text| text.parse().unwrap())
            .into(),
        samples: Vec::new(),
        attempts_alone: Vec::new(),
        notes: Vec::new(),
        took: Duration::ZERO,
    }
}

fn attempt(function: usize, micros: i64, outcome: Outcome) -> Attempt {
    Attempt {
        function,
        member: 0,
        zone: None,
        launch_us: 1_000,
        start_us: 1_000,
        end_us: Some(1_000 + micros),
        outcome,
    }
}

fn sample(policy: usize, is_warm_up: bool, attempts: Vec<Attempt>) -> Sample {
    Sample {
        policy,
        is_warm_up,
        intended: Duration::ZERO,
        sent: Duration::ZERO,
        done: Duration::from_secs(1),
        ending: Ending::Landed,
        zone: None,
        attempts,
    }
}

fn assert_near(value: f64, expected: f64) {
    assert!((value / expected - 1.0).abs() < 1e-6, "{value} {expected}");
}

#[test]
fn the_ideal_has_the_mean_that_the_scenario_declares() {
    let mut run = run();
    run.workflow.service = Some("const mean=200ms".parse().unwrap());
    let [fork_join, flight] = <[_; 2]>::try_from(of_run(&run, Duration::ZERO, 1_000)).unwrap();
    let [fork_join, flight] = [fork_join, flight].map(|said| {
        assert_eq!(said.measured, None, "nothing was measured");
        said.ideal.unwrap()
    });
    assert_eq!(fork_join.basis, IdealBasis::Declared);
    assert_near(fork_join.prediction.mean.value, 0.3);
    assert_near(flight.prediction.mean.value, 0.2);
}

#[test]
fn attempts_that_were_measured_alone_are_what_is_drawn_from() {
    let mut run = run();
    run.attempts_alone = vec![
        vec![Duration::from_millis(100), Duration::from_millis(300)],
        vec![Duration::from_millis(200)],
    ];
    let said = &of_run(&run, Duration::ZERO, 1_000)[0];
    let measured = said.measured.as_ref().unwrap();
    assert_eq!(measured.basis, MeasuredBasis::Alone);
    // 0.1 s * sqrt(2) / sqrt(2) by 0.2 s, and of one attempt nobody can say.
    assert_eq!(measured.relative_error, f64::INFINITY);
    assert_near(measured.prediction.mean.value, 0.25);
    let ideal = said.ideal.as_ref().unwrap();
    assert_eq!(ideal.basis, IdealBasis::Measured(MeasuredBasis::Alone));
    assert_near(ideal.prediction.mean.value, 0.3);
}

#[test]
fn without_them_the_values_of_fork_join_are() {
    let mut run = run();
    let value = |function, micros| attempt(function, micros, Outcome::Value);
    run.samples = vec![
        sample(0, true, vec![value(0, 9_000_000), value(1, 9_000_000)]),
        sample(0, false, vec![value(0, 100_000), value(1, 200_000)]),
        sample(0, false, vec![attempt(0, 5_000, Outcome::Fault)]),
        sample(1, false, vec![value(0, 1_000), value(1, 1_000)]),
        sample(0, false, vec![value(0, 1_000), value(1, 1_000)]),
    ];
    run.samples[4].ending = Ending::TimedOut;
    let said = &of_run(&run, Duration::ZERO, 1_000)[1];
    let measured = said.measured.as_ref().unwrap();
    assert_eq!(measured.basis, MeasuredBasis::ForkJoin);
    // One member ends the shorter at 100 ms, and its copy of the longer comes too late.
    assert_near(measured.prediction.mean.value, 0.2);
}

#[test]
fn a_function_of_which_nothing_is_known_leaves_nothing_to_say() {
    let mut run = run();
    run.attempts_alone = vec![vec![Duration::from_millis(100)], Vec::new()];
    for said in of_run(&run, Duration::ZERO, 1_000) {
        assert_eq!((said.ideal, said.measured), (None, None));
    }
}

#[test]
fn the_run_says_with_how_many_slots_and_faults_and_its_caller_with_which_delay() {
    let mut run = run();
    run.workflow.service = Some("exp mean=200ms".parse().unwrap());
    run.workflow.fault = 0.5;
    run.target.flight_slots = Some(2);
    let prediction = |run: &Run, delay| {
        let said = of_run(run, delay, 500).remove(1);
        said.ideal.unwrap().prediction
    };
    let failing = prediction(&run, Duration::ZERO);
    assert_near(failing.failure.value, 1.0 - 0.75 * 0.75);
    run.workflow.fault = 0.0;
    // The slower of two, each the faster of two.
    assert_near(prediction(&run, Duration::ZERO).mean.value, 0.15);
    let delayed = prediction(&run, Duration::from_millis(1));
    assert_eq!(delayed.mean.source, Source::MonteCarlo { flights: 500 });
}

#[test]
fn few_single_attempts_leave_their_mean_uncertain() {
    let times = |millis: &[u64]| millis.iter().copied().map(Duration::from_millis).collect();
    // Deviations of 0.1 s * sqrt(2) by sqrt(2), of a mean of 0.2 s; and none.
    let error = relative_error(&[times(&[100, 300]), times(&[70, 70])]);
    assert!((error - 0.25).abs() < 1e-12, "{error}");
    assert_eq!(relative_error(&[times(&[100])]), f64::INFINITY);
}

#[test]
fn slots_that_the_target_does_not_tell_are_said_to_be_assumed() {
    let assumed = |run: &Run| {
        let said = of_run(run, Duration::ZERO, 10);
        said.iter()
            .map(|it| it.is_one_slot_assumed)
            .collect::<Vec<_>>()
    };
    let mut run = run();
    assert_eq!(assumed(&run), [false, true], "fork-join has no slots");
    run.target.flight_slots = Some(1);
    assert_eq!(assumed(&run), [false, false]);
}

#[test]
fn policies_are_flown_with_dice_of_their_own() {
    let mut run = run();
    run.policies = vec![run.policies[1]; 2];
    run.workflow.service = Some("exp mean=200ms".parse().unwrap());
    let said = of_run(&run, Duration::from_millis(1), 500);
    let [one, other] = [0, 1].map(|at| said[at].ideal.as_ref().unwrap().prediction.mean.value);
    assert_ne!(one, other, "their errors do not depend on each other");
}
