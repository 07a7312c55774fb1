use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use raptor_core::manifest::Manifest;

use crate::plot::tests::assert_well_formed;
use crate::predict::of_run::{Based, IdealBasis, RunPrediction};
use crate::predict::{Figure, Prediction, Source};
use crate::run::{Run, TargetView, WorkflowView};
use crate::sample::{Attempt, Ending, Outcome, Sample};

use super::summary::Measure;
use super::*;

/// The mean of the service times of synthetic runs.
const MEAN_MS: f64 = 200.0;

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
fn workflow(at: usize, policy: usize, stretch: f64, dice: &mut StdRng) -> Sample {
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

fn attempt(function: usize, member: usize, start_us: i64, end_us: i64) -> Attempt {
    Attempt {
        function,
        member: member as u16,
        zone: Some(member),
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
    let policies = POLICIES.iter().zip([0.3, 0.2]);
    let predictions = policies.map(|(policy, mean)| RunPrediction {
        policy: policy.parse().expect("it is a policy"),
        ideal: Some(Based {
            basis: IdealBasis::Declared,
            means: vec![0.2, 0.2],
            prediction: prediction(mean),
        }),
        measured: None,
    });
    predictions.collect()
}

/// A directory with what a run leaves.
pub(crate) fn written(run: &Run) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("there is a place for it");
    write(run, &predictions(), directory.path()).expect("it is written");
    directory
}

#[test]
fn a_run_is_read_back_as_it_was_written() {
    let run = synthetic(100, 1, 1.0);
    let directory = written(&run);
    let saved = read(directory.path()).expect("it is read");
    assert_eq!(saved.samples, run.samples);
    assert_eq!(saved.attempts_alone, run.attempts_alone);
    assert_alike(&saved.summary, &tally::tally(&run, &predictions()));
    assert_eq!(saved.summary.title, run.title);
    assert_eq!(saved.summary.began, "2023-11-14T22:13:20Z");
}

/// Panics unless two summaries are the same, but for the last digit of their numbers, which reading
/// may change.
fn assert_alike(one: &Summary, other: &Summary) {
    let words = |summary: &Summary| {
        let text = serde_json::to_string_pretty(summary).expect("it has string keys only");
        text.lines()
            .map(|line| line.trim_end_matches(',').to_owned())
            .collect::<Vec<_>>()
    };
    let (one, other) = (words(one), words(other));
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        let number = |line: &str| {
            line.rsplit(' ')
                .next()
                .and_then(|it| it.parse::<f64>().ok())
        };
        match (number(one), number(other)) {
            (Some(one), Some(other)) => assert!((one - other).abs() <= 1e-12 * one.abs()),
            _ => assert_eq!(one, other),
        }
    }
}

#[test]
fn what_nobody_knows_is_read_back_as_unknown() {
    let mut run = synthetic(20, 2, 1.0);
    run.attempts_alone.clear();
    run.target.zones.clear();
    (run.target.nodes, run.target.flight_slots) = (None, None);
    for sample in &mut run.samples {
        sample.zone = None;
        sample.attempts.truncate(1);
        sample.attempts[0].zone = None;
        sample.attempts[0].end_us = None;
        sample.attempts[0].outcome = Outcome::Unknown;
    }
    run.samples[5].attempts.clear();
    run.samples[6].ending = Ending::TimedOut;
    run.samples[7].ending = Ending::Lost(String::new());
    run.samples[8].ending = Ending::Refused("line\nbreak".to_owned());
    let saved = read(written(&run).path()).expect("it is read");
    assert_eq!(saved.samples, run.samples);
    assert!(saved.attempts_alone.is_empty());
    assert_eq!(saved.summary.target.nodes, None);
}

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
        assert_eq!(policy.zones[0].led, first.count() as u64);
    }
}

#[test]
fn fork_join_wastes_nothing_and_flights_what_they_stop() {
    let run = synthetic(300, 4, 1.0);
    let summary = tally::tally(&run, &[]);
    let [join, flight] = [0, 1].map(|at| summary.policies[at].work.expect("attempts are told"));
    assert_eq!(join.wasted_s.value, 0.0);
    assert_eq!(join.attempts, 2.0);
    assert_eq!(flight.attempts, 3.0);
    assert!((0.1..0.4).contains(&flight.wasted_share), "{flight:?}");
    let zones = &summary.policies[1].zones;
    let counted: u64 = zones.iter().map(|zone| zone.won).sum();
    assert_eq!(
        counted,
        2 * summary.policies[1].n,
        "every function has one value that counted"
    );
    let stopped: u64 = zones.iter().map(|zone| zone.stopped).sum();
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
    assert_eq!(work::won(&sample.attempts), [false, true, false, true]);
    let work = work::of(&sample).expect("there are attempts");
    assert_eq!(work.all, Duration::from_micros(100 + 70 + 60 + 50));
    assert_eq!(work.wasted, Duration::from_micros(100 + 60));
    sample.attempts[1].outcome = Outcome::Fault;
    assert_eq!(work::won(&sample.attempts), [true, false, false, true]);
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
    assert_eq!(row.holds, row.measured.map(|it| it.holds(0.2)));
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

fn html(run: &Run, predictions: &[RunPrediction]) -> String {
    page::page(run, &tally::tally(run, predictions))
}

#[test]
fn the_page_is_well_formed_escaped_and_holds_nothing_from_outside() {
    let html = html(&synthetic(120, 7, 1.0), &predictions());
    assert_well_formed(&html);
    for outside in [
        "<script",
        "src=",
        "href=",
        "url(",
        "@import",
        "<of>",
        "<formula>",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    let links = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!links.contains("http://") && !links.contains("https://"));
    assert!(html.contains("keys &lt;of&gt; two &amp; more"));
}

#[test]
fn the_page_answers_first_and_states_under_which_circumstances() {
    let run = synthetic(400, 8, 1.0);
    let summary = tally::tally(&run, &predictions());
    let answer = page::answer::sentences(&summary).concat();
    assert!(answer.starts_with("flight:2 took 0.6"), "{answer}");
    assert!(
        answer.contains("of fork-join:2's mean (95 %: 0."),
        "{answer}"
    );
    assert!(
        answer.contains("predicted 0.667 from the ideal exponential"),
        "{answer}"
    );
    assert!(answer.contains("% shorter; predicted"), "{answer}");
    let html = html(&run, &predictions());
    for stated in [
        "flight.slots",
        "node.slots",
        "members (N)",
        "Latency: which share",
        "One workflow of flight:2",
        "member 1 · b",
        "■ key",
    ] {
        assert!(html.contains(stated), "{stated}");
    }
    assert!(html.contains("loadtest run keys.toml --out keys"));
}

#[test]
fn the_page_says_plainly_what_the_target_could_not_tell() {
    let mut run = synthetic(60, 9, 1.0);
    run.attempts_alone.clear();
    run.target = TargetView::default();
    for sample in &mut run.samples {
        sample.attempts.clear();
        sample.zone = None;
    }
    let html = html(&run, &[]);
    assert_well_formed(&html);
    for said in [
        "did not tell of attempts: no figures of work",
        "did not tell what happened in which zone",
        "No timeline",
        "No quantiles of single attempts",
        "Nothing was predicted",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn runs_without_anything_that_landed_have_a_page_all_the_same() {
    let mut run = synthetic(30, 10, 1.0);
    for sample in &mut run.samples {
        sample.ending = Ending::TimedOut;
    }
    let html = html(&run, &predictions());
    assert_well_formed(&html);
    assert!(html.contains("landed none of its 27 workflows"), "{html}");
    run.samples.clear();
    assert_well_formed(&super::tests::html(&run, &[]));
    run.policies.truncate(1);
    assert_well_formed(&super::tests::html(&run, &[]));
    assert!(
        read(written(&run).path())
            .expect("it is read")
            .samples
            .is_empty()
    );
}

#[test]
fn what_is_no_run_is_refused_with_what_would_be() {
    let empty = tempfile::tempdir().expect("there is a place for it");
    let refused = read(empty.path()).unwrap_err().to_string();
    assert!(refused.contains("loadtest run"), "{refused}");
    let path = empty.path().join("summary.json");
    for (text, why) in [
        (
            "{\"format\": 7}",
            "its format is 7, and this program reads 1",
        ),
        ("{\"format\": 1}", "missing field"),
        ("no", "line 1 column"),
    ] {
        fs::write(&path, text).expect("it is written");
        let refused = read(empty.path()).unwrap_err().to_string();
        assert!(
            refused.contains(why) && refused.contains("summary.json"),
            "{refused}"
        );
    }
}

#[test]
fn tables_that_do_not_fit_are_refused_with_file_and_line() {
    let run = synthetic(5, 11, 1.0);
    for (file, from, to, why) in [
        (
            "samples.csv",
            "flight:2",
            "flight:9",
            "line 3: the summary has no policy \"flight:9\"",
        ),
        ("samples.csv", ",landed,", ",lnded,", "line: 2"),
        (
            "attempts.csv",
            "\n9,",
            "\n99,",
            "samples.csv has no workflow 99",
        ),
        (
            "alone.csv",
            "key0",
            "key7",
            "line 2: the summary has no function \"key7\"",
        ),
    ] {
        let directory = written(&run);
        let path = directory.path().join(file);
        let text = fs::read_to_string(&path).expect("it is there");
        fs::write(&path, text.replacen(from, to, 1)).expect("it is written");
        let refused = read(directory.path()).unwrap_err().to_string();
        assert!(refused.contains(why) && refused.contains(file), "{refused}");
    }
}
