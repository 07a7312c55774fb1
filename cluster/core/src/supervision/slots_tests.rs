use super::*;
use crate::MemberIndex;

fn holder(number: u32) -> SlotHolder {
    SlotHolder {
        flight: FlightId(1),
        attempt: AttemptId {
            member: MemberIndex::LEADER,
            number,
        },
    }
}

#[test]
fn slots_are_granted_while_there_are_some() {
    let mut slots = Slots::new(2, 1);
    assert_eq!(slots.request(holder(0), 1), Answer::Granted);
    assert_eq!(slots.request(holder(1), 1), Answer::Granted);
    assert_eq!(slots.request(holder(2), 1), Answer::Queued);
    assert_eq!(slots.request(holder(3), 1), Answer::Refused);
    assert_eq!((slots.running(), slots.queued(), slots.weight()), (2, 1, 3));
    assert_eq!(slots.release(holder(1)), [holder(2)]);
    assert_eq!(slots.release(holder(0)), []);
    assert_eq!((slots.running(), slots.queued()), (1, 0));
}

#[test]
fn a_heavy_attempt_is_not_overtaken() {
    let mut slots = Slots::new(2, 8);
    assert_eq!(slots.request(holder(0), 1), Answer::Granted);
    assert_eq!(slots.request(holder(1), 2), Answer::Queued);
    assert_eq!(slots.request(holder(2), 1), Answer::Queued);
    assert_eq!(slots.release(holder(0)), [holder(1)]);
    assert_eq!(slots.release(holder(1)), [holder(2)]);
}

#[test]
fn the_end_of_a_heavy_attempt_lets_several_run() {
    let mut slots = Slots::new(2, 8);
    assert_eq!(slots.request(holder(0), 2), Answer::Granted);
    assert_eq!(slots.request(holder(1), 1), Answer::Queued);
    assert_eq!(slots.request(holder(2), 1), Answer::Queued);
    assert_eq!(slots.request(holder(3), 1), Answer::Queued);
    assert_eq!(slots.release(holder(0)), [holder(1), holder(2)]);
}

#[test]
fn those_behind_a_heavy_attempt_that_leaves_the_queue_may_run() {
    let mut slots = Slots::new(2, 8);
    assert_eq!(slots.request(holder(0), 1), Answer::Granted);
    assert_eq!(slots.request(holder(1), 2), Answer::Queued);
    assert_eq!(slots.request(holder(2), 1), Answer::Queued);
    assert_eq!(slots.release(holder(1)), [holder(2)]);
}

#[test]
fn a_weight_above_the_total_runs_alone() {
    let mut slots = Slots::new(2, 8);
    assert_eq!(slots.request(holder(0), 9), Answer::Granted);
    assert_eq!(slots.request(holder(1), 1), Answer::Queued);
    assert_eq!(slots.running(), 2);
    assert_eq!(slots.release(holder(0)), [holder(1)]);
}

#[test]
fn a_release_without_slots_changes_nothing() {
    let mut slots = Slots::new(1, 0);
    assert_eq!(slots.request(holder(0), 1), Answer::Granted);
    assert_eq!(slots.request(holder(1), 1), Answer::Refused);
    assert_eq!(slots.release(holder(1)), []);
    assert_eq!(slots.running(), 1);
}

#[test]
#[should_panic(expected = "asks twice")]
fn asking_twice_is_a_bug() {
    let mut slots = Slots::new(1, 8);
    slots.request(holder(0), 1);
    slots.request(holder(0), 1);
}
