//! Work of random length.

use std::fs;

use serde_json::{Value, json};

use crate::call::{function, result, result_of, run};

fn error(value: &Value) -> &str {
    value["error"].as_str().expect("it failed")
}

#[test]
fn it_takes_at_least_the_time_that_it_drew() {
    for (flags, pace) in [
        (&["synthetic"][..], "sleep"),
        (&["synthetic", "--spin"], "spin"),
    ] {
        let worked = result(flags, "{\"service\": \"const mean=5ms\"}\n");
        assert_eq!(worked["pace"], pace);
        assert_eq!(worked["drawn_us"], 5_000);
        assert!(worked["took_us"].as_u64().unwrap() >= 5_000, "{worked}");
    }
}

#[test]
fn every_distribution_is_drawn_from() {
    for service in [
        "exp mean=1ms",
        "shifted-exp mean=1ms constant=0.5",
        "const mean=1ms",
        "uniform mean=1ms spread=0.5",
        "pareto mean=1ms shape=3",
        "lognormal mean=1ms cv=0.5",
        "bimodal mean=1ms slow=0.1 factor=2",
    ] {
        let worked = result(&["synthetic", "--service", service], "{}\n");
        assert_eq!(worked["service"], service);
    }
}

#[test]
fn a_relative_file_of_samples_is_found_where_the_function_runs() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("samples.txt"), "0.003\n").unwrap();
    let flags = ["synthetic", "--service", "empirical file=samples.txt"];
    let mut command = function(&flags);
    let worked = result_of(command.current_dir(directory.path()), "{}\n");
    assert_eq!(worked["drawn_us"], 3_000);
    assert_eq!(worked["service"], "empirical file=samples.txt");
}

#[test]
fn a_fault_is_an_application_error_that_was_asked_for() {
    let flags = ["synthetic", "--service", "const mean=0s", "--fault", "1"];
    let failed = result(&flags, "{}\n");
    assert_eq!(
        error(&failed),
        "failed to succeed: it was asked to fail, with probability 1"
    );
    let worked = result(&flags, "{\"fault\": 0}\n");
    assert_eq!(worked["drawn_us"], 0);
}

#[test]
fn faults_come_as_often_as_asked_and_repeat_with_their_attempts() {
    let has_failed = |attempt: u32| {
        let flags = ["synthetic", "--service", "const mean=0s", "--seed", "1"];
        let mut command = function(&flags);
        command.env("RAPTOR_ATTEMPT", format!("node-a.1/f/0.{attempt}"));
        let value = result_of(&mut command, "{\"fault\": 0.5}\n");
        value.get("error").is_some()
    };
    let faults: Vec<bool> = (0..64).map(has_failed).collect();
    let count = faults.iter().filter(|has_failed| **has_failed).count();
    // The binomial's standard deviation is 4.
    assert!((16..=48).contains(&count), "{count} of 64");
    let again: Vec<bool> = (0..8).map(has_failed).collect();
    assert_eq!(again, faults[..8]);
}

#[test]
fn attempts_flights_and_functions_draw_differently_with_one_seed() {
    let drawn = |name: &str, text: &str| {
        let flags = ["synthetic", "--service", "exp mean=1ms", "--seed", "1"];
        let mut command = function(&flags);
        let worked = result_of(command.env(name, text), "{}\n");
        worked["drawn_us"].as_u64().unwrap()
    };
    for name in ["RAPTOR_ATTEMPT", "RAPTOR_FLIGHT", "__OW_ACTION_NAME"] {
        assert_ne!(drawn(name, "one"), drawn(name, "other"), "{name}");
        assert_eq!(drawn(name, "one"), drawn(name, "one"), "{name}");
    }
}

#[test]
fn flags_that_make_no_sense_are_explained_and_give_no_result() {
    for (flags, told) in [
        (
            ["--service", "exp"],
            "it needs its mean: write it as \"exp mean=200ms\"",
        ),
        (["--service", "empirical file=gone"], "gone cannot be read"),
        (["--fault", "2"], "2 is no probability: give it from 0 to 1"),
    ] {
        let output = run(
            &mut function(&[&["synthetic"], &flags[..]].concat()),
            "{}\n",
        );
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn parameters_that_make_no_sense_are_application_errors() {
    let line = json!({ "service": "normal mean=1s" });
    let failed = result(&["synthetic"], &format!("{line}\n"));
    let begin = "failed to use the parameter \"service\": read the distribution \"normal mean=1s\"";
    assert!(error(&failed).starts_with(begin), "{failed}");
}
