//! Envelopes: whole, in order, and not in each other's way.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use raptor_cluster::actor::postmaster::{
    Deliver, Destination, PeerDownReason, Post, PostRefused, PostmasterEvent,
};
use raptor_cluster::link::{ENVELOPE_BYTES_MAX, Lane};
use raptor_cluster::transport::Hub;

use super::node::{HANG, Node, assert_closed, envelope, two};

#[actix::test]
async fn envelopes_of_all_sizes_arrive_both_ways() {
    let (mut one, other_peer, mut other, one_peer) = two().await;
    for (seed, bytes) in [0, 5, 100, 64 * 1024, ENVELOPE_BYTES_MAX]
        .into_iter()
        .enumerate()
    {
        let sent = envelope(bytes, seed as u8);
        assert_eq!(
            one.post(other_peer, Lane::Flight(7), sent.clone()).await,
            Ok(())
        );
        assert_eq!(other.post(one_peer, Lane::Bulk, sent.clone()).await, Ok(()));
        assert!(
            other.arrived().await == (Lane::Flight(7), sent.clone()),
            "{bytes} bytes there"
        );
        assert!(
            one.arrived().await == (Lane::Bulk, sent),
            "{bytes} bytes back"
        );
    }
}

#[actix::test]
async fn an_envelope_beyond_the_limit_is_refused_where_it_is_posted() {
    let (one, other_peer, mut other, _) = two().await;
    let bytes = ENVELOPE_BYTES_MAX + 1;
    let refused = one
        .post(other_peer, Lane::Bulk, Bytes::from(vec![0; bytes]))
        .await;
    assert_eq!(refused, Err(PostRefused::TooLong { bytes }));
    let refused = refused.expect_err("refused").to_string();
    assert!(
        refused.contains("16777217") && refused.contains("16777216"),
        "{refused}"
    );
    assert_eq!(
        one.post(other_peer, Lane::Bulk, envelope(1, 1)).await,
        Ok(())
    );
    assert_eq!(other.arrived().await, (Lane::Bulk, envelope(1, 1)));
}

#[actix::test]
async fn a_node_is_reached_by_its_name_and_nobody_by_an_unknown_one() {
    let (one, _, mut other, _) = two().await;
    let name = |name: &str| Destination::Node(name.parse().expect("a name"));
    assert_eq!(
        one.post(name("n2"), Lane::Control, envelope(9, 1)).await,
        Ok(())
    );
    assert_eq!(other.arrived().await, (Lane::Control, envelope(9, 1)));
    let refused = one.post(name("n3"), Lane::Control, envelope(9, 1)).await;
    assert_eq!(refused, Err(PostRefused::Unknown));
}

#[actix::test]
async fn every_lane_keeps_its_order() {
    const EACH: u32 = 200;
    let (one, other_peer, mut other, _) = two().await;
    let lanes = [
        Lane::Control,
        Lane::Bulk,
        Lane::Flight(1),
        Lane::Flight(2),
        Lane::Flight(31),
    ];
    for number in 0..EACH {
        for lane in lanes {
            let mut bytes = number.to_le_bytes().to_vec();
            bytes.resize(4 + (number as usize * 37) % 3000, 0);
            let envelope = Bytes::from(bytes);
            let to = Destination::Peer(other_peer);
            one.postmaster.do_send(Post::new(to, lane, envelope));
        }
    }
    let mut next: BTreeMap<Lane, u32> = BTreeMap::new();
    for _ in 0..EACH * lanes.len() as u32 {
        let (lane, envelope) = other.arrived().await;
        let next = next.entry(lane).or_default();
        assert_eq!(envelope[..4], next.to_le_bytes(), "{lane:?}");
        *next += 1;
    }
}

#[actix::test]
async fn a_small_envelope_overtakes_a_long_one_of_another_lane() {
    let (one, other_peer, mut other, _) = two().await;
    let long = envelope(ENVELOPE_BYTES_MAX, 1);
    assert_eq!(one.post(other_peer, Lane::Bulk, long.clone()).await, Ok(()));
    for number in 0..4 {
        for lane in [Lane::Flight(3), Lane::Flight(4), Lane::Control] {
            assert_eq!(
                one.post(other_peer, lane, envelope(100, number)).await,
                Ok(())
            );
            assert_eq!(other.arrived().await, (lane, envelope(100, number)));
        }
    }
    assert!(other.arrived().await == (Lane::Bulk, long));
}

#[actix::test]
async fn a_full_backlog_is_refused_and_what_was_taken_arrives() {
    let hub = Hub::new();
    let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let mut one = Node::start_over(Box::new(hub.endpoint(address(1))), "n1", 1);
    let mut other = Node::start_over(Box::new(hub.endpoint(address(2))), "n2", 1);
    one.keep(other.address);
    let other_peer = one.up("n2").await;
    other.up("n1").await;
    let long = envelope(ENVELOPE_BYTES_MAX, 1);
    // All of them are in the mailbox before the first is sent.
    let posts: Vec<_> = (0..6)
        .map(|_| {
            let (to, lane, envelope) = (other_peer, Lane::Bulk, long.clone());
            one.postmaster.send(Post::new(to, lane, envelope))
        })
        .collect();
    let mut taken = 0;
    for post in posts {
        match post.await.expect("the postmaster is there") {
            Ok(()) => taken += 1,
            Err(refused) => assert!(
                matches!(refused, PostRefused::Backlogged { .. }),
                "{refused}"
            ),
        }
    }
    assert_eq!(taken, 4);
    let control = one.post(other_peer, Lane::Control, envelope(5, 5)).await;
    assert_eq!(control, Ok(()), "the control lane is apart");
    assert_eq!(other.arrived().await, (Lane::Control, envelope(5, 5)));
    for _ in 0..taken {
        assert!(other.arrived().await == (Lane::Bulk, long.clone()));
    }
    assert_eq!(
        one.post(other_peer, Lane::Bulk, envelope(5, 5)).await,
        Ok(())
    );
}

#[actix::test]
async fn a_peer_that_cannot_take_what_must_be_delivered_is_cut_off_and_comes_back() {
    let (mut one, other_peer, mut other, _) = two().await;
    // All of them are in the mailbox before the first is sent.
    for _ in 0..6 {
        let envelope = envelope(ENVELOPE_BYTES_MAX, 1);
        let (to, lane) = (other_peer, Lane::Flight(1));
        let post = Post::new(to, lane, envelope);
        one.postmaster.do_send(Deliver(post));
    }
    match one.next().await {
        PostmasterEvent::PeerDown { peer, reason, .. } => {
            assert_eq!((peer, reason), (other_peer, PeerDownReason::Backlogged));
        }
        other => panic!("it is not cut off: {other:?}"),
    }
    while !matches!(other.next().await, PostmasterEvent::PeerDown { .. }) {}
    one.up("n2").await;
    other.up("n1").await;
}

#[actix::test]
async fn a_graceful_close_delivers_everything_that_was_posted() {
    let (one, other_peer, mut other, _) = two().await;
    for number in 0..50 {
        let (to, envelope) = (other_peer, envelope(200_000, number));
        let lane = Lane::Flight(u128::from(number) % 3);
        one.postmaster.do_send(Post::new(to, lane, envelope));
    }
    // What is not handled is not sent: the other end has credit for less than all.
    let handled = async {
        for _ in 0..50 {
            assert_eq!(other.arrived().await.1.len(), 200_000);
        }
    };
    let (closed, ()) = tokio::join!(one.close(HANG / 2), handled);
    // All has arrived; what may be missing is the goodbye.
    assert_closed(closed);
    assert!(matches!(
        other.next().await,
        PostmasterEvent::PeerDown { .. }
    ));
}

#[actix::test]
async fn fifty_peers_of_one_node_are_all_answered() {
    let mut hub = Node::start("hub");
    let mut rim: Vec<_> = (0..50).map(|at| Node::start(&format!("n{at}"))).collect();
    for node in &rim {
        node.keep(hub.address);
    }
    let mut answered = 0;
    while answered < rim.len() {
        match hub.next().await {
            PostmasterEvent::PeerUp { peer, record, .. } => {
                let name = Bytes::copy_from_slice(record.node.as_str().as_bytes());
                assert_eq!(hub.post(peer, Lane::Control, name).await, Ok(()));
                answered += 1;
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    for (at, node) in rim.iter_mut().enumerate() {
        node.up("hub").await;
        let name = Bytes::from(format!("n{at}"));
        assert_eq!(node.arrived().await, (Lane::Control, name));
    }
}

#[actix::test]
async fn mail_of_all_sizes_arrives_in_order() {
    let (one, other_peer, mut other, _) = two().await;
    let sizes = [16 << 20, 4 << 20, 1, 8 << 20];
    for (seed, bytes) in sizes.into_iter().enumerate() {
        let mail = envelope(bytes, seed as u8);
        assert_eq!(one.post(other_peer, Lane::Mail(3), mail).await, Ok(()));
    }
    for (seed, bytes) in sizes.into_iter().enumerate() {
        assert!(other.arrived().await == (Lane::Mail(3), envelope(bytes, seed as u8)));
    }
}
