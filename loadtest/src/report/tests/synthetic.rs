//! Runs that nobody made.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use raptor_core::manifest::Manifest;

use crate::predict::of_run::{Based, IdealBasis, RunPrediction};
use crate::predict::{Figure, Prediction, Source};
use crate::report;
use crate::run::{Run, TargetView, WorkflowView};
use crate::sample::{Attempt, Ending, Outcome, Sample};

/// The mean of the service times of synthetic runs.
pub(super) const MEAN_MS: f64 = 200.0;

const POLICIES: [&str; 2] = ["fork-join:2", "flight:2"];

/// A run that nobody made: `n` workflows of two functions a policy, of exponential times.
/// `stretch` makes everything longer.
pub(crate) fn synthetic(n: usize, seed: u64, stretch: f64) -> Run {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut samples = Vec::new();
    for at in 0..n {
        for policy in 0..POLICIES.len() {
            samples.push(workflow(at, policy, stretch, &mut dice));
        }
    }
    let functions = vec!["key0".to_owned(), "key1".to_owned()];
    let mut services = || {
        let mut service = || micros(MEAN_MS * stretch * exponential(&mut dice));
        (0..n)
            .map(|_| Duration::from_micros(service() as u64))
            .collect::<Vec<_>>()
    };
    Run {
        title: "keys <of> two & more".to_owned(),
        command: "loadtest run keys.toml --out keys".to_owned(),
        scenario: "title = \"keys <of> two & more\"\n".to_owned(),
        began: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        target: TargetView {
            url: "embedded:".to_owned(),
            zones: vec!["a".to_owned(), "b".to_owned()],
            nodes: Some(2),
            flight_slots: Some(1),
            node_slots: Some(2),
            processors: 2,
        },
        workflow: WorkflowView {
            functions,
            manifest: Arc::new(Manifest::from_depends(&[&[], &[]])),
            service: Some("exp mean=200ms".parse().expect("it is a distribution")),
            fault: 0.0,
        },
        policies: POLICIES
            .map(|it| it.parse().expect("it is a policy"))
            .into(),
        attempts_alone: vec![services(), services()],
        notes: vec!["not all was asked for, since it was interrupted".to_owned()],
        took: samples.iter().map(|it| it.done).max().unwrap_or_default(),
        samples,
    }
}

fn exponential(dice: &mut StdRng) -> f64 {
    -(1.0 - dice.random::<f64>()).ln()
}

fn micros(ms: f64) -> i64 {
    (ms * 1e3) as i64
}

/// One workflow: fork-join's two attempts run on; of a flight, a second attempt helps with the
/// slower function, and whichever is later is stopped.
pub(super) fn workflow(at: usize, policy: usize, stretch: f64, dice: &mut StdRng) -> Sample {
    let mut service = || micros(MEAN_MS * stretch * exponential(dice));
    let ends = [service(), service()];
    let mut attempts: Vec<_> = [0usize, 1].map(|at| attempt(at, at, 0, ends[at])).into();
    let mut took = ends[0].max(ends[1]);
    if policy == 1 {
        let (fast, slow) = if ends[0] <= ends[1] { (0, 1) } else { (1, 0) };
        let helped = ends[fast] + service();
        took = helped.min(ends[slow]);
        let mut helper = attempt(slow, fast, ends[fast], took);
        let loser = if helped < ends[slow] {
            &mut attempts[slow]
        } else {
            &mut helper
        };
        loser.outcome = Outcome::Stopped;
        loser.end_us = Some(took);
        attempts.push(helper);
    }
    let intended = Duration::from_millis(400 * at as u64 + 200 * policy as u64);
    let sent = intended + Duration::from_micros(at as u64 % 50);
    let is_failed = at % 20 == 19;
    Sample {
        policy,
        is_warm_up: at < 3,
        intended,
        sent,
        done: sent + Duration::from_micros(took as u64),
        ending: if is_failed {
            Ending::Failed("key1: \"no\", it said".to_owned())
        } else {
            Ending::Landed
        },
        zone: Some(at % 2),
        attempts,
    }
}

pub(super) fn attempt(function: usize, member: usize, start_us: i64, end_us: i64) -> Attempt {
    Attempt {
        function,
        member: member as u16,
        zone: Some(member),
        launch_us: start_us,
        start_us,
        end_us: Some(end_us),
        outcome: Outcome::Value,
    }
}

/// What nobody computed, of both policies.
pub(crate) fn predictions() -> Vec<RunPrediction> {
    let figure = |value, error| Figure {
        value,
        error,
        source: Source::Closed {
            formula: "a <formula>",
            from: "a book",
        },
    };
    let prediction = |mean: f64| Prediction {
        mean: figure(mean, 0.003),
        p50: figure(mean * 0.9, 0.003),
        p99: figure(f64::NAN, f64::NAN),
        work: figure(0.4, 0.0),
        failure: figure(0.05, 0.0),
    };
    let predictions = [0.3, 0.2].map(|mean| RunPrediction {
        is_one_slot_assumed: false,
        ideal: Some(Based {
            basis: IdealBasis::Declared,
            relative_error: 0.0,
            prediction: prediction(mean),
        }),
        measured: None,
    });
    predictions.into()
}

/// A directory with what a run leaves.
pub(crate) fn written(run: &Run) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("there is a place for it");
    let summary = report::tally::tally(run, &predictions());
    report::write(run, &summary, directory.path()).expect("it is written");
    directory
}
