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
    near(histogram.mean(), 500.5);
}

#[test]
fn an_empty_one_says_nothing() {
    let empty = Histogram::default();
    assert_eq!(empty.count(), 0);
    assert_eq!((empty.mean(), empty.quantile(0.5)), (None, None));
}

#[test]
fn what_is_longer_than_a_day_counts_as_a_day() {
    let histogram: Histogram = [Duration::MAX, Duration::ZERO].into_iter().collect();
    assert_eq!(histogram.count(), 2);
    let max = histogram.quantile(1.0).unwrap().as_secs_f64();
    assert!((max / DURATION_MAX.as_secs_f64() - 1.0).abs() < 0.001);
}
