//! Where a node takes itself to be.

use super::*;

fn whereabouts(advertise: Advertise, seeds: &[&str], listen: &str) -> Whereabouts {
    Whereabouts {
        advertise,
        seeds: seeds.iter().map(|seed| (*seed).to_owned()).collect(),
        listen: listen.parse().expect("an address"),
    }
}

async fn found(advertise: Advertise, seeds: &[&str], before: Option<&str>) -> String {
    let before = before.map(|before| before.parse().expect("an address"));
    let node = whereabouts(advertise, seeds, "0.0.0.0:7000");
    match node.find(before).await {
        Ok(address) => address.to_string(),
        Err(error) => error.to_string(),
    }
}

fn within(network: &str) -> Advertise {
    Advertise::Within(network.parse().expect("a network"))
}

#[tokio::test]
async fn an_address_is_that_of_the_host_with_the_port_that_is_listened_on() {
    assert_eq!(
        found(within("127.0.0.0/8"), &[], None).await,
        "127.0.0.1:7000"
    );
    // One that the host has not counts no more.
    let before = Some("127.9.9.9:7000");
    assert_eq!(
        found(within("127.0.0.0/8"), &[], before).await,
        "127.0.0.1:7000"
    );
    let seeds = ["[::1]:9", "127.0.0.1:9"];
    assert_eq!(
        found(Advertise::Automatic, &seeds, None).await,
        "127.0.0.1:7000"
    );
}

#[tokio::test]
async fn what_is_said_is_not_looked_for() {
    let said = "192.0.2.7:9899".parse().expect("an address");
    assert_eq!(
        found(Advertise::At(said), &[], None).await,
        "192.0.2.7:9899"
    );
    assert_eq!(found(Advertise::Listen, &[], None).await, "0.0.0.0:7000");
}

#[tokio::test]
async fn a_host_without_such_an_address_says_what_it_looked_for() {
    // A multicast address is no host's.
    assert_eq!(
        found(within("224.0.0.0/4"), &[], None).await,
        "find the address at which others reach this node: this host has none in 224.0.0.0/4"
    );
    assert_eq!(
        found(Advertise::Automatic, &["[::1]:9"], None).await,
        "find the address at which others reach this node, which is the one towards a seed: \
         [::1]:9: it has no address of the kind that this node listens on (set transport.advertise \
         to an address or a network)"
    );
}
