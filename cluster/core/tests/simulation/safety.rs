//! The themes: thousands of random flights of each kind, every invariant after every event.

use raptor_core::flight::Flight;

use crate::mark::{Mark, Marks};
use crate::search::{assert_flies, replay};
use crate::theme::Theme;

/// A theme that never meets what it is about shows nothing.
fn assert_met(marks: &Marks, expected: &[Mark]) {
    if std::env::var_os("RAPTOR_SEED").is_none() {
        for mark in expected {
            assert!(marks.times(*mark) > 0, "{mark:?} was never met: {marks:?}");
        }
    }
}

#[test]
fn flights_in_fair_weather_land_and_all_hold_what_was_sealed() {
    let name = "flights_in_fair_weather_land_and_all_hold_what_was_sealed";
    let marks = assert_flies::<Flight>(name, Theme::FAIR, 0..2_000);
    let expected = [
        Mark::Landed,
        Mark::StragglerPreempted,
        Mark::LostInputPreempted,
        Mark::PreemptionRaced,
    ];
    assert_met(&marks, &expected);
    for never in [Mark::Failed, Mark::TimedOut] {
        let times = marks.times(never);
        assert_eq!(times, 0, "{never:?} in fair weather: {marks:?}");
    }
    // It happens when somebody joins while the last logs come in.
    let rare = marks.times(Mark::DebriefTimedOut) * 1_000 < marks.times(Mark::Landed);
    assert!(rare, "leaders wait in vain: {marks:?}");
}

#[test]
fn flights_with_faults_fail_exactly_by_the_rules() {
    let name = "flights_with_faults_fail_exactly_by_the_rules";
    let marks = assert_flies::<Flight>(name, Theme::FAULTS, 0..2_500);
    assert_met(&marks, &[Mark::Landed, Mark::Failed, Mark::FaultSurvived]);
}

#[test]
fn flights_whose_links_are_lost_and_heal_settle() {
    let name = "flights_whose_links_are_lost_and_heal_settle";
    let marks = assert_flies::<Flight>(name, Theme::LINKS, 0..3_000);
    let expected = [
        Mark::Landed,
        Mark::MessageLost,
        Mark::LinkHealed,
        Mark::Abandoned,
    ];
    assert_met(&marks, &expected);
}

#[test]
fn flights_whose_followers_are_killed_settle() {
    let name = "flights_whose_followers_are_killed_settle";
    let marks = assert_flies::<Flight>(name, Theme::CRASHES, 0..2_500);
    assert_met(
        &marks,
        &[Mark::Landed, Mark::MessageLost, Mark::FaultSurvived],
    );
}

#[test]
fn flights_whose_recruits_refuse_or_come_late_settle() {
    let name = "flights_whose_recruits_refuse_or_come_late_settle";
    let marks = assert_flies::<Flight>(name, Theme::RECRUITS, 0..3_000);
    assert_met(
        &marks,
        &[Mark::Landed, Mark::JoinedLate, Mark::ToldOfUnknownFlight],
    );
}

#[test]
fn flights_whose_leader_is_killed_leave_nothing_running() {
    let name = "flights_whose_leader_is_killed_leave_nothing_running";
    let marks = assert_flies::<Flight>(name, Theme::DECAPITATION, 0..1_500);
    assert_met(&marks, &[Mark::Abandoned]);
}

#[test]
fn flights_in_a_hurry_or_cancelled_end_for_that_reason() {
    let name = "flights_in_a_hurry_or_cancelled_end_for_that_reason";
    let marks = assert_flies::<Flight>(name, Theme::HURRY, 0..2_500);
    assert_met(&marks, &[Mark::Landed, Mark::TimedOut, Mark::Cancelled]);
}

#[test]
fn flights_in_a_storm_settle_as_long_as_the_leader_lives() {
    let name = "flights_in_a_storm_settle_as_long_as_the_leader_lives";
    let marks = assert_flies::<Flight>(name, Theme::STORM, 0..4_000);
    assert_met(
        &marks,
        &[
            Mark::Landed,
            Mark::Failed,
            Mark::FaultSurvived,
            Mark::JoinedLate,
        ],
    );
}

#[test]
fn flights_to_which_everything_happens_keep_every_invariant() {
    let name = "flights_to_which_everything_happens_keep_every_invariant";
    assert_flies::<Flight>(name, Theme::EVERYTHING, 0..4_000);
}

#[test]
fn a_seed_replays_event_for_event() {
    for seed in 0..50 {
        let history = replay::<Flight>(Theme::EVERYTHING, seed);
        assert!(history.len() > 0);
        assert_eq!(history, replay::<Flight>(Theme::EVERYTHING, seed));
        assert_ne!(history, replay::<Flight>(Theme::EVERYTHING, seed + 1_000));
    }
}
