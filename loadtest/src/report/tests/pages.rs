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

#[test]
fn names_that_look_like_elements_are_texts_wherever_they_stand() {
    let mut run = synthetic(120, 16, 1.0);
    run.title = "<title-of>".to_owned();
    run.workflow.functions[0] = "<function-of>".to_owned();
    run.target.zones[0] = "<zone-of>".to_owned();
    let html = html(&run, &predictions());
    assert_well_formed(&html);
    for name in ["title-of", "function-of", "zone-of"] {
        assert!(!html.contains(&format!("<{name}>")), "{name}");
        assert!(html.contains(&format!("&lt;{name}&gt;")), "{name}");
    }
}

#[test]
fn the_answer_says_how_many_did_not_land_and_the_table_ranks_them() {
    let mut run = synthetic(400, 17, 1.0);
    let answer = page::answer::sentences(&tally::tally(&run, &[])).concat();
    let said = "of those that landed; 5.04 % of flight:2's and 5.04 % of fork-join:2's";
    assert!(answer.contains(said), "{answer}");
    assert!(!html(&run, &[]).contains("of all: "));
    run.samples[20].ending = Ending::TimedOut;
    assert!(html(&run, &[]).contains("of all: "));
    run.samples
        .iter_mut()
        .for_each(|it| it.ending = Ending::Landed);
    let answer = page::answer::sentences(&tally::tally(&run, &[])).concat();
    assert!(!answer.contains("failed"), "{answer}");
}

#[test]
fn a_harness_that_cannot_be_late_is_not_said_to_be_on_time() {
    let mut run = synthetic(40, 18, 1.0);
    assert!(html(&run, &[]).contains("The harness itself"));
    run.samples.iter_mut().for_each(|it| it.sent = it.intended);
    assert!(!html(&run, &[]).contains("The harness itself"));
}
