//! What a testbed does to the packets between zones, and that flights fly on.

use super::metrics::served;
use super::{Cluster, landed};
use crate::support::{ByHand, conf, free_address, gather};
use serde_json::json;

impl Cluster {
    /// Has nodes shape what they send.
    async fn shape(&self, nodes: impl IntoIterator<Item = usize>, rules: &[&str]) {
        for node in nodes {
            let words = [&["shaping", "set", "--json"], rules].concat();
            let told = landed(&self.admin(node, &words).await);
            assert_eq!(told["rules"], json!(rules));
        }
    }

    /// Has nodes shape nothing.
    async fn heal(&self, nodes: impl IntoIterator<Item = usize>) {
        for node in nodes {
            let told = landed(&self.admin(node, &["shaping", "clear", "--json"]).await);
            assert_eq!(told["rules"], json!([]));
        }
    }

    /// Flies an action, led by that node, that lands once all three have begun it. The leader may
    /// not have heard of all by then: what they say takes as long as what it asks.
    async fn begun_by_all(&self, node: usize, name: &str) {
        self.gather(node, name, 3).await;
        let mut begun = self.stage.lines(name, 3).await;
        begun.sort_unstable();
        assert_eq!(begun, ["node-a", "node-b", "node-c"]);
    }
}

/// How many packets a node's shaping has dropped.
async fn shaped_away(metrics: std::net::SocketAddr) -> u64 {
    let (_, text) = served(metrics).await;
    let mut lines = text.lines();
    let count = lines.find_map(|line| {
        let rest = line.strip_prefix("raptor_transport_packets_shaped_away_total{")?;
        let (_, count) = rest.rsplit_once(' ')?;
        count.parse().ok()
    });
    count.expect("it is served")
}

#[tokio::test]
async fn a_delay_that_is_set_while_the_nodes_run_is_seen_in_the_next_flight() {
    let cluster = Cluster::start().await;
    // What the leader asks of the others reaches them so much later, and the flight cannot land
    // before all three have begun.
    cluster.shape([0], &["zone-a -> * delay=300ms"]).await;
    let action = json!({ "f": gather(&cluster.stage, "late", 3) });
    let told = landed(&cluster.invoke_written(0, &action).end().await);
    let micros = told["duration_us"].as_u64().expect("a number");
    assert!(micros >= 300_000, "{told}");

    cluster.heal([0]).await;
    assert_eq!(cluster.gather(0, "healed", 3).await.len(), 3);
}

#[tokio::test]
async fn everything_arrives_although_one_packet_in_five_is_lost() {
    let metrics = free_address();
    let cluster = Cluster::start_with(|letter, program| match letter {
        'a' => program.env("RAPTOR__METRICS__LISTEN", metrics.to_string()),
        _ => program,
    })
    .await;
    let rules = [
        "zone-a <-> zone-b loss=20%",
        "zone-a <-> zone-c loss=20%",
        "zone-b <-> zone-c loss=20%",
    ];
    cluster.shape(0..3, &rules).await;
    for (at, leader) in (0..6).zip([0, 1, 2].into_iter().cycle()) {
        cluster.begun_by_all(leader, &format!("flight-{at}")).await;
    }
    assert!(shaped_away(metrics).await > 0);
    for node in &cluster.nodes {
        assert!(!node.log().contains("a node is down"), "{}", node.log());
    }
}

#[tokio::test]
async fn zones_that_are_cut_off_from_each_other_miss_each_other_until_they_are_not() {
    let cluster = Cluster::start().await;
    cluster.shape([0, 1], &["zone-a <-> zone-b cut"]).await;
    let [a, b, c] = &cluster.nodes[..] else {
        unreachable!("there are three");
    };
    for node in [a, b] {
        node.said("a node is down", 1).await;
    }
    assert_eq!(cluster.gather(0, "cut", 2).await, ["node-a", "node-c"]);
    assert_eq!(cluster.gather(1, "off", 2).await, ["node-b", "node-c"]);

    cluster.heal([0, 1]).await;
    for node in [a, b] {
        node.met(3).await;
    }
    let all = cluster.gather(0, "healed", 3).await;
    assert_eq!(all, ["node-a", "node-b", "node-c"]);
    let down = ByHand::log(c).matches("a node is down").count();
    assert_eq!(down, 0, "nobody else noticed");
}

#[tokio::test]
async fn nodes_that_are_shaped_from_the_start_find_each_other() {
    let rule = "* <-> * delay=20ms jitter=10ms loss=5% duplicate=5% reorder=5%";
    let cluster = Cluster::start_with(|_, program| {
        let program = program.env("RAPTOR__TRANSPORT__SHAPING", rule);
        program.env("RAPTOR__TRANSPORT__SHAPING_SEED", "11")
    })
    .await;
    let told = landed(&cluster.admin(2, &["shaping", "show", "--json"]).await);
    assert_eq!(told, json!({ "rules": [rule], "seed": 11 }));
    cluster.begun_by_all(1, "shaped").await;
}

/// What comes with Raptor to be put between zones.
const PRESETS: [&str; 3] = ["zones.toml", "regions.toml", "zones-1ms.toml"];

/// How many flights each node leads.
const FLIGHTS: usize = 3;

impl Cluster {
    /// Every node leads flights of all three, which land, and nobody misses anybody.
    async fn flies(&self, name: &str) {
        for (at, leader) in (0..3 * FLIGHTS).zip([0, 1, 2].into_iter().cycle()) {
            self.begun_by_all(leader, &format!("{name}-{at}")).await;
        }
        for node in &self.nodes {
            assert!(!node.log().contains("a node is down"), "{}", node.log());
        }
    }
}

#[tokio::test]
async fn a_cluster_forms_and_flies_with_each_preset() {
    for preset in PRESETS {
        let start = |_, program: crate::support::Program| program.arg("--config").arg(conf(preset));
        let cluster = Cluster::start_with(start).await;
        let told = landed(&cluster.admin(0, &["shaping", "show", "--json"]).await);
        let rules = told["rules"].as_array().expect("a list");
        assert_eq!(rules.len(), 3, "{preset}: {told}");
        cluster.flies("flight").await;
    }
}

#[tokio::test]
async fn a_cluster_that_was_started_without_flies_on_when_each_preset_is_set() {
    let cluster = Cluster::start().await;
    for preset in PRESETS {
        let file = conf(preset);
        let file = file.to_str().expect("it is UTF-8");
        let set = ["shaping", "set", "--all", "--file", file, "--json"];
        let told = landed(&cluster.admin(1, &set).await);
        assert_eq!(told.as_array().map(Vec::len), Some(3), "{preset}: {told}");
        cluster.flies(preset).await;
    }
}
