use crate::plot::tests::assert_well_formed;
use crate::predict::of_run::RunPrediction;
use crate::report::{page, read, tally};
use crate::run::{Run, TargetView};
use crate::sample::Ending;

use super::{predictions, synthetic, written};

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
    assert_well_formed(&self::html(&run, &[]));
    run.policies.truncate(1);
    assert_well_formed(&self::html(&run, &[]));
    assert!(
        read(written(&run).path())
            .expect("it is read")
            .samples
            .is_empty()
    );
}
