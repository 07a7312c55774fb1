use std::fs;

use crate::report::{Summary, read, tally};
use crate::sample::{Ending, Outcome};

use super::{predictions, synthetic, written};

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
