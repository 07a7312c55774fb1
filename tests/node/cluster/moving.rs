//! Nodes whose hosts get other addresses while they fly.

use raptor_cluster::testing::gate;
use serde_json::{Value, json};

use super::{landed, present};
use crate::support::{ByHand, Lan, Program, Running, Stage, lan, shell, until};

/// Three nodes, each on a host of its own, that have found each other.
struct Hosts {
    // Ends before its hosts are taken away.
    nodes: Vec<ByHand>,
    stage: Stage,
    lan: Lan,
}

const LETTERS: [char; 3] = ['a', 'b', 'c'];

impl Hosts {
    /// None where there are no namespaces. `advertise` is what the nodes are told of their addresses.
    async fn start(advertise: &str) -> Option<Self> {
        let lan = gate("netns", Lan::lay(&LETTERS))?;
        let stage = Stage::new();
        let seeds = [1, 2, 3].map(lan::address);
        let nodes = LETTERS.map(|letter| {
            let everywhere = "0.0.0.0:9899".parse().expect("an address");
            let change = |program: Program| {
                let program = program.env("RAPTOR__TRANSPORT__ADVERTISE", advertise);
                program.within(&lan.namespace(letter))
            };
            ByHand::start_with(&stage, letter, everywhere, &seeds, change)
        });
        let nodes = Vec::from(nodes);
        for node in &nodes {
            node.met(2).await;
        }
        Some(Self { nodes, stage, lan })
    }

    /// Calls the program on the host of the first node, for that.
    fn call(&self, words: &[&str]) -> Program {
        let [word, rest @ ..] = words else {
            unreachable!("it does something");
        };
        let words = [&[*word, "--node", "127.0.0.1:9899"], rest].concat();
        Program::new(&self.stage, &words).within(&self.lan.namespace('a'))
    }

    /// How the first node is, by its own account.
    async fn status(&self) -> Value {
        landed(&self.call(&["admin", "status", "--json"]).run().await)
    }

    /// Flies something on all nodes that ends only on `node-b`, and only when it may.
    async fn fly(&self) -> Running {
        let script = "echo $RAPTOR_NODE >>$1/there; \
                      until [ -e $1/go-$RAPTOR_NODE ]; do sleep 0.01; done; echo '{}' >&3";
        let action = json!({ "f": shell(script, &[self.stage.path()]) });
        let manifest = self
            .stage
            .write("action/action-manifest.json", action.to_string());
        let directory = manifest.parent().expect("it is in a directory");
        let flying = self.call(&["invoke", "--flight", "3", "--json"]);
        let flying = flying.arg(directory).start();
        self.stage.lines("there", 3).await;
        flying
    }

    /// Has the flight land, and sees that all took part to its end, and that nobody was missed.
    async fn land(&self, flying: Running) {
        self.stage.write("go-node-b", "");
        let told = landed(&flying.end().await);
        assert_eq!(told["result"], json!({ "f": {} }));
        assert_eq!(present(&told), ["node-a", "node-b", "node-c"]);
        for node in &self.nodes {
            let log = node.log();
            assert!(!log.contains("a node is down"), "{log}");
        }
    }

    /// Waits until the two others have a link with this node again.
    async fn is_relinked(&self, moved: usize) {
        for (at, node) in self.nodes.iter().enumerate() {
            let what = "the link with a node is there again";
            node.said(what, if at == moved { 2 } else { 1 }).await;
        }
    }
}

#[tokio::test]
async fn a_flight_lands_whose_leader_has_moved() {
    let Some(hosts) = Hosts::start("10.78.0.0/24").await else {
        return;
    };
    let before = hosts.status().await;
    assert_eq!(before["address"], lan::address(1).to_string());
    let flying = hosts.fly().await;
    hosts.lan.disconnect('a');
    hosts.lan.connect('a', 101);
    hosts.is_relinked(0).await;
    hosts.land(flying).await;
    let after = hosts.status().await;
    assert_eq!(after["address"], lan::address(101).to_string());
    assert_eq!(after["incarnation"], before["incarnation"]);
}

#[tokio::test]
async fn a_flight_lands_of_which_a_follower_has_moved() {
    let Some(hosts) = Hosts::start("auto").await else {
        return;
    };
    let flying = hosts.fly().await;
    hosts.lan.disconnect('b');
    hosts.lan.connect('b', 102);
    hosts.is_relinked(1).await;
    hosts.land(flying).await;
}

#[tokio::test]
async fn a_node_that_was_cut_off_comes_back_somewhere_else_as_the_life_that_it_was() {
    let Some(hosts) = Hosts::start("auto").await else {
        return;
    };
    let before = hosts.status().await;
    hosts.lan.disconnect('a');
    for node in &hosts.nodes[1..] {
        node.said("a node is down", 1).await;
    }
    hosts.lan.connect('a', 103);
    for (node, others) in hosts.nodes.iter().zip([4, 3, 3]) {
        node.met(others).await;
    }
    let flying = hosts.fly().await;
    hosts.stage.write("go-node-b", "");
    let told = landed(&flying.end().await);
    assert_eq!(present(&told), ["node-a", "node-b", "node-c"]);
    let after = hosts.status().await;
    assert_eq!(after["address"], lan::address(103).to_string());
    assert_eq!(after["incarnation"], before["incarnation"]);
}

#[tokio::test]
async fn a_node_waits_for_an_address_before_it_is_one() {
    let Some(lan) = gate("netns", Lan::lay(&['a'])) else {
        return;
    };
    lan.disconnect('a');
    let stage = Stage::new();
    let everywhere = "0.0.0.0:9899".parse().expect("an address");
    let seeds = [lan::address(2)];
    let within = |program: Program| program.within(&lan.namespace('a'));
    let node = ByHand::start_with(&stage, 'a', everywhere, &seeds, within);
    node.said("find the address at which others reach this node", 1)
        .await;
    assert!(!node.log().contains("the node is up"));
    lan.connect('a', 1);
    node.said("the node is up", 1).await;
    let is_there = || node.log().contains("address=10.78.0.1:9899").then_some(());
    until("its address", is_there).await;
}
