//! How peers go, and come back.

use std::net::SocketAddr;
use std::time::Duration;

use raptor_cluster::actor::postmaster::{Closed, Forget, PeerDownReason, PostmasterEvent};
use raptor_cluster::link::Lane;
use raptor_cluster::transport::{CloseReason, Hub, Message, Ppid, StreamId};

use super::node::{Node, envelope, is_on_kernel, loopback, two};
use super::stranger::{Stranger, hello};

async fn down(node: &mut Node) -> PeerDownReason {
    match node.next().await {
        PostmasterEvent::PeerDown { reason, .. } => reason,
        other => panic!("nobody is down: {other:?}"),
    }
}

#[actix::test]
async fn an_abort_is_noticed() {
    let mut node = Node::start("n1");
    let mut stranger = Stranger::dial(node.address, hello("n2", 1));
    stranger.up_at(&mut node, "n2").await;
    stranger.transport.abort(stranger.association);
    let reason = stranger.beside(down(&mut node)).await;
    assert!(
        matches!(reason, PeerDownReason::Over(CloseReason::Aborted(_))),
        "{reason:?}"
    );
}

#[actix::test]
async fn a_peer_that_vanishes_is_noticed() {
    let mut node = Node::start("n1");
    let mut stranger = Stranger::dial(node.address, hello("n2", 1));
    stranger.up_at(&mut node, "n2").await;
    drop(stranger);
    let reason = down(&mut node).await;
    if is_on_kernel() {
        // The kernel outlives the process, and says so.
        let aborted = matches!(reason, PeerDownReason::Over(CloseReason::Aborted(_)));
        assert!(aborted, "{reason:?}");
    } else {
        assert_eq!(reason, PeerDownReason::Over(CloseReason::Vanished));
    }
}

#[actix::test]
async fn a_peer_that_sends_what_is_no_record_is_cut_off() {
    let mut node = Node::start("n1");
    let mut stranger = Stranger::dial(node.address, hello("n2", 1));
    stranger.up_at(&mut node, "n2").await;
    stranger.say(Message {
        stream: StreamId(5),
        ppid: Ppid(0x5250_5401),
        payload: vec![9; 50],
        lifetime: None,
    });
    let reason = down(&mut node).await;
    assert!(
        matches!(reason, PeerDownReason::Misbehaved(_)),
        "{reason:?}"
    );
    let reason = stranger.refusal().await;
    assert!(reason.contains("not opened"), "{reason}");
}

#[actix::test]
async fn a_peer_that_answers_nothing_is_cut_off_when_the_time_to_close_is_up() {
    let mut node = Node::start("n1");
    let mut stranger = Stranger::dial(node.address, hello("n2", 1));
    let peer = stranger.up_at(&mut node, "n2").await;
    assert_eq!(
        node.post(peer, Lane::Bulk, envelope(10_000_000, 1)).await,
        Ok(())
    );
    // The stranger is not driven any more.
    let closed = node.close(Duration::from_millis(50)).await;
    assert_eq!(closed, Closed { cut_off: 1 });
    assert_eq!(down(&mut node).await, PeerDownReason::CutOff);
}

#[actix::test]
async fn a_kept_peer_comes_back_after_its_link_was_cut() {
    let hub = Hub::new();
    let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let (a, b) = (address(1), address(2));
    let mut one = Node::start_over(Box::new(hub.endpoint(a)), "n1", 1);
    let mut other = Node::start_over(Box::new(hub.endpoint(b)), "n2", 1);
    one.keep(b);
    let first = one.up("n2").await;
    other.up("n1").await;
    hub.cut(a, b);
    let vanished = PeerDownReason::Over(CloseReason::Vanished);
    assert_eq!(down(&mut one).await, vanished);
    assert_eq!(down(&mut other).await, vanished);
    hub.heal(a, b);
    let second = one.up("n2").await;
    other.up("n1").await;
    assert_ne!(first, second);
    assert_eq!(
        one.post(second, Lane::Flight(1), envelope(300_000, 1))
            .await,
        Ok(())
    );
    assert_eq!(
        other.arrived().await,
        (Lane::Flight(1), envelope(300_000, 1))
    );
}

#[actix::test]
async fn an_address_is_dialed_until_somebody_listens_there() {
    let mut one = Node::start("n1");
    let nobody = super::node::bind(loopback()).local_address();
    one.keep(nobody);
    // Long enough for the first attempt to have failed, whatever else happens.
    let unrelated = Node::start("n3");
    unrelated.keep(one.address);
    one.up("n3").await;
    let mut late = Node::start_at(nobody, "n2", 1);
    one.up("n2").await;
    late.up("n1").await;
    one.postmaster
        .send(Forget { address: nobody })
        .await
        .expect("the postmaster is there");
    late.close(Duration::from_secs(5)).await;
    assert_eq!(
        down(&mut one).await,
        PeerDownReason::Over(CloseReason::Closed)
    );
}

#[actix::test]
async fn strangers_datagrams_do_not_disturb_the_peers() {
    let (mut one, other_peer, mut other, _) = two().await;
    let stranger = tokio::net::UdpSocket::bind(loopback())
        .await
        .expect("a socket");
    let mut dice: u64 = 7;
    for round in 0..3_000_u64 {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(round | 1);
        let bytes = (dice >> 33) as usize % 1_500;
        let noise: Vec<u8> = (0..bytes).map(|at| (dice >> (at % 57)) as u8).collect();
        stranger.send_to(&noise, one.address).await.expect("sent");
        if round % 50 == 0 {
            assert_eq!(
                one.post(other_peer, Lane::Control, envelope(50, 1)).await,
                Ok(())
            );
            assert_eq!(other.arrived().await.1, envelope(50, 1));
        }
    }
    assert!(one.events.try_recv().is_err(), "nothing was reported");
}
