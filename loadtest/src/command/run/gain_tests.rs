use super::*;
use crate::report::summary::RatioPredicted;

fn ratio(mean: Option<Measure>, predicted: &[f64]) -> Ratio {
    let predicted = predicted.iter().map(|value| RatioPredicted {
        basis: "the theory".to_owned(),
        value: *value,
        standard_error: 0.0,
    });
    Ratio {
        policy: "flight:3".to_owned(),
        to: "fork-join:3".to_owned(),
        mean,
        p50: None,
        p99: None,
        mean_predicted: predicted.collect(),
    }
}

fn measure(value: f64) -> Option<Measure> {
    Some(Measure {
        value,
        low: Some(value - 0.02),
        high: Some(value + 0.02),
    })
}

#[test]
fn a_gain_is_judged_by_what_theory_says_of_it() {
    let within = "10%".parse().unwrap();
    for (ratio_of_means, is_within) in [(0.58, true), (0.6, false), (0.51, true), (0.49, false)] {
        let gain = gain(&ratio(measure(ratio_of_means), &[6.0 / 11.0, 0.1])).unwrap();
        assert_eq!(gain.is_within(within), is_within, "{gain}");
    }
}

#[test]
fn it_is_told_with_both_figures_and_the_interval() {
    let gain = gain(&ratio(measure(0.6), &[6.0 / 11.0])).unwrap();
    assert_eq!(
        gain.to_string(),
        "flight:3 gains 40.0 % of fork-join:3's mean (95 %: 38.0 % to 42.0 %); theory says 45.5 %, \
         from the theory: 12.0 % of that off"
    );
}

#[test]
fn what_landed_nothing_has_gained_nothing() {
    let gain = gain(&ratio(None, &[6.0 / 11.0])).unwrap();
    assert!(!gain.is_within("1000%".parse().unwrap()), "{gain}");
}

#[test]
fn without_a_theory_nothing_is_judged() {
    for (predicted, says) in [(&[][..], "workflow.service"), (&[1.2], "there is none")] {
        let refused = gain(&ratio(measure(0.6), predicted)).unwrap_err();
        assert!(refused.to_string().contains(says), "{refused}");
    }
}

#[test]
fn a_share_is_written_in_percent() {
    for text in ["10%", "2.5%", "150%"] {
        assert_eq!(text.parse::<Within>().unwrap().to_string(), text);
    }
    for text in ["", "10", "0%", "-1%", "NaN%", "inf%", "ten%"] {
        let refused = text.parse::<Within>().unwrap_err().to_string();
        assert!(refused.contains(&format!("{text:?}")), "{refused}");
    }
}
