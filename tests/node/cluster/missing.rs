//! Nodes that are missed, and that come back.

use nix::sys::signal::Signal;

use super::Cluster;
use crate::support::{ByHand, Stage, free_address};

#[tokio::test]
async fn a_node_that_is_killed_is_down_for_all_others() {
    let mut cluster = Cluster::start().await;
    let killed = cluster.nodes.remove(2);
    killed.process().signal(Signal::SIGKILL);
    assert_eq!(killed.end().await, None);
    for node in &cluster.nodes {
        node.said("a node is down node=node-c", 1).await;
    }
    let rest = cluster.gather(0, "rest", 2).await;
    assert_eq!(rest, ["node-a", "node-b"]);
}

#[tokio::test]
async fn a_node_that_does_nothing_is_down_until_it_goes_on() {
    let cluster = Cluster::start().await;
    let (others, stopped) = cluster.nodes.split_at(2);
    stopped[0].process().signal(Signal::SIGSTOP);
    for node in others {
        node.said("a node is down node=node-c", 1).await;
    }
    let rest = cluster.gather(0, "rest", 2).await;
    assert_eq!(rest, ["node-a", "node-b"]);

    stopped[0].process().signal(Signal::SIGCONT);
    for node in others {
        node.said("a node is up node=node-c", 2).await;
    }
    // What it did not hear while it was stopped it holds against nobody.
    let all = cluster.gather(1, "all", 3).await;
    assert_eq!(all, ["node-a", "node-b", "node-c"]);
    for node in &cluster.nodes {
        for name in ["node-a", "node-b"] {
            let down = format!("a node is down node={name}");
            assert!(!node.log().contains(&down), "{}", node.log());
        }
    }
}

#[tokio::test]
async fn one_seed_is_enough_to_find_all() {
    let stage = Stage::new();
    let [one, other, third] = [(); 3].map(|()| free_address());
    let nodes = [
        ByHand::start(&stage, 'a', one, &[]),
        ByHand::start(&stage, 'b', other, &[one]),
        ByHand::start(&stage, 'c', third, &[other]),
    ];
    for node in &nodes {
        node.met(2).await;
    }
    let [first, rest @ ..] = nodes;
    first.process().signal(Signal::SIGTERM);
    assert_eq!(first.end().await, Some(0));
    for node in &rest {
        node.said("a node is down node=node-a", 1).await;
    }
}

#[tokio::test]
async fn a_seed_may_be_a_name() {
    let stage = Stage::new();
    let [one, other] = [(); 2].map(|()| free_address());
    let first = ByHand::start(&stage, 'a', one, &[]);
    let seed = format!("localhost:{}", one.port());
    let second = ByHand::start_with(&stage, 'b', other, &[], |program| {
        program.env("RAPTOR__CLUSTER__SEEDS", &seed)
    });
    second.met(1).await;
    first.met(1).await;
}
