//! Who is let in, and who is not.

use raptor_cluster::actor::postmaster::{PeerDownReason, PostRefused, PostmasterEvent};
use raptor_cluster::link::{Hello, Lane, VersionRange};
use raptor_core::{Incarnation, Role};

use super::node::{Node, envelope};
use super::stranger::{Happened, Stranger, hello};

#[actix::test]
async fn nodes_that_dial_each_other_at_once_are_one_peer_to_each() {
    let (mut one, mut other) = (Node::start("n1"), Node::start("n2"));
    one.keep(other.address);
    other.keep(one.address);
    let other_peer = one.up("n2").await;
    let one_peer = other.up("n1").await;
    for number in 0..20 {
        assert_eq!(
            one.post(other_peer, Lane::Control, envelope(9, number))
                .await,
            Ok(())
        );
        assert_eq!(
            other
                .post(one_peer, Lane::Control, envelope(9, number))
                .await,
            Ok(())
        );
        // Any other report would be a second association.
        assert_eq!(one.arrived().await.1, envelope(9, number));
        assert_eq!(other.arrived().await.1, envelope(9, number));
    }
}

#[actix::test]
async fn a_peer_says_who_it_is_and_where() {
    let mut node = Node::start("n1");
    let client = Hello {
        role: Role::Client,
        ..hello("reader", 3)
    };
    let mut stranger = Stranger::dial(node.address, client.clone());
    stranger.until_up().await;
    let PostmasterEvent::PeerUp {
        record,
        role,
        address,
        version,
        ..
    } = node.next().await
    else {
        panic!("nobody is up");
    };
    assert_eq!(
        (record, role, address),
        (client.record, Role::Client, client.address)
    );
    assert_eq!(version, 1);
}

#[actix::test]
async fn a_peer_of_another_cluster_is_refused() {
    let node = Node::start("n1");
    let other = Hello {
        cluster: "c2".parse().expect("a name"),
        ..hello("n2", 1)
    };
    let reason = Stranger::dial(node.address, other).refusal().await;
    assert!(
        reason.contains("cluster c2") && reason.contains("cluster c1"),
        "{reason}"
    );
}

#[actix::test]
async fn a_peer_without_a_common_version_is_refused_with_both_ranges() {
    let node = Node::start("n1");
    let newer = Hello {
        versions: VersionRange::new(5, 6).expect("a range"),
        ..hello("n2", 1)
    };
    let reason = Stranger::dial(node.address, newer).refusal().await;
    assert!(
        reason.contains("versions 5 to 6") && reason.contains("we speak 1"),
        "{reason}"
    );
}

#[actix::test]
async fn a_peer_that_restarts_goes_down_before_it_comes_up() {
    let mut one = Node::start("n1");
    let mut stranger = Stranger::dial(one.address, hello("n2", 1));
    let old = stranger.up_at(&mut one, "n2").await;
    assert_eq!(
        one.post(old, Lane::Bulk, envelope(1_000_000, 1)).await,
        Ok(())
    );
    // It is gone without a word, and its next life has the same address.
    let address = stranger.transport.local_address();
    drop(stranger);
    let mut reborn = Node::start_at(address, "n2", 2);
    reborn.keep(one.address);
    let PostmasterEvent::PeerDown { peer, record, .. } = one.next().await else {
        panic!("the old life is not down");
    };
    assert_eq!((peer, record.incarnation), (old, Incarnation(1)));
    let new = one.up("n2").await;
    assert_ne!(new, old);
    reborn.up("n1").await;
    let late = one.post(old, Lane::Control, envelope(1, 1)).await;
    assert_eq!(late, Err(PostRefused::Unknown), "the old life gets nothing");
    assert_eq!(one.post(new, Lane::Control, envelope(2, 2)).await, Ok(()));
    assert_eq!(
        reborn.arrived().await.1,
        envelope(2, 2),
        "the new life gets only its own"
    );
}

#[actix::test]
async fn a_newer_life_elsewhere_replaces_the_older_one() {
    let mut node = Node::start("n1");
    let mut old = Stranger::dial(node.address, hello("n2", 5));
    let old_peer = old.up_at(&mut node, "n2").await;
    let mut new = Stranger::dial(node.address, hello("n2", 6));
    new.until_up().await;
    let PostmasterEvent::PeerDown { peer, reason, .. } = node.next().await else {
        panic!("the old life is not down");
    };
    let by = Incarnation(6);
    assert_eq!((peer, reason), (old_peer, PeerDownReason::Replaced { by }));
    node.up("n2").await;
    let reason = old.refusal().await;
    assert!(reason.contains("two live nodes"), "{reason}");
}

#[actix::test]
async fn an_older_life_than_one_that_was_seen_is_refused() {
    let mut node = Node::start("n1");
    let mut new = Stranger::dial(node.address, hello("n2", 6));
    new.up_at(&mut node, "n2").await;
    let reason = Stranger::dial(node.address, hello("n2", 5)).refusal().await;
    assert!(
        reason.contains("newer life") && reason.contains('6'),
        "{reason}"
    );
    drop(new);
    assert!(matches!(
        node.next().await,
        PostmasterEvent::PeerDown { .. }
    ));
    let reason = Stranger::dial(node.address, hello("n2", 5)).refusal().await;
    assert!(
        reason.contains("newer life"),
        "also when it is gone: {reason}"
    );
    let mut again = Stranger::dial(node.address, hello("n2", 6));
    again.up_at(&mut node, "n2").await;
}

#[actix::test]
async fn a_namesake_of_the_node_itself_is_refused() {
    let node = Node::start("n1");
    let reason = Stranger::dial(node.address, hello("n1", 9)).refusal().await;
    assert!(reason.contains("two live nodes"), "{reason}");
}

#[actix::test]
async fn a_second_link_of_one_life_is_refused_and_the_first_goes_on() {
    let mut node = Node::start("n1");
    let mut first = Stranger::dial(node.address, hello("n2", 5));
    let peer = first.up_at(&mut node, "n2").await;
    let reason = Stranger::dial(node.address, hello("n2", 5)).refusal().await;
    assert!(reason.contains("another link"), "{reason}");
    assert_eq!(node.post(peer, Lane::Control, envelope(3, 3)).await, Ok(()));
}

#[actix::test]
async fn a_stranger_that_says_nothing_is_cut_off() {
    let node = Node::start("n1");
    let mut silent = Stranger::dial(node.address, hello("n2", 5));
    silent.is_welcoming = false;
    // It says hello and never welcomes.
    silent
        .until(|happened| (happened == Happened::Closed).then_some(()))
        .await;
}
