//! Administrators, and those who are none.

use super::*;
use crate::administration::{Order, PeerStatus, Told};
use crate::transport::shaping::Shaping;

fn shaping(rules: &[&str]) -> Shaping {
    let rules = rules.iter().map(|rule| rule.parse().expect("a rule"));
    Shaping {
        rules: rules.collect(),
        seed: 7,
    }
}

/// Gives an order, and hears what comes of it.
async fn told(peer: &mut Peer, number: u64, order: Order) -> Told {
    peer.say(Envelope::Administer { number, order }).await;
    match peer.hear().await {
        Envelope::Administered { number: of, told } => {
            assert_eq!(of, number);
            told
        }
        other => panic!("it is not told: {other:?}"),
    }
}

#[actix::test]
async fn only_administrators_administer_and_others_are_told_so() {
    let node = node().await;
    for role in [Role::Client, Role::Node] {
        let mut peer = Peer::connect("peer", role, node.address()).await;
        for order in [
            Order::TellStatus,
            Order::TellShaping,
            Order::Shape(shaping(&["y -> z cut"])),
        ] {
            let why = "only an administrator may ask that".to_owned();
            assert_eq!(told(&mut peer, 1, order).await, Told::Refused(why));
        }
        peer.leave().await;
    }
    let mut admin = Peer::connect("admin", Role::Admin, node.address()).await;
    let none = Told::Shaping(Shaping::default());
    assert_eq!(told(&mut admin, 1, Order::TellShaping).await, none);
    // Who administers may also invoke.
    admin.flies().await;
}

#[actix::test]
async fn an_administrator_shapes_what_leaves_the_node_and_sees_what_is_done() {
    let node = node().await;
    let mut admin = Peer::connect("admin", Role::Admin, node.address()).await;
    let shaping = shaping(&["z -> y delay=1ms", "z <-> x cut"]);
    let shaped = Told::Shaping(shaping.clone());
    let order = Order::Shape(shaping.clone());
    assert_eq!(told(&mut admin, 1, order).await, shaped);
    assert_eq!(told(&mut admin, 2, Order::TellShaping).await, shaped);
    let Told::Status(status) = told(&mut admin, 3, Order::TellStatus).await else {
        panic!("it is not told");
    };
    assert_eq!(&status.record, node.record());
    assert_eq!(status.address, node.address());
    assert_eq!(status.associations, 1);
    assert_eq!(status.shaping, shaping);
    let itself = PeerStatus {
        record: record("admin"),
        role: Role::Admin,
    };
    assert_eq!(status.peers, [itself]);
    assert_eq!(status.members, []);
    admin.flies().await;
}

#[actix::test]
async fn more_rules_than_a_testbed_needs_are_refused() {
    let node = node().await;
    let mut admin = Peer::connect("admin", Role::Admin, node.address()).await;
    let order = Order::Shape(shaping(&["a -> b cut"; 1025]));
    let why = "1025 rules are too many: at most 1024 are taken".to_owned();
    assert_eq!(told(&mut admin, 1, order).await, Told::Refused(why));
    let order = Order::Shape(shaping(&["a -> b cut"; 1024]));
    assert!(matches!(told(&mut admin, 2, order).await, Told::Shaping(_)));
}

#[actix::test]
async fn rules_that_nobody_could_take_back_are_refused() {
    let node = node().await;
    let mut admin = Peer::connect("admin", Role::Admin, node.address()).await;
    let why = "they would cut z off from administrators too, so that nobody could take them back: \
               name the zones that z is to be cut off from";
    let refused = Told::Refused(why.to_owned());
    for rules in [
        &["* <-> * cut"][..],
        &["z -> y plain", "z -> * loss=100%"],
        &["* -> admin cut"],
        &["z -> * delay=1ms loss=100%", "* -> admin plain"],
    ] {
        let order = Order::Shape(shaping(rules));
        assert_eq!(told(&mut admin, 1, order).await, refused, "{rules:?}");
    }
    for rules in [
        &["y <-> * cut"][..],
        &["z -> y cut", "z -> client cut", "z -> * loss=1%"],
        &["z -> * plain", "* <-> * cut"],
    ] {
        let order = Order::Shape(shaping(rules));
        let told = told(&mut admin, 1, order).await;
        assert_eq!(told, Told::Shaping(shaping(rules)), "{rules:?}");
    }
}
