//! Who has which seat, and by which key.

use std::time::Duration;

use raptor_cluster::security::{ClusterKey, Security};
use raptor_cluster::{Answer, Bundle, FollowedEnd, Invitation, MemberIndex, Progress};

use super::party::{
    LEADER, answer, anywhere, end, follow, landed, lead, node, node_with, only, progress, until,
};

/// How long followers look for a leader that is not there.
const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_seat_that_is_taken_stays_taken() {
    let leader = node("leader").await;
    let (first, second) = (node("first").await, node("second").await);
    let action = only(2);
    let (mut activation, invitation) = lead(&leader, &action, 3);
    let mut part = follow(&first, &invitation, 1, &action);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    let mut late = follow(&second, &invitation, 1, &action);
    assert_eq!(end(&mut late).await.how, FollowedEnd::Over);
    assert!(second.live_attempts().is_empty());
    // Its node is welcome in the seat that is free.
    let third = node("third").await;
    let mut other = follow(&third, &invitation, 2, &action);
    assert_eq!(answer(&mut activation).await, landed([2]));
    for part in [&mut part, &mut other] {
        assert_eq!(end(part).await.how, FollowedEnd::Landed);
    }
}

#[tokio::test]
async fn a_seat_that_is_none_is_not_followed() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(1);
    let (_activation, invitation) = lead(&leader, &action, 2);
    for member in [0, 2] {
        let mut part = follow(&follower, &invitation, member, &action);
        let FollowedEnd::Refused(why) = end(&mut part).await.how else {
            panic!("there is no such seat");
        };
        assert!(why.contains("no follower's place"), "{why}");
    }
    // Where the invitation was changed so that the follower believes in the seat, the leader does
    // not.
    let larger = Invitation {
        size: 9,
        ..invitation
    };
    let mut part = follow(&follower, &larger, 8, &action);
    assert_eq!(end(&mut part).await.how, FollowedEnd::Over);
}

#[tokio::test]
async fn a_node_has_one_part_in_a_flight() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(1);
    let (mut activation, invitation) = lead(&leader, &action, 3);
    progress(&mut activation, Progress::Started(LEADER, 0)).await;
    // Not even the leader: whoever lands in the same process uses a second node.
    let mut own = follow(&leader, &invitation, 1, &action);
    assert!(matches!(end(&mut own).await.how, FollowedEnd::Refused(_)));
    drop(own);
    let held = only(9);
    let (_held, other) = lead(&leader, &held, 2);
    let mut part = follow(&follower, &other, 1, &held);
    until(|| !follower.live_attempts().is_empty()).await;
    let mut again = follow(&follower, &other, 1, &held);
    assert!(matches!(end(&mut again).await.how, FollowedEnd::Refused(_)));
    drop(again);
    // What is refused, and dropped, is not the end of what is under way.
    let mut last = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed([1]));
    assert_eq!(end(&mut last).await.how, FollowedEnd::Landed);
    let still = tokio::time::timeout(Duration::from_millis(1), part.end()).await;
    still.expect_err("it is under way");
}

/// Follows with something in the invitation that is wrong, and hears that no leader is there.
async fn is_not_let_in(action: &Bundle, invitation: &Invitation) {
    let follower = node_with("stranger", |config| config.flight.join_timeout = SOON).await;
    let mut part = follow(&follower, invitation, 1, action);
    assert_eq!(end(&mut part).await.how, FollowedEnd::LeaderMissing);
    assert!(follower.live_attempts().is_empty());
}

#[tokio::test]
async fn only_the_flights_own_key_opens_it() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = only(1);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    let (_other, elsewhere) = lead(&leader, &action, 2);
    let wrong = [
        Invitation {
            key: ClusterKey::generate().expect("random numbers"),
            ..invitation.clone()
        },
        // Another flight's key, and another flight with this one's.
        Invitation {
            key: elsewhere.key.clone(),
            ..invitation.clone()
        },
        Invitation {
            flight: elsewhere.flight,
            ..invitation.clone()
        },
        // Somebody else in the leader's place.
        Invitation {
            leader: follower.record().clone(),
            ..invitation.clone()
        },
    ];
    for invitation in &wrong {
        is_not_let_in(&action, invitation).await;
    }
    // The flight is as it was.
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed([1]));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
}

#[tokio::test]
async fn members_fly_the_leaders_action_or_none() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let (_activation, invitation) = lead(&leader, &only(1), 2);
    let mut part = follow(&follower, &invitation, 1, &anywhere());
    let FollowedEnd::Refused(why) = end(&mut part).await.how else {
        panic!("it is another action");
    };
    assert!(why.contains("not the one that the leader flies"), "{why}");
}

#[tokio::test]
async fn without_keys_nobody_is_let_in() {
    let open = node_with("open", |config| config.security = Security::None).await;
    let action = anywhere();
    let (mut activation, _) = lead(&open, &action, 2);
    let Answer::Refused(why) = answer(&mut activation).await else {
        panic!("anybody could come");
    };
    assert!(why.contains("authenticates nobody"), "{why}");
    let leader = node("leader").await;
    let (_activation, invitation) = lead(&leader, &only(1), 2);
    let mut part = follow(&open, &invitation, 1, &only(1));
    assert!(matches!(end(&mut part).await.how, FollowedEnd::Refused(_)));
    // A flight of one needs no key.
    let (mut alone, _) = lead(&open, &action, 1);
    assert_eq!(answer(&mut alone).await, landed([0]));
}
