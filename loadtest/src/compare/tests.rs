use crate::plot::tests::assert_well_formed;
use crate::report;
use crate::report::tests::{synthetic, written};
use crate::run::Run;

use super::row::Verdict;
use super::*;

fn saved(run: &Run) -> Saved {
    report::read(written(run).path()).expect("it is read")
}

/// A run as it would be read, without the files between.
fn kept(run: &Run) -> Saved {
    Saved {
        summary: report::tally::tally(run, &[]),
        samples: run.samples.clone(),
        attempts_alone: Vec::new(),
    }
}

fn compared(a: &Saved, b: &Saved) -> Comparison {
    compare(("one", a), ("other", b)).expect("they share policies")
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let run = saved(&synthetic(400, 21, 1.0));
    let comparison = compared(&run, &run);
    // Mean, p50, p99, failures and work of two policies; three ratios.
    assert_eq!(comparison.rows.len(), 13);
    for row in &comparison.rows {
        assert!(
            row.verdict != Verdict::Differs && row.difference.value == 0.0,
            "{row:?}"
        );
    }
    assert_eq!(comparison.warnings(), [""; 0]);
    let words = comparison.words();
    assert_eq!(words[0], "Nothing differs beyond noise.");
    assert!(
        words[1].contains("flight:2 by fork-join:2 p99"),
        "{words:?}"
    );
}

#[test]
fn a_run_that_is_slower_by_a_tenth_is_found_and_its_ratio_is_not() {
    let [a, b] = [(22, 1.0), (23, 1.1)].map(|(seed, stretch)| {
        let mut run = synthetic(3_000, seed, stretch);
        run.attempts_alone.clear();
        kept(&run)
    });
    let comparison = compared(&a, &b);
    for row in &comparison.rows {
        let is_scaled = matches!(row.figure, "mean" | "work") && !row.of.contains(" by ");
        let change = row.change.expect("nothing is 0");
        if is_scaled {
            assert_eq!(row.verdict, Verdict::Differs, "{row:?}");
            assert!((0.05..0.15).contains(&change), "{row:?}");
            assert!(row.difference.holds(0.1 * row.a.value), "{row:?}");
        } else if row.figure == "failures" || row.of.contains(" by ") {
            assert_eq!(row.verdict, Verdict::WithinNoise, "{row:?}");
        }
    }
    let words = comparison.words().join("\n");
    assert!(
        words.contains("fork-join:2 mean is ") && words.contains(" % longer: "),
        "{words}"
    );
}

#[test]
fn what_samples_are_too_few_for_is_not_called_the_same() {
    let run = kept(&synthetic(60, 30, 1.0));
    let comparison = compared(&run, &run);
    let p99 = comparison.rows.iter().filter(|row| row.figure == "p99");
    for row in p99 {
        assert_eq!(row.verdict, Verdict::TooFewSamples, "{row:?}");
    }
    let words = comparison.words();
    let said =
        "Too few samples to say: fork-join:2 p99, flight:2 p99, flight:2 by fork-join:2 p99.";
    assert!(words.iter().any(|it| it == said), "{words:?}");
}

#[test]
fn failures_that_were_none_and_are_many_are_found() {
    let mut run = synthetic(100, 24, 1.0);
    let b = saved(&run);
    for sample in &mut run.samples {
        sample.ending = crate::sample::Ending::Landed;
    }
    let comparison = compared(&saved(&run), &b);
    let mut failures = comparison.rows.iter().filter(|it| it.figure == "failures");
    let row = failures.next().expect("there is one");
    // 5 of 97 are not too many for chance, by exact intervals.
    assert_eq!((row.a.value, row.change), (0.0, None));
    assert!((row.difference.value - 5.0 / 97.0).abs() < 1e-12, "{row:?}");
    let low = row.difference.low.expect("it is known");
    let [a, b] = [row.a, row.b];
    let by_hand = (b.value - b.low.unwrap()).hypot(a.high.unwrap() - a.value);
    assert!((low - (row.difference.value - by_hand)).abs() < 1e-12);
    assert_eq!(row.verdict == Verdict::Differs, low > 0.0);
}

#[test]
fn circumstances_that_differ_are_listed() {
    let run = synthetic(30, 25, 1.0);
    let mut other = run.clone();
    other.scenario += "requests = 9\n";
    other.target.url = "http://127.0.0.1:8080".to_owned();
    other.target.node_slots = None;
    other.target.processors = 64;
    let comparison = compared(&saved(&run), &saved(&other));
    let warnings = comparison.warnings();
    assert_eq!(
        warnings,
        [
            "the scenario differs: no line 2; line 2: requests = 9",
            "the target differs: embedded:; http://127.0.0.1:8080",
            "the node.slots differs: 2; unknown",
            "the number of processors differs: 2; 64",
        ]
    );
}

#[test]
fn policies_that_only_one_run_has_are_named_and_left_out() {
    let run = synthetic(30, 26, 1.0);
    let mut other = run.clone();
    other.policies[1] = "flight:9".parse().unwrap();
    let (a, b) = (saved(&run), saved(&other));
    let comparison = compared(&a, &b);
    assert_eq!(comparison.rows.len(), 5);
    assert_eq!(
        comparison.warnings(),
        [
            "only the first run has flight:2: left out",
            "only the second run has flight:9: left out"
        ]
    );
    other.policies[0] = "flight:8".parse().unwrap();
    let refused = compare(("one", &a), ("other", &saved(&other)))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("the first has fork-join:2, flight:2, the second flight:8, flight:9"),
        "{refused}"
    );
}

#[test]
fn runs_without_anything_in_a_policy_are_compared_in_what_is_left() {
    let run = synthetic(30, 27, 1.0);
    let mut none = run.clone();
    none.samples.clear();
    let comparison = compared(&saved(&run), &saved(&none));
    assert!(comparison.rows.is_empty());
    assert_eq!(
        comparison.words()[0],
        "Nothing can be compared: a run has no samples of any policy."
    );
}

#[test]
fn texts_and_pages_tell_the_same() {
    let (a, b) = (
        saved(&synthetic(300, 28, 1.0)),
        saved(&synthetic(300, 29, 1.5)),
    );
    let comparison = compared(&a, &b);
    let text = text::text(&comparison);
    let page = page::page(&comparison, &a, &b);
    assert_well_formed(&page);
    for words in comparison.words() {
        assert!(text.contains(&words), "{words}");
        assert!(page.contains(&words.replace('<', "&lt;")), "{words}");
    }
    assert!(page.contains("flight:2: which share took at most so long"));
    assert!(
        text.starts_with(
            "A: one (keys <of> two &amp; more"
                .replace("&amp;", "&")
                .as_str()
        )
    );
    let json = serde_json::to_value(&comparison).expect("it has string keys only");
    assert_eq!(json["rows"][0]["quantity"], "time");
    assert_eq!(json["rows"][0]["verdict"], "differs");
}
