//! Members of flights: each flight has associations of its own.

use raptor_cluster::actor::postmaster::{
    CloseFlight, Destination, KeepMember, OpenFlight, PostRefused, PostmasterEvent,
};
use raptor_cluster::link::{Hello, Lane};
use raptor_cluster::security::{ClusterKey, Security};
use raptor_core::{FlightId, Role};

use super::node::{Node, assert_parted, bind, envelope, loopback};
use super::stranger::{Stranger, hello};

const LANE: Lane = Lane::Flight(7);

/// A node with a key that nobody else has.
fn node(name: &str) -> Node {
    let security = Security::generate().expect("random numbers");
    Node::start_with(bind(loopback()), name, 1, security)
}

/// A flight of which both nodes have the key.
fn open(nodes: [&Node; 2], flight: u128) -> FlightId {
    let (flight, key) = (FlightId(flight), key());
    for node in nodes {
        let key = key.clone();
        node.postmaster.do_send(OpenFlight { flight, key });
    }
    flight
}

fn key() -> ClusterKey {
    ClusterKey::generate().expect("random numbers")
}

fn keep(node: &Node, flight: FlightId, other: &Node) {
    let address = other.address;
    node.postmaster.do_send(KeepMember { flight, address });
}

async fn up_as(node: &mut Node, role: Role) {
    match node.next().await {
        PostmasterEvent::PeerUp { role: found, .. } => assert_eq!(found, role),
        other => panic!("nobody is up: {other:?}"),
    }
}

fn member(flight: FlightId, name: &str) -> Destination {
    Destination::Member(flight, name.parse().expect("a name"))
}

/// Two nodes that are members of so many flights, up for each other in each.
async fn two(flights: u128) -> (Node, Node) {
    let (mut one, mut other) = (node("n1"), node("n2"));
    for flight in 0..flights {
        let flight = open([&one, &other], flight);
        keep(&one, flight, &other);
        up_as(&mut one, Role::Member(flight)).await;
        up_as(&mut other, Role::Member(flight)).await;
    }
    (one, other)
}

#[actix::test]
async fn each_flight_of_two_nodes_has_an_association_of_its_own() {
    let (mut one, mut other) = two(3).await;
    assert_eq!(one.associations().await, 3);
    for flight in (0..3).map(FlightId) {
        let seed = flight.0 as u8;
        let posted = one
            .post(member(flight, "n2"), LANE, envelope(9, seed))
            .await;
        assert_eq!(posted, Ok(()));
        assert_eq!(other.arrived().await.1, envelope(9, seed));
        let posted = other
            .post(member(flight, "n1"), LANE, envelope(8, seed))
            .await;
        assert_eq!(posted, Ok(()));
        assert_eq!(one.arrived().await.1, envelope(8, seed));
    }
    // As nodes they do not know each other.
    let as_node = Destination::Node("n2".parse().expect("a name"));
    let posted = one.post(as_node, LANE, envelope(9, 0)).await;
    assert_eq!(posted, Err(PostRefused::Unknown));
    let unknown = one
        .post(member(FlightId(9), "n2"), LANE, envelope(9, 0))
        .await;
    assert_eq!(unknown, Err(PostRefused::Unknown));
}

#[actix::test]
async fn nodes_of_one_cluster_are_members_besides() {
    let (mut one, mut other) = (Node::start("n1"), Node::start("n2"));
    one.keep(other.address);
    up_as(&mut one, Role::Node).await;
    up_as(&mut other, Role::Node).await;
    let flight = open([&one, &other], 7);
    keep(&one, flight, &other);
    up_as(&mut one, Role::Member(flight)).await;
    up_as(&mut other, Role::Member(flight)).await;
    other.postmaster.do_send(CloseFlight { flight });
    // The association of the flight ends, and not the cluster's.
    assert!(matches!(one.next().await, PostmasterEvent::PeerDown { .. }));
    let as_node = Destination::Node("n2".parse().expect("a name"));
    assert_eq!(one.post(as_node, LANE, envelope(9, 0)).await, Ok(()));
}

#[actix::test]
async fn the_last_words_of_a_flight_arrive_and_then_it_is_over_for_both() {
    let (mut one, mut other) = two(2).await;
    let flight = FlightId(0);
    let last = envelope(1024 * 1024, 5);
    let posted = other.post(member(flight, "n1"), LANE, last.clone()).await;
    assert_eq!(posted, Ok(()));
    other.postmaster.do_send(CloseFlight { flight });
    assert_eq!(one.arrived().await.1, last);
    for node in [&mut one, &mut other] {
        let PostmasterEvent::PeerDown { reason, .. } = node.next().await else {
            panic!("its association goes on");
        };
        assert_parted(&reason);
    }
    // Whoever kept it dials again, and is not let in; the other flight goes on.
    one.postmaster.do_send(CloseFlight { flight });
    let posted = one
        .post(member(FlightId(1), "n2"), LANE, envelope(9, 1))
        .await;
    assert_eq!(posted, Ok(()));
    loop {
        match other.next().await {
            PostmasterEvent::Arrived {
                envelope: arrived, ..
            } => {
                assert_eq!(arrived, envelope(9, 1));
                return;
            }
            PostmasterEvent::Refused { .. } => {}
            unexpected => panic!("{unexpected:?}"),
        }
    }
}

#[actix::test]
async fn a_member_that_comes_before_the_flight_is_open_is_let_in_when_it_is() {
    let (mut one, mut other) = (node("n1"), node("n2"));
    let (flight, key) = (FlightId(7), key());
    one.postmaster.do_send(OpenFlight {
        flight,
        key: key.clone(),
    });
    keep(&one, flight, &other);
    // Its first try is in vain.
    while other.associations().await == 0 {
        tokio::task::yield_now().await;
    }
    while other.associations().await > 0 {
        tokio::task::yield_now().await;
    }
    other.postmaster.do_send(OpenFlight { flight, key });
    loop {
        match one.next().await {
            PostmasterEvent::PeerUp { role, .. } => break assert_eq!(role, Role::Member(flight)),
            PostmasterEvent::Refused { .. } => {}
            unexpected => panic!("{unexpected:?}"),
        }
    }
    up_as(&mut other, Role::Member(flight)).await;
}

#[actix::test]
async fn whoever_is_dialed_as_a_member_is_none_but_a_member() {
    // All that the flight's key proves is that: a node is told by the key of the cluster.
    let node = node("n1");
    let (flight, key) = (FlightId(7), key());
    node.postmaster.do_send(OpenFlight {
        flight,
        key: key.clone(),
    });
    let ours = Hello {
        role: Role::Member(flight),
        cluster: "another".parse().expect("a name"),
        ..hello("m", 1)
    };
    let mut guest = Stranger::dial_as_member(node.address, ours, key);
    let greeted = guest
        .until(|happened| match happened {
            super::stranger::Happened::Link(raptor_cluster::link::LinkEvent::Greeted {
                hello,
                ..
            }) => Some(hello),
            super::stranger::Happened::Link(_) => None,
            super::stranger::Happened::Closed => panic!("it is not let in"),
        })
        .await;
    assert_eq!(greeted.role, Role::Member(flight));
}
