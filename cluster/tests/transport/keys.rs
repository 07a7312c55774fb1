//! Keys: who is a peer by them, and how they are exchanged.

use raptor_cluster::actor::postmaster::{CloseFlight, ExchangeKeys, OpenFlight, PostmasterEvent};
use raptor_cluster::link::{Hello, Lane};
use raptor_cluster::security::{ClusterKey, KeyRing, Security};
use raptor_core::{FlightId, Role};

use super::node::{Node, assert_parted, bind, envelope, loopback};
use super::stranger::{Happened, Stranger, hello};

fn ring() -> KeyRing {
    KeyRing::generate().expect("random numbers")
}

fn both(one: &KeyRing, other: &KeyRing) -> KeyRing {
    let text = one.to_text() + &other.to_text();
    text.parse().expect("two keys")
}

fn node(name: &str, ring: &KeyRing) -> Node {
    let security = Security::Keys(ring.clone());
    Node::start_with(bind(loopback()), name, 1, security)
}

async fn cut_off(stranger: &mut Stranger) {
    stranger
        .until(|happened| match happened {
            Happened::Closed => Some(()),
            Happened::Link(event) => panic!("it was answered: {event:?}"),
        })
        .await;
}

#[actix::test]
async fn a_stranger_is_cut_off_without_a_word() {
    let nodes = ring();
    let mut node = node("n1", &nodes);
    let client = Hello {
        role: Role::Client,
        ..hello("c", 1)
    };
    let pass = nodes.passes(Role::Client).expect("of a cluster");
    let strangers = [
        (hello("n2", 1), Security::Keys(ring())),
        (hello("n2", 1), Security::None),
        (client.clone(), Security::Keys(ring())),
    ];
    for (hello, security) in strangers {
        cut_off(&mut Stranger::dial_with(node.address, hello, &security)).await;
    }
    let mut client = Stranger::dial_with(node.address, client, &Security::Keys(pass));
    client.up_at(&mut node, "c").await;
}

#[actix::test]
async fn an_opening_that_was_recorded_is_not_answered_again() {
    let mut node = Node::start("n1");
    let mut peer = Stranger::dial(node.address, hello("n2", 1));
    let opening = peer.opening().expect("it has dialed");
    peer.connected().await;
    peer.say(opening.clone());
    peer.up_at(&mut node, "n2").await;
    drop(peer);
    assert!(matches!(
        node.next().await,
        PostmasterEvent::PeerDown { .. }
    ));
    let mut replay = Stranger::dial(node.address, hello("n2", 1));
    replay.opening().expect("it has one of its own");
    replay.connected().await;
    replay.say(opening);
    cut_off(&mut replay).await;
}

#[actix::test]
async fn the_keys_of_a_cluster_are_exchanged_while_it_runs() {
    let (old, new) = (ring(), ring());
    let (mut one, mut other) = (node("n1", &old), node("n2", &old));
    one.keep(other.address);
    let to_other = one.up("n2").await;
    other.up("n1").await;
    for ring in [both(&old, &new), both(&new, &old)] {
        for node in [&one, &other] {
            let exchanged = node.postmaster.send(ExchangeKeys(ring.clone())).await;
            exchanged.expect("it lives");
        }
        // The association goes on.
        assert_eq!(
            one.post(to_other, Lane::Control, envelope(9, 1)).await,
            Ok(())
        );
        assert_eq!(other.arrived().await.1, envelope(9, 1));
    }
    // The old key goes, and with it what was made by it; a link by the new one follows.
    for node in [&one, &other] {
        node.postmaster.do_send(ExchangeKeys(new.clone()));
    }
    for node in [&mut one, &mut other] {
        let PostmasterEvent::PeerDown { reason, .. } = node.next().await else {
            panic!("the association by the old key goes on");
        };
        let why = reason.to_string();
        assert!(why.contains("not valid any more"), "{why}");
    }
    loop {
        match one.next().await {
            PostmasterEvent::PeerUp { .. } => break,
            PostmasterEvent::Refused { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    let mut late = Stranger::dial_with(one.address, hello("n3", 1), &Security::Keys(old));
    cut_off(&mut late).await;
}

#[actix::test]
async fn the_join_key_of_a_flight_opens_that_flight_until_it_closes() {
    let mut node = node("n1", &ring());
    let (flight, key) = (FlightId(7), ClusterKey::generate().expect("random numbers"));
    node.postmaster.do_send(OpenFlight {
        flight,
        key: key.clone(),
    });
    let member = Hello {
        role: Role::Member(flight),
        ..hello("m", 1)
    };
    let mut guest = Stranger::dial_as_member(node.address, member.clone(), key.clone());
    guest.until_up().await;
    let PostmasterEvent::PeerUp { role, .. } = node.next().await else {
        panic!("nobody is up");
    };
    assert_eq!(role, Role::Member(flight));
    node.postmaster.do_send(CloseFlight { flight });
    let PostmasterEvent::PeerDown { reason, .. } = guest.beside(node.next()).await else {
        panic!("its association goes on");
    };
    assert_parted(&reason);
    let mut late = Stranger::dial_as_member(node.address, member, key);
    cut_off(&mut late).await;
}
