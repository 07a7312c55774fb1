use proptest::prelude::*;

use super::*;

fn taken(bucket: &mut Bucket, now: Duration, asked: usize) -> usize {
    (0..asked).filter(|_| bucket.take(now)).count()
}

#[test]
fn a_burst_is_let_through_and_then_so_many_a_second() {
    let mut bucket = Bucket::new(100, 20);
    assert_eq!(taken(&mut bucket, Duration::ZERO, 1_000), 20);
    assert!(!bucket.has(Duration::from_millis(9)));
    assert_eq!(taken(&mut bucket, Duration::from_millis(10), 1_000), 1);
    assert_eq!(taken(&mut bucket, Duration::from_millis(60), 1_000), 5);
    assert_eq!(taken(&mut bucket, Duration::from_secs(60), 1_000), 20);
}

proptest! {
    #[test]
    fn never_more_than_the_rate_and_one_burst(
        per_second in 1..2_000_u32,
        burst in 1..500_u32,
        pauses in proptest::collection::vec(0..50_000_u64, 1..300),
    ) {
        let mut bucket = Bucket::new(per_second, burst);
        let mut now = Duration::ZERO;
        let mut count = 0;
        for pause in pauses {
            now += Duration::from_micros(pause);
            count += taken(&mut bucket, now, 3);
        }
        let max = f64::from(burst) + f64::from(per_second) * now.as_secs_f64();
        prop_assert!(count as f64 <= max + 1.0, "{count} of {max}");
    }
}
