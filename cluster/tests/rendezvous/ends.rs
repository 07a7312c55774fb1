//! Followers that do not come, and leaders that go.

use std::time::Duration;

use raptor_cluster::{Answer, FollowedEnd, MemberIndex, Progress};

use super::party::{
    HANG, answer, anywhere, end, follow, invocation, landed, lead, node, node_with, nowhere, only,
    progress, until,
};

#[tokio::test]
async fn a_leader_whose_followers_never_come_lands_alone() {
    let leader = node("leader").await;
    let (mut activation, invitation) = lead(&leader, &anywhere(), 3);
    assert_eq!(invitation.size, 3);
    assert_eq!(answer(&mut activation).await, landed([0]));
    let record = activation.record().await.expect("it leads");
    let record = record.expect("it was flown");
    assert_eq!((record.size_wanted, record.members.len()), (3, 1));
}

#[tokio::test]
async fn a_flight_of_one_lets_nobody_in() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(0);
    let (mut activation, invitation) = leader.lead(invocation(&action, 1));
    assert_eq!(answer(&mut activation).await, landed([0]));
    let mut part = follow(&follower, &invitation, 1, &action);
    assert!(matches!(end(&mut part).await.how, FollowedEnd::Refused(_)));
}

#[tokio::test]
async fn a_leader_counts_on_those_who_may_still_come_but_not_on_those_who_are_declined() {
    let leader = node_with("leader", |config| config.flight.join_timeout = HANG).await;
    let (mut activation, invitation) = lead(&leader, &nowhere(), 3);
    let flight = invitation.flight;
    leader.decline(flight, MemberIndex(1), "429".to_owned());
    progress(&mut activation, Progress::Missing(MemberIndex(1))).await;
    leader.decline(flight, MemberIndex(2), "503".to_owned());
    let answer = answer(&mut activation).await;
    assert!(matches!(answer, Answer::Failed { .. }), "{answer}");
}

#[tokio::test]
async fn who_was_declined_may_come_after_all() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(1);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    leader.decline(invitation.flight, MemberIndex(1), "429".to_owned());
    progress(&mut activation, Progress::Missing(MemberIndex(1))).await;
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed([1]));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
}

#[tokio::test]
async fn a_follower_of_a_flight_that_is_over_ends_at_once() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let (action, hangs) = (anywhere(), only(1));
    let (mut activation, invitation) = lead(&leader, &action, 2);
    answer(&mut activation).await;
    activation.record().await.expect("it leads");
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(end(&mut part).await.how, FollowedEnd::Over);
    // The leader's own node knows it without asking.
    let mut own = follow(&leader, &invitation, 1, &action);
    assert_eq!(end(&mut own).await.how, FollowedEnd::Over);
    // Nothing of that stands in the way of the next flight.
    let (mut activation, invitation) = lead(&leader, &hangs, 2);
    let mut part = follow(&follower, &invitation, 1, &hangs);
    assert_eq!(answer(&mut activation).await, landed([1]));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
}

#[tokio::test]
async fn a_leader_that_is_not_there_is_missing() {
    let soon = Duration::from_millis(200);
    let follower = node_with("follower", |config| config.flight.join_timeout = soon).await;
    let leader = node("leader").await;
    let action = only(0);
    let (activation, invitation) = lead(&leader, &action, 2);
    drop(activation);
    leader.shutdown().await;
    let mut part = follow(&follower, &invitation, 1, &action);
    until(|| !follower.live_attempts().is_empty()).await;
    assert_eq!(end(&mut part).await.how, FollowedEnd::LeaderMissing);
    assert!(follower.live_attempts().is_empty());
}

#[tokio::test]
async fn a_leader_that_is_gone_is_lost_with_its_flight() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(9);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    let mut part = follow(&follower, &invitation, 1, &action);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    until(|| !follower.live_attempts().is_empty()).await;
    drop(leader);
    assert_eq!(end(&mut part).await.how, FollowedEnd::LeaderLost);
    assert!(follower.live_attempts().is_empty());
}

#[tokio::test]
async fn a_follower_that_is_gone_costs_only_speed() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let other = node("other").await;
    let action = only(2);
    let (mut activation, invitation) = lead(&leader, &action, 3);
    let _part = follow(&follower, &invitation, 1, &action);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    drop(follower);
    progress(&mut activation, Progress::Missing(MemberIndex(1))).await;
    let mut part = follow(&other, &invitation, 2, &action);
    assert_eq!(answer(&mut activation).await, landed([2]));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
}

#[tokio::test]
async fn whoever_drops_its_part_has_left() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(9);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    let part = follow(&follower, &invitation, 1, &action);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    until(|| !follower.live_attempts().is_empty()).await;
    drop(part);
    progress(&mut activation, Progress::Missing(MemberIndex(1))).await;
    until(|| follower.live_attempts().is_empty()).await;
}

#[tokio::test]
async fn a_flight_that_is_cancelled_ends_for_all() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(9);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    let mut part = follow(&follower, &invitation, 1, &action);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    activation.cancel();
    assert_eq!(answer(&mut activation).await, Answer::Cancelled);
    assert_eq!(end(&mut part).await.how, FollowedEnd::Ended);
}
