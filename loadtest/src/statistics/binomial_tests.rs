use super::*;

/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
/// methods", Statistics in Medicine 17 (1998), table I, method 5.
#[test]
fn intervals_are_those_of_the_literature() {
    let cases = [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ];
    for (successes, trials, low, high) in cases {
        let found = interval(successes, trials, 0.95);
        let off = (found.low - low).abs().max((found.high - high).abs());
        assert!(off < 0.00006, "{successes} of {trials}: {found:?}");
    }
}

#[test]
fn nothing_and_everything_have_one_open_end() {
    let none = interval(0, 10, 0.95);
    let all = interval(10, 10, 0.95);
    assert_eq!((none.low, all.high), (0.0, 1.0));
    assert!((none.high - (1.0 - 0.025_f64.powf(0.1))).abs() < 1e-9);
    assert!((all.low - 0.025_f64.powf(0.1)).abs() < 1e-9);
    assert_eq!(
        interval(0, 0, 0.95),
        Interval {
            low: 0.0,
            high: 1.0
        }
    );
}

#[test]
fn accepted_counts_are_as_probable_as_asked_for_and_no_fewer_would_be() {
    for (p, trials) in [(0.1, 10), (0.3, 1_000), (0.657, 3_000), (1e-4, 100)] {
        let range = acceptance(p, trials, 0.99);
        let counts = Binomial::new(p, trials).unwrap();
        let below = |count: u64| count.checked_sub(1).map_or(0.0, |it| counts.cdf(it));
        let (low, high) = (*range.start(), *range.end());
        assert!(below(low) <= 0.005 && counts.sf(high) <= 0.005, "{range:?}");
        assert!(counts.cdf(low) > 0.005, "{range:?}: {low} is too low");
        assert!(counts.sf(high.saturating_sub(1)) > 0.005 || high == 0);
    }
}

#[test]
fn certain_counts_are_accepted_alone() {
    assert_eq!(acceptance(0.0, 50, 0.99), 0..=0);
    assert_eq!(acceptance(1.0, 50, 0.99), 50..=50);
    assert_eq!(acceptance(0.5, 0, 0.99), 0..=0);
}

#[test]
fn a_share_that_is_accepted_is_one_whose_interval_holds_it() {
    let (p, trials) = (0.3, 200);
    let accepted = acceptance(p, trials, 0.95);
    for successes in 0..=trials {
        let holds = interval(successes, trials, 0.95).holds(p);
        assert_eq!(holds, accepted.contains(&successes), "{successes}");
    }
}
