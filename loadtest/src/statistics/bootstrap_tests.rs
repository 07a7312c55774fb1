use rand::RngExt;

use super::*;

/// So many exponential samples of mean 1.
fn exponential(count: usize, seed: u64) -> Vec<f64> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..count)
        .map(|_| -(1.0 - dice.random::<f64>()).ln())
        .collect()
}

/// How many of 300 intervals hold what is true.
fn coverage(truth: f64, of: impl Fn(u64) -> Option<Estimate>) -> usize {
    let holds = |seed: &u64| of(*seed).is_some_and(|estimate| estimate.interval.holds(truth));
    (0..300).filter(holds).count()
}

/// 95 % of 300 are 285, give or take four standard deviations of 3.8.
const COVERED: std::ops::RangeInclusive<usize> = 270..=300;

#[test]
fn about_95_of_100_intervals_hold_the_true_mean() {
    let covered = coverage(1.0, |seed| mean(&exponential(30, seed), seed));
    assert!(COVERED.contains(&covered), "{covered} of 300");
}

#[test]
fn about_95_of_100_intervals_hold_the_true_quantiles() {
    for (share, truth) in [(0.5, 2.0_f64.ln()), (0.99, 100.0_f64.ln())] {
        let covered = coverage(truth, |seed| {
            estimate(Statistic::Quantile(share), &exponential(500, seed), seed)
        });
        assert!(COVERED.contains(&covered), "{share}: {covered} of 300");
    }
}

#[test]
fn about_95_of_100_intervals_hold_the_true_ratio_and_difference_of_two() {
    let sets = |seed| {
        let twice = exponential(12, seed).into_iter().map(|it| 2.0 * it);
        (twice.collect::<Vec<_>>(), exponential(16, seed + 1_000))
    };
    let ratios = coverage(2.0, |seed| {
        let (twice, once) = sets(seed);
        ratio(Statistic::Mean, &twice, &once, seed)
    });
    let differences = coverage(1.0, |seed| {
        let (twice, once) = sets(seed);
        difference(Statistic::Mean, &twice, &once, seed)
    });
    let medians = coverage(2.0, |seed| {
        let (twice, once) = sets(seed);
        ratio(Statistic::Quantile(0.5), &twice, &once, seed)
    });
    for covered in [ratios, differences, medians] {
        assert!(COVERED.contains(&covered), "{covered} of 300");
    }
}

#[test]
fn of_many_samples_the_interval_is_as_narrow_as_the_normal_distribution_says() {
    let samples = exponential(20_000, 7);
    let Interval { low, high } = mean(&samples, 7).unwrap().interval;
    let expected = 2.0 * 1.96 / 20_000.0_f64.sqrt();
    let off = (high - low) / expected - 1.0;
    assert!(off.abs() < 0.1, "{low} to {high}: off by {off}");
}

#[test]
fn the_interval_of_a_quantile_is_that_of_its_resamples() {
    let samples = exponential(2_000, 3);
    let by_order = estimate(Statistic::Quantile(0.9), &samples, 3)
        .unwrap()
        .interval;
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(3);
    let side = Side::of(Statistic::Quantile(0.9), &samples, &mut dice).unwrap();
    let resampled = side.estimate().interval;
    for (order, resampled) in [
        (by_order.low, resampled.low),
        (by_order.high, resampled.high),
    ] {
        assert!(
            (order / resampled - 1.0).abs() < 0.02,
            "{order} {resampled}"
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_interval() {
    let samples = exponential(50, 1);
    assert_eq!(mean(&samples, 5), mean(&samples, 5));
    assert_ne!(mean(&samples, 5), mean(&samples, 6));
}

#[test]
fn no_samples_say_nothing() {
    for statistic in [Statistic::Mean, Statistic::Quantile(0.5)] {
        assert_eq!(estimate(statistic, &[], 1), None);
        assert_eq!(ratio(statistic, &[], &[1.0], 1), None);
        assert_eq!(ratio(statistic, &[1.0], &[], 1), None);
        assert_eq!(ratio(statistic, &[1.0], &[0.0], 1), None);
        assert_eq!(difference(statistic, &[], &[1.0], 1), None);
    }
}

#[test]
fn one_sample_bounds_nothing() {
    let anything = Interval {
        low: 0.0,
        high: f64::INFINITY,
    };
    let whatever = Interval {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
    let many = exponential(100, 1);
    for statistic in [Statistic::Mean, Statistic::Quantile(0.5)] {
        let one = estimate(statistic, &[2.0], 1).unwrap();
        assert_eq!((one.value, one.interval), (2.0, anything));
        assert_eq!(
            ratio(statistic, &[2.0], &many, 1).unwrap().interval,
            anything
        );
        let difference = difference(statistic, &many, &[2.0], 1).unwrap();
        assert_eq!(difference.interval, whatever);
    }
}

#[test]
fn samples_that_do_not_vary_leave_no_doubt() {
    let samples = [0.25; 20];
    for statistic in [Statistic::Mean, Statistic::Quantile(0.5)] {
        let Estimate { value, interval } = estimate(statistic, &samples, 1).unwrap();
        assert_eq!((value, interval.low, interval.high), (0.25, 0.25, 0.25));
    }
}
