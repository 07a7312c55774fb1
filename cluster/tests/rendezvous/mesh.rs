//! Followers that reach each other, and some that do not.

use std::time::Duration;

use raptor_cluster::{
    Admin, Advertise, ClientConfig, FollowedEnd, MemberIndex, Node, NodeConfig, Progress, Role,
};

use super::party::{
    HANG, answer, config, end, follow, landed, lead, node, node_with, only, progress, shared,
};

/// The nodes with which a node has an association of that role.
async fn peers(admin: &Admin, role: Role) -> Vec<String> {
    let status = admin.status().await.expect("it is there");
    let peers = status.peers.iter().filter(|peer| peer.role == role);
    let mut names: Vec<_> = peers.map(|peer| peer.record.node.to_string()).collect();
    names.sort();
    names
}

async fn admin(node: &Node, config: &NodeConfig) -> Admin {
    let security = config.security.for_role(Role::Admin);
    let client = ClientConfig::new(node.address(), security);
    Admin::connect(client).await.expect("it is up")
}

#[tokio::test]
async fn followers_have_associations_with_each_other_until_the_flight_is_over() {
    let leader = node("leader").await;
    let action = only(3);
    let (mut activation, invitation) = lead(&leader, &action, 4);
    let role = Role::Member(invitation.flight);
    let (mut parts, mut nodes) = (Vec::new(), Vec::new());
    for member in 1..3 {
        let config = config(&format!("f{member}"));
        let node = Node::start(config.clone()).await.expect("it starts");
        parts.push(follow(&node, &invitation, member, &action));
        progress(&mut activation, Progress::Joined(MemberIndex(member))).await;
        nodes.push((admin(&node, &config).await, node));
    }
    let are_met = async {
        loop {
            let (one, other) = (
                peers(&nodes[0].0, role).await,
                peers(&nodes[1].0, role).await,
            );
            if one == ["f2", "leader"] && other == ["f1", "leader"] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(HANG, are_met)
        .await
        .expect("they meet");
    let last = node("f3").await;
    parts.push(follow(&last, &invitation, 3, &action));
    assert_eq!(answer(&mut activation).await, landed([3]));
    for part in &mut parts {
        assert_eq!(end(part).await.how, FollowedEnd::Landed);
    }
    let are_parted = async {
        for (admin, _) in &nodes {
            while !peers(admin, role).await.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    };
    tokio::time::timeout(HANG, are_parted)
        .await
        .expect("they part");
}

#[tokio::test]
async fn followers_that_do_not_reach_each_other_still_fly() {
    let leader = node("leader").await;
    let nowhere = "127.0.0.1:1".parse().expect("an address");
    let lost = |name| {
        node_with(name, move |config| {
            config.advertise = Advertise::At(nowhere)
        })
    };
    let (one, other) = (lost("one").await, lost("other").await);
    let action = shared(3);
    let (mut activation, invitation) = lead(&leader, &action, 3);
    let mut parts = [
        follow(&one, &invitation, 1, &action),
        follow(&other, &invitation, 2, &action),
    ];
    assert_eq!(answer(&mut activation).await, landed(0..3));
    for (member, part) in (1..).zip(&mut parts) {
        let followed = end(part).await;
        assert_eq!(followed.how, FollowedEnd::Landed);
        assert_eq!(followed.won, [format!("f{member}")]);
    }
    // All have all values in the end, so that they could close without waiting.
    let record = activation
        .record()
        .await
        .expect("it leads")
        .expect("it flew");
    assert!(record.members.iter().all(|member| member.present));
}
