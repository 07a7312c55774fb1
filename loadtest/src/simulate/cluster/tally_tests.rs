use super::*;

fn seconds(seconds: u64) -> Moment {
    Moment::from_micros(seconds * 1_000_000)
}

#[test]
fn only_the_counted_are_counted() {
    let mut tally = Tally::new(10..50, 20);
    for number in 0..60 {
        let now = seconds(u64::from(number));
        tally.on_arrived(now, number);
        tally.on_held(now, 1);
        tally.on_started(number, Duration::from_secs(2));
        let end = now + Duration::from_millis(500);
        tally.on_released(end, 1);
        tally.on_ran(number, Duration::from_millis(500));
        tally.on_finished(number, Duration::from_secs(number.into()), number % 10 != 0);
    }
    let summary = tally.summary(2, false);
    assert_eq!((summary.workflows, summary.failed), (40, 4));
    assert_eq!(summary.state, State::Steady);
    assert_eq!((summary.mean.value, summary.p50.value), (30.0, 29.0));
    assert_eq!((summary.p99.value, summary.wait.value), (49.0, 2.0));
    assert_eq!((summary.work, summary.attempts), (0.5, 1.0));
    assert_eq!(summary.utilisation, 0.25);
}

#[test]
fn errors_are_those_of_batches() {
    let mut tally = Tally::new(0..40, 20);
    for number in 0..40 {
        tally.on_arrived(seconds(0), number);
        // Pairs of 1 and 3, and of 5 and 7, in turns.
        let took = [1, 3, 5, 7][number as usize % 4];
        tally.on_finished(number, Duration::from_secs(took), true);
    }
    let mean = tally.summary(1, false).mean;
    assert_eq!(mean.value, 4.0);
    assert!((mean.error - (4.0_f64 / 19.0).sqrt()).abs() < 1e-12);
}
