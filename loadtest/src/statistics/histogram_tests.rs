use super::*;

fn millis(range: std::ops::RangeInclusive<u64>) -> Histogram {
    range.map(Duration::from_millis).collect()
}

#[test]
fn quantiles_and_the_mean_are_right_to_three_digits() {
    let histogram = millis(1..=1_000);
    let near = |found: Option<Duration>, millis: f64| {
        let found = found.unwrap().as_secs_f64() * 1e3;
        assert!((found / millis - 1.0).abs() < 0.001, "{found} {millis}");
    };
    near(histogram.quantile(0.5), 500.0);
    near(histogram.quantile(0.99), 990.0);
    near(histogram.max(), 1_000.0);
    near(histogram.mean(), 500.5);
}

#[test]
fn an_empty_one_says_nothing() {
    let empty = Histogram::default();
    assert_eq!(empty.count(), 0);
    assert_eq!(
        (empty.mean(), empty.max(), empty.quantile(0.5)),
        (None, None, None)
    );
    assert!(empty.cumulative().is_empty());
}

#[test]
fn merged_ones_hold_the_samples_of_both() {
    let mut histogram = millis(1..=10);
    histogram.merge(&millis(11..=20));
    assert_eq!(histogram.count(), 20);
    assert_eq!(histogram.cumulative(), millis(1..=20).cumulative());
}

#[test]
fn the_cumulative_distribution_rises_to_one() {
    let points = millis(1..=4).cumulative();
    let shares: Vec<f64> = points.iter().map(|(_, share)| *share).collect();
    assert_eq!(shares, [0.25, 0.5, 0.75, 1.0]);
    assert!((points[1].0 - 0.002).abs() < 0.000_002, "{points:?}");
}

#[test]
fn what_is_longer_than_a_day_counts_as_a_day() {
    let histogram: Histogram = [Duration::MAX, Duration::ZERO].into_iter().collect();
    assert_eq!(histogram.count(), 2);
    let max = histogram.max().unwrap().as_secs_f64();
    assert!((max / DURATION_MAX.as_secs_f64() - 1.0).abs() < 0.001);
}
