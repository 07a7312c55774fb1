use super::*;

const GRACE: Duration = Duration::from_millis(80);
const INTERVAL: Duration = Duration::from_secs(1);

const fn at(millis: u64) -> Moment {
    Moment::from_micros(millis * 1_000)
}

#[test]
fn time_awake_is_time_until_the_node_starves() {
    let mut pulse = Pulse::new(GRACE, INTERVAL);
    assert_eq!(pulse.beat(at(150), Some(at(100))), None);
    assert_eq!(pulse.beat(at(150), None), None);
    assert_eq!(pulse.awake(at(150)), at(150));
    assert_eq!(pulse.moment(at(150)), at(150));
}

#[test]
fn time_in_which_what_was_due_was_not_done_does_not_count() {
    let mut pulse = Pulse::new(GRACE, INTERVAL);
    let due = pulse.moment(at(100));
    let late = pulse.beat(at(600), Some(due));
    assert_eq!(late, Some(Duration::from_millis(500)));
    // What was due is due after the grace.
    assert_eq!(pulse.moment(at(100)), at(680));
    assert_eq!(pulse.awake(at(680)), at(100));
}

#[test]
fn a_node_that_is_always_late_comes_to_what_is_due_all_the_same() {
    let mut pulse = Pulse::new(GRACE, INTERVAL);
    let mut now = at(0);
    for step in 0..1_000 {
        let due = pulse.moment(at(100));
        now = due + Duration::from_millis(60);
        pulse.beat(now, Some(due));
        if pulse.awake(now) >= at(100) {
            assert!(step <= 1, "it took {step} steps");
            return;
        }
    }
    panic!("it is never due: {now}");
}
