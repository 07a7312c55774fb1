//! Associations that end when nobody needs them, and are made again on demand.

use std::net::SocketAddr;
use std::time::Duration;

use raptor_cluster::actor::postmaster::{
    Close, Dismiss, Forget, Introduce, PeerDownReason, PostRefused, PostmasterEvent,
};
use raptor_cluster::link::Lane;
use raptor_core::NodeId;

use super::node::{HANG, Node, bind, envelope, loopback};

/// So short that associations are idle as soon as nothing is said.
const IDLE: Duration = Duration::from_millis(50);

fn node(name: &str) -> Node {
    Node::start_idle(bind(loopback()), name, IDLE)
}

fn id(name: &str) -> NodeId {
    name.parse().expect("a name")
}

fn introduce(to: &Node, name: &str, address: SocketAddr) {
    let node = id(name);
    to.postmaster.do_send(Introduce { node, address });
}

/// Waits until a node has no association.
async fn has_parted(node: &Node) {
    let parted = async {
        while node.associations().await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANG, parted)
        .await
        .expect("it stays for ever");
}

/// Two nodes that have met, since the first had something for the second, and have no association now.
async fn parted() -> (Node, Node) {
    let (mut one, mut other) = (node("n1"), node("n2"));
    introduce(&one, "n2", other.address);
    let posted = one.post(id("n2"), Lane::Mail(1), envelope(9, 0)).await;
    assert_eq!(posted, Ok(()));
    one.up("n2").await;
    other.up("n1").await;
    other.arrived().await;
    has_parted(&one).await;
    has_parted(&other).await;
    (one, other)
}

#[actix::test]
async fn a_node_that_was_introduced_is_dialed_when_there_is_something_for_it() {
    let (one, mut other) = (node("n1"), node("n2"));
    let early = one.post(id("n2"), Lane::Mail(1), envelope(9, 0)).await;
    assert_eq!(early, Err(PostRefused::Unknown));
    introduce(&one, "n2", other.address);
    assert_eq!(one.associations().await, 0);
    for number in 0..3 {
        let posted = one.post(id("n2"), Lane::Mail(1), envelope(9, number)).await;
        assert_eq!(posted, Ok(()));
    }
    other.up("n1").await;
    for number in 0..3 {
        assert_eq!(other.arrived().await, (Lane::Mail(1), envelope(9, number)));
    }
}

#[actix::test]
async fn an_idle_association_ends_and_its_peer_stays() {
    let (mut one, mut other) = (node("n1"), node("n2"));
    introduce(&one, "n2", other.address);
    for round in 0..3 {
        let posted = one
            .post(id("n2"), Lane::Flight(1), envelope(9, round))
            .await;
        assert_eq!(posted, Ok(()));
        if round == 0 {
            one.up("n2").await;
            other.up("n1").await;
        }
        // Any other report would be of an end.
        assert_eq!(other.arrived().await, (Lane::Flight(1), envelope(9, round)));
        has_parted(&one).await;
        has_parted(&other).await;
        // The other end knows where to find it, too.
        let posted = other
            .post(id("n1"), Lane::Flight(1), envelope(8, round))
            .await;
        assert_eq!(posted, Ok(()));
        assert_eq!(one.arrived().await, (Lane::Flight(1), envelope(8, round)));
        has_parted(&one).await;
        has_parted(&other).await;
    }
}

#[actix::test]
async fn a_node_that_died_while_parted_is_down_when_it_is_needed() {
    let (mut one, other) = parted().await;
    let closed = other.postmaster.send(Close { within: HANG }).await;
    closed.expect("it closes");
    let posted = one.post(id("n2"), Lane::Mail(1), envelope(9, 1)).await;
    assert_eq!(posted, Ok(()));
    let PostmasterEvent::PeerDown { record, .. } = one.next().await else {
        panic!("it is not down");
    };
    assert_eq!(record.node, id("n2"));
    // It is known where it was: it may be back.
    let posted = one.post(id("n2"), Lane::Mail(1), envelope(9, 2)).await;
    assert_eq!(posted, Ok(()));
    let PostmasterEvent::Unreached { node, .. } = one.next().await else {
        panic!("it was reached");
    };
    assert_eq!(node, id("n2"));
    one.postmaster.do_send(Dismiss { node: id("n2") });
    let posted = one.post(id("n2"), Lane::Mail(1), envelope(9, 3)).await;
    assert_eq!(posted, Err(PostRefused::Unknown));
}

#[actix::test]
async fn a_parted_node_that_the_cluster_holds_for_gone_is_down() {
    let (mut one, _other) = parted().await;
    one.postmaster.do_send(Dismiss { node: id("n2") });
    let PostmasterEvent::PeerDown { reason, .. } = one.next().await else {
        panic!("it is not down");
    };
    assert_eq!(reason, PeerDownReason::Dismissed);
}

#[actix::test]
async fn an_address_that_is_kept_no_longer_may_part() {
    let (mut one, mut other) = (node("n1"), node("n2"));
    one.keep(other.address);
    one.up("n2").await;
    other.up("n1").await;
    let posted = other.post(id("n1"), Lane::Mail(1), envelope(9, 0)).await;
    assert_eq!(posted, Ok(()));
    one.arrived().await;
    one.postmaster.do_send(Forget {
        address: other.address,
    });
    has_parted(&one).await;
    let posted = one.post(id("n2"), Lane::Mail(1), envelope(9, 1)).await;
    assert_eq!(posted, Ok(()));
    assert_eq!(other.arrived().await, (Lane::Mail(1), envelope(9, 1)));
}
