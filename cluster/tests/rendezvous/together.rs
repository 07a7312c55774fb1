//! Members that come, and fly together.

use raptor_cluster::{FollowedEnd, MemberIndex, Progress};

use super::party::{
    LEADER, answer, end, follow, landed, lead, node, node_with, only, progress, shared,
};

/// Each member finds what no other does.
async fn fly(size: u16) {
    let leader = node("leader").await;
    let mut followers = Vec::new();
    for member in 1..size {
        followers.push(node(&format!("follower-{member}")).await);
    }
    let action = shared(size);
    let (mut activation, invitation) = lead(&leader, &action, size);
    assert_eq!(
        (invitation.size, invitation.flight),
        (size, activation.id())
    );
    let mut parts: Vec<_> = (1..)
        .zip(&followers)
        .map(|(member, node)| (member, follow(node, &invitation, member, &action)))
        .collect();
    assert_eq!(answer(&mut activation).await, landed(0..size));
    for (member, part) in &mut parts {
        let followed = end(part).await;
        assert_eq!(followed.how, FollowedEnd::Landed);
        assert_eq!(followed.won, [format!("f{member}")]);
        let own = &followed.won[0];
        assert!(!followed.preempted.contains(own), "{followed:?}");
    }
    for node in &followers {
        assert!(
            node.live_attempts().is_empty(),
            "what has ended runs no more"
        );
    }
    let record = activation.record().await.expect("its leader is there");
    let record = record.expect("it was flown");
    let members: Vec<_> = record
        .members
        .iter()
        .map(|member| (member.index.0, member.present))
        .collect();
    let expected: Vec<_> = (0..size).map(|member| (member, true)).collect();
    assert_eq!(members, expected);
    // Everyone's log has come in.
    for member in 0..size {
        let mut attempts = record.attempts.iter();
        assert!(attempts.any(|line| line.attempt.member == MemberIndex(member)));
    }
}

#[tokio::test]
async fn two_fly() {
    fly(2).await;
}

#[tokio::test]
async fn three_fly() {
    fly(3).await;
}

#[tokio::test]
async fn four_fly() {
    fly(4).await;
}

#[tokio::test]
async fn five_fly() {
    fly(5).await;
}

#[tokio::test]
async fn a_follower_that_comes_late_is_welcome() {
    let soon = std::time::Duration::from_millis(50);
    let leader = node_with("leader", |config| config.flight.join_timeout = soon).await;
    let follower = node("follower").await;
    let action = only(1);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    progress(&mut activation, Progress::Missing(MemberIndex(1))).await;
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed([1]));
    let followed = end(&mut part).await;
    assert_eq!(followed.how, FollowedEnd::Landed);
    assert_eq!(followed.won, ["f0"]);
}

#[tokio::test]
async fn a_follower_is_preempted_and_says_of_what() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = shared(2);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    progress(&mut activation, Progress::Started(LEADER, 0)).await;
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed(0..2));
    let followed = end(&mut part).await;
    // Whether it had begun the leader's function before it heard of the value is a matter of luck.
    assert!(followed.preempted.iter().all(|name| name == "f0"));
}

#[tokio::test]
async fn two_nodes_fly_many_flights_at_once_and_one_after_the_other() {
    let (one, other) = (node("one").await, node("other").await);
    for _ in 0..2 {
        let action = shared(2);
        let flights: Vec<_> = [(&one, &other), (&other, &one), (&one, &other)]
            .into_iter()
            .map(|(leader, follower)| (lead(leader, &action, 2), follower))
            .collect();
        let mut flights: Vec<_> = flights
            .into_iter()
            .map(|((activation, invitation), follower)| {
                let part = follow(follower, &invitation, 1, &action);
                (activation, part)
            })
            .collect();
        for (activation, part) in &mut flights {
            assert_eq!(answer(activation).await, landed(0..2));
            assert_eq!(end(part).await.how, FollowedEnd::Landed);
        }
    }
}

#[tokio::test]
async fn nodes_of_one_cluster_can_fly_so_as_well() {
    let security = raptor_cluster::testing::keys();
    let leader = node_with("leader", |config| config.security = security.clone()).await;
    let seed = leader.address().to_string();
    let follower = node_with("follower", |config| {
        config.security = security;
        config.seeds = vec![seed];
    })
    .await;
    leader.has_met(1).await;
    let action = shared(2);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed(0..2));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
    assert_eq!(
        leader.peers().await.len(),
        1,
        "they still are of one cluster"
    );
}

#[tokio::test]
async fn members_may_be_of_different_clusters() {
    let named = |name: &'static str| {
        node_with(name, move |config| {
            config.cluster = name.parse().expect("a name");
        })
    };
    let (leader, follower) = (named("here").await, named("there").await);
    let action = shared(2);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    let mut part = follow(&follower, &invitation, 1, &action);
    assert_eq!(answer(&mut activation).await, landed(0..2));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
    assert_eq!(
        leader.peers().await,
        [],
        "a member is no node of the cluster"
    );
}

#[tokio::test]
async fn a_node_that_ends_finishes_the_flights_that_came_by_themselves() {
    let (leader, follower) = (node("leader").await, node("follower").await);
    let action = shared(2);
    let (mut activation, invitation) = lead(&leader, &action, 2);
    progress(&mut activation, Progress::Started(LEADER, 1)).await;
    let leaving = tokio::spawn(leader.shutdown());
    let mut part = follow(&follower, &invitation, 1, &action);
    let following = tokio::spawn(follower.shutdown());
    assert_eq!(answer(&mut activation).await, landed(0..2));
    assert_eq!(end(&mut part).await.how, FollowedEnd::Landed);
    leaving.await.expect("it ends");
    following.await.expect("it ends");
}
