use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::report::summary::{Measure, Summary};
use crate::report::{tally, work};
use crate::sample::{Ending, Outcome};

use super::synthetic::{MEAN_MS, attempt, workflow};
use super::{predictions, synthetic, written};

/// As the table tells it, by another way than the summary: every column as text.
fn rows(directory: &Path) -> Vec<BTreeMap<String, String>> {
    let mut table = csv::Reader::from_path(directory.join("samples.csv")).expect("there is one");
    table
        .deserialize()
        .map(|row| row.expect("it is a row"))
        .collect()
}

#[test]
fn the_summary_agrees_with_what_the_table_says() {
    let directory = written(&synthetic(500, 3, 1.0));
    let summary = Summary::read(directory.path()).expect("it is read");
    for policy in &summary.policies {
        let all = rows(directory.path());
        let is_counted = |row: &&BTreeMap<String, String>| {
            row["policy"] == policy.policy && row["warm_up"] == "false"
        };
        let counted: Vec<_> = all.iter().filter(is_counted).collect();
        let landed: Vec<_> = counted
            .iter()
            .filter(|row| row["ending"] == "landed")
            .collect();
        let column = |name: &str| {
            let numbers = landed
                .iter()
                .map(|row| row[name].parse::<u64>().expect("a number"));
            let mut numbers: Vec<_> = numbers.collect();
            numbers.sort_unstable();
            numbers
        };
        let took = column("latency_us");
        let near = |measure: Measure, expected_us: f64| {
            assert!(
                (measure.value - expected_us / 1e6).abs() < 1e-9,
                "{measure:?}, {expected_us}"
            );
            assert!(measure.holds(measure.value), "{measure:?}");
        };
        let latency = policy.latency.expect("some landed");
        near(
            latency.mean_s,
            took.iter().sum::<u64>() as f64 / took.len() as f64,
        );
        for (measure, share) in [
            (latency.p50_s, 50),
            (latency.p90_s, 90),
            (latency.p99_s, 99),
        ] {
            // The smallest that at least this share does not exceed.
            near(measure, took[(took.len() * share).div_ceil(100) - 1] as f64);
        }
        assert_eq!(policy.n, 497);
        assert_eq!(policy.warm_up, 3);
        assert_eq!(policy.landed, landed.len() as u64);
        assert_eq!(
            policy.failures.failed.count,
            (counted.len() - landed.len()) as u64
        );
        assert_eq!(policy.failures.all, policy.failures.failed);
        let of_all = |name: &str| {
            let numbers = counted
                .iter()
                .map(|row| row[name].parse::<f64>().expect("a number"));
            numbers.sum::<f64>() / counted.len() as f64
        };
        let work = policy.work.expect("attempts are told");
        near(work.work_s, of_all("work_us"));
        near(work.wasted_s, of_all("wasted_us"));
        let first = counted
            .iter()
            .map(|row| row["zone"].as_str())
            .filter(|it| *it == "a");
        assert_eq!(policy.zones[0].led, Some(first.count() as u64));
    }
}

#[test]
fn fork_join_wastes_nothing_and_flights_what_they_stop() {
    let mut run = synthetic(300, 4, 1.0);
    run.samples
        .iter_mut()
        .for_each(|it| it.ending = Ending::Landed);
    let summary = tally::tally(&run, &[]);
    let [join, flight] = [0, 1].map(|at| summary.policies[at].work.expect("attempts are told"));
    assert_eq!(join.wasted_s.value, 0.0);
    assert_eq!(join.attempts, 2.0);
    assert_eq!(flight.attempts, 3.0);
    assert!((0.1..0.4).contains(&flight.wasted_share), "{flight:?}");
    let zones = &summary.policies[1].zones;
    let counted: u64 = zones.iter().filter_map(|zone| zone.won).sum();
    assert_eq!(
        counted,
        2 * summary.policies[1].n,
        "every function has one value that counted"
    );
    let stopped: u64 = zones.iter().filter_map(|zone| zone.stopped).sum();
    assert_eq!(stopped, summary.policies[1].n);
}

#[test]
fn of_two_values_of_a_function_the_later_one_is_wasted() {
    let mut sample = workflow(0, 0, 1.0, &mut StdRng::seed_from_u64(1));
    sample.attempts = vec![
        attempt(0, 0, 0, 100),
        attempt(0, 1, 20, 90),
        attempt(1, 1, 90, 150),
        attempt(1, 0, 100, 150),
    ];
    sample.attempts[3].member = 0;
    assert_eq!(work::won(&sample), [false, true, false, true]);
    let work = work::of(&sample).expect("there are attempts");
    assert_eq!(work.all, Duration::from_micros(100 + 70 + 60 + 50));
    assert_eq!(work.wasted, Duration::from_micros(100 + 60));
    sample.attempts[1].outcome = Outcome::Fault;
    assert_eq!(work::won(&sample), [true, false, false, true]);
    sample.ending = Ending::TimedOut;
    let work = work::of(&sample).expect("there are attempts");
    assert_eq!(work.wasted, work.all, "nothing of it is of use");
    sample.attempts.clear();
    assert_eq!(work::of(&sample), None);
}

#[test]
fn ratios_stand_beside_what_was_predicted_of_them() {
    let summary = tally::tally(&synthetic(1_000, 5, 1.0), &predictions());
    let ratio = &summary.ratios[0];
    assert_eq!(
        (ratio.policy.as_str(), ratio.to.as_str()),
        ("flight:2", "fork-join:2")
    );
    let predicted = &ratio.mean_predicted[0];
    assert!((predicted.value - 2.0 / 3.0).abs() < 1e-12);
    // Relative errors of 1 % and 1.5 %, added up as squares.
    let error = 2.0 / 3.0 * 0.01f64.hypot(0.015);
    assert!((predicted.standard_error - error).abs() < 1e-12);
    let mean = ratio.mean.expect("both landed");
    assert!(mean.holds(predicted.value), "exponential times: {mean:?}");
    assert!(!mean.holds(1.0), "{mean:?}");
    let row = summary
        .beside
        .iter()
        .find(|it| it.policy == "flight:2" && it.figure == "mean");
    let row = row.expect("it was predicted");
    assert_eq!(
        (row.holds, row.basis_error),
        (Some(true), Some(0.0)),
        "{row:?}"
    );
    let excess = row.measured.expect("it was measured").value / 0.2 - 1.0;
    assert!((row.excess.expect("it is not 0") - excess).abs() < 1e-12);
}

#[test]
fn single_attempts_are_fitted_to_the_exponential() {
    let summary = tally::tally(&synthetic(800, 6, 1.0), &[]);
    assert_eq!(summary.attempts_alone.len(), 2);
    for alone in &summary.attempts_alone {
        assert!(alone.mean_s.holds(MEAN_MS / 1e3), "{alone:?}");
        assert!(
            alone.exponential_p_value.expect("it is fitted") > 0.05,
            "{alone:?}"
        );
        assert!((0.85..1.15).contains(&alone.variation), "{alone:?}");
    }
}

#[test]
fn what_never_ended_ranks_as_the_longest_of_all() {
    let mut run = synthetic(1_003, 12, 1.0);
    for (at, sample) in run.samples.iter_mut().enumerate() {
        sample.ending = match at % 100 {
            // Of each policy, two in a hundred.
            10 | 11 => Ending::TimedOut,
            12 | 13 => Ending::Lost(String::new()),
            _ => Ending::Landed,
        };
    }
    let policy = &tally::tally(&run, &[]).policies[0];
    let (landed, all) = (policy.latency.expect("most landed"), policy.latency_of_all);
    assert!(all.p50_s.expect("it ended").value > landed.p50_s.value);
    assert_eq!((all.p99_s, all.p999_s), (None, None));
}

#[test]
fn the_error_of_a_prediction_counts_where_it_is_held_against_a_measurement() {
    let run = synthetic(2_000, 13, 1.0);
    let mean = |relative_error: f64| {
        let mut predictions = predictions();
        for said in &mut predictions {
            let based = said.ideal.as_mut().expect("it was predicted");
            (based.prediction.mean.value, based.prediction.mean.error) = (0.35, 0.0);
            based.relative_error = relative_error;
        }
        let beside = tally::tally(&run, &predictions).beside;
        beside
            .into_iter()
            .find(|it| it.figure == "mean")
            .expect("it was measured")
    };
    assert_eq!(mean(0.0).holds, Some(false));
    let uncertain = mean(0.1);
    assert_eq!(uncertain.holds, Some(true));
    assert!((uncertain.basis_error.expect("it is known") - 0.035).abs() < 1e-12);
    assert_eq!(
        (mean(f64::INFINITY).holds, mean(f64::INFINITY).basis_error),
        (None, None)
    );
}

#[test]
fn what_timed_out_is_no_fault() {
    let mut run = synthetic(400, 14, 1.0);
    let is_failed = |it: &&mut crate::sample::Sample| matches!(it.ending, Ending::Failed(_));
    let failed = run.samples.iter_mut().filter(is_failed);
    failed.for_each(|it| it.ending = Ending::TimedOut);
    let beside = tally::tally(&run, &predictions()).beside;
    let failure = beside
        .iter()
        .find(|it| it.figure == "failure")
        .expect("it was predicted");
    assert_eq!(failure.measured.expect("some landed").value, 0.0);
    assert_eq!(failure.holds, Some(false), "5 % were to fail");
}

#[test]
fn what_a_target_does_not_tell_of_zones_is_unknown_and_not_none() {
    let mut run = synthetic(100, 15, 1.0);
    for sample in &mut run.samples {
        match sample.policy {
            0 => sample.zone = None,
            _ => sample.attempts.clear(),
        }
    }
    let summary = tally::tally(&run, &[]);
    let [join, flight] = [0, 1].map(|at| summary.policies[at].zones[0].clone());
    assert_eq!((join.led, join.latency), (None, None));
    assert!(join.attempts > Some(0) && join.won > Some(0));
    assert_eq!(
        (flight.attempts, flight.won, flight.stopped),
        (None, None, None)
    );
    assert!(flight.led > Some(0));
    let latency = flight.latency.expect("some landed");
    assert!(latency.mean_s.holds(latency.mean_s.value));
}
