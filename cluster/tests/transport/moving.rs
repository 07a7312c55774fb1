//! Nodes that are somewhere else than they were.

use std::net::{SocketAddr, UdpSocket};

use raptor_cluster::actor::postmaster::{Introduce, Move, PeerDownReason, PostmasterEvent};
use raptor_cluster::link::Lane;
use raptor_core::NodeId;

use super::node::{Node, envelope, is_on_kernel, loopback, two};

fn id(name: &str) -> NodeId {
    name.parse().expect("a name")
}

fn introduce(to: &Node, name: &str, address: SocketAddr) {
    let node = id(name);
    to.postmaster.do_send(Introduce { node, address });
}

async fn post(from: &Node, to: &str, seed: u8) {
    let posted = from.post(id(to), Lane::Mail(1), envelope(9, seed)).await;
    assert_eq!(posted, Ok(()));
}

#[actix::test]
async fn a_link_from_where_a_peer_is_takes_over_from_the_one_that_led_to_where_it_was() {
    let (mut one, before, _left, _) = two().await;
    // The same life, as if its host had another address now.
    let mut there = Node::start("n2");
    let address = there.address;
    there.postmaster.do_send(Move { address, moved: 1 });
    introduce(&there, "n1", one.address);
    post(&there, "n1", 1).await;
    let PostmasterEvent::PeerDown { peer, reason, .. } = one.next().await else {
        panic!("the former link stays");
    };
    assert_eq!((peer, reason), (before, PeerDownReason::Moved));
    let now = one.up("n2").await;
    assert_ne!(now, before);
    assert_eq!(one.arrived().await, (Lane::Mail(1), envelope(9, 1)));
    there.up("n1").await;
    post(&one, "n2", 2).await;
    assert_eq!(there.arrived().await, (Lane::Mail(1), envelope(9, 2)));
}

#[actix::test]
async fn a_link_to_where_a_peer_was_does_not_take_over_from_the_one_to_where_it_is() {
    let (mut one, mut there) = (Node::start("n1"), Node::start("n2"));
    let address = there.address;
    there.postmaster.do_send(Move { address, moved: 1 });
    there.keep(one.address);
    one.up("n2").await;
    there.up("n1").await;
    let mut left = Node::start("n2");
    left.keep(one.address);
    let PostmasterEvent::Refused { .. } = left.next().await else {
        panic!("it was welcome");
    };
    post(&one, "n2", 1).await;
    assert_eq!(there.arrived().await, (Lane::Mail(1), envelope(9, 1)));
}

#[actix::test]
async fn links_whose_packets_leave_from_where_they_did_outlive_a_move() {
    let (mut one, _, mut other, _) = two().await;
    let address = "192.0.2.7:9899".parse().expect("an address");
    other.postmaster.do_send(Move { address, moved: 1 });
    post(&other, "n1", 1).await;
    assert_eq!(one.arrived().await, (Lane::Mail(1), envelope(9, 1)));
    post(&one, "n2", 2).await;
    assert_eq!(other.arrived().await, (Lane::Mail(1), envelope(9, 2)));
}

#[actix::test]
async fn a_node_is_not_taken_for_another_that_is_where_it_was() {
    let (mut one, there, mut other) = (Node::start("n1"), Node::start("n2"), Node::start("n3"));
    introduce(&one, "n2", other.address);
    // Before the other is known to be there, and after.
    for round in 0..2 {
        post(&one, "n2", 1).await;
        let PostmasterEvent::Unreached { node, reason } = one.next().await else {
            panic!("it was reached");
        };
        assert_eq!((node, reason), (id("n2"), PeerDownReason::Elsewhere));
        if round == 0 {
            one.up("n3").await;
            other.up("n1").await;
        }
    }
    introduce(&one, "n2", there.address);
    post(&one, "n2", 2).await;
    one.up("n2").await;
    post(&one, "n3", 3).await;
    assert_eq!(other.arrived().await, (Lane::Mail(1), envelope(9, 3)));
}

#[actix::test]
async fn what_waits_for_a_node_that_has_moved_is_sent_to_where_it_is() {
    if is_on_kernel() {
        eprintln!("skipped: the kernel says at once that nobody listens");
        return;
    }
    let silent = UdpSocket::bind(loopback()).expect("there is a free port");
    let (one, mut there) = (Node::start("n1"), Node::start("n2"));
    introduce(&one, "n2", silent.local_addr().expect("it is bound"));
    for seed in 1..=2 {
        post(&one, "n2", seed).await;
    }
    introduce(&one, "n2", there.address);
    there.up("n1").await;
    for seed in 1..=2 {
        assert_eq!(there.arrived().await, (Lane::Mail(1), envelope(9, seed)));
    }
}
