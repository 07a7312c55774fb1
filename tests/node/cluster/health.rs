//! `raptor health`.

use nix::sys::signal::Signal;
use serde_json::json;

use super::{Cluster, landed};
use crate::support::{ByHand, Ended, Program, Stage, free_address, in_time, shell, zone};

impl Cluster {
    /// `raptor health` of that node, with these words.
    async fn health(&self, node: usize, words: &[&str]) -> Ended {
        self.health_at(node, &self.nodes[node].address.to_string(), words)
            .await
    }

    /// As [`Cluster::health`], where the settings say that the node listens elsewhere.
    async fn health_at(&self, node: usize, listen: &str, words: &[&str]) -> Ended {
        let letter = ['a', 'b', 'c'][node];
        let program = Program::new(&self.stage, &["health", "--config"]).arg(zone(letter));
        let program = program.env("RAPTOR__TRANSPORT__LISTEN", listen);
        program.args(words).run().await
    }

    /// Waits until that is how it is with a node.
    async fn is_said(&self, node: usize, said: &str) {
        let asked = async { while self.health(node, &[]).await.stdout != said {} };
        in_time(said, asked).await;
    }
}

fn well(ended: &Ended, said: &str) {
    assert_eq!((ended.status, &*ended.stdout), (Some(0), said), "{ended:?}");
}

fn unwell(ended: &Ended, why: &str) {
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains(why), "{why:?} in {ended:?}");
}

#[tokio::test]
async fn a_node_that_is_well_says_so_in_a_line() {
    let cluster = Cluster::start().await;
    let up = "up, 3 members, 0 flights\n";
    well(&cluster.health(1, &[]).await, up);
    well(&cluster.health(1, &["--ready"]).await, up);
    let port = cluster.nodes[1].address.port();
    well(
        &cluster.health_at(1, &format!("0.0.0.0:{port}"), &[]).await,
        up,
    );
    let told = landed(&cluster.health(2, &["--json"]).await);
    let expected = json!({
        "healthy": true, "node": "node-c", "zone": "zone-c", "members": 3, "flights": 0,
        "draining": false,
    });
    assert_eq!(told, expected);
    let log = cluster.nodes[1].log();
    assert!(!log.contains("admin-"), "each check is in the log: {log}");
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_not_well_until_it_does() {
    let mut cluster = Cluster::start().await;
    let address = cluster.nodes[0].address.to_string();
    let process = cluster.nodes[0].process();
    process.signal(Signal::SIGSTOP);
    let frozen = cluster.health(0, &["--timeout", "300ms"]).await;
    process.signal(Signal::SIGCONT);
    unwell(&frozen, " within 300ms");
    let ended = cluster.health(0, &["--timeout", "10s"]).await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    process.signal(Signal::SIGKILL);
    cluster.nodes.remove(0).end().await;
    let words = ["--timeout", "300ms", "--json"];
    unwell(
        &cluster.health_at(0, &address, &words[..2]).await,
        "failed to ",
    );
    let told = cluster.health_at(0, &address, &words).await;
    assert_eq!(told.status, Some(1), "{told:?}");
    assert!(
        told.stdout
            .starts_with("{\"healthy\":false,\"why\":\"failed to ")
    );
}

#[tokio::test]
async fn another_node_is_not_the_one_that_was_meant() {
    let cluster = Cluster::start().await;
    let address = cluster.nodes[1].address.to_string();
    let why = format!("failed to find node-a at {address}: there is node-b");
    unwell(&cluster.health_at(0, &address, &[]).await, &why);
}

#[tokio::test]
async fn a_node_that_drains_is_well_and_not_ready() {
    let cluster = Cluster::start().await;
    let gate = cluster.stage.join("gate");
    let waits = "until [ -e \"$1\" ]; do sleep 0.01; done; echo '{}' >&3";
    let action = json!({ "f": shell(waits, &[&gate]) });
    let running = cluster.invoke_written(0, &action);
    cluster.is_said(0, "up, 3 members, 1 flights\n").await;
    cluster.nodes[0].process().signal(Signal::SIGTERM);
    cluster.nodes[0].said("draining", 1).await;
    cluster
        .is_said(0, "up, 3 members, 1 flights, draining\n")
        .await;
    unwell(
        &cluster.health(0, &["--ready"]).await,
        "failed to find the node ready: it drains",
    );
    cluster.stage.write("gate", "");
    assert_eq!(running.end().await.status, Some(0));
}

#[tokio::test]
async fn a_node_and_its_health_check_take_several_files_the_later_ones_over_the_earlier_ones() {
    let stage = Stage::new();
    let over = stage.write("over.toml", "node.zone = \"zone-x\"\n");
    let over = |program: Program| program.arg("--config").arg(&over);
    let address = free_address();
    let node = ByHand::start_with(&stage, 'a', address, &[], over);
    node.said("the node is up", 1).await;
    let program = Program::new(&stage, &["health", "--json", "--config"]).arg(zone('a'));
    let told = over(program)
        .env("RAPTOR__TRANSPORT__LISTEN", address.to_string())
        .run();
    let told = landed(&told.await);
    assert_eq!(
        (&told["node"], &told["zone"]),
        (&json!("node-a"), &json!("zone-x"))
    );
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_not_well_either() {
    let stage = Stage::new();
    let file = stage.write("bad.toml", "node.zone = \"a b\"\n");
    let ended = Program::new(&stage, &["health", "--config"])
        .arg(file)
        .run();
    unwell(&ended.await, "node.zone: \"a b\" is no name");
    let kernel = Program::new(&stage, &["health"])
        .env("RAPTOR__TRANSPORT__BACKEND", "kernel")
        .env("RAPTOR__TRANSPORT__KERNEL_ENCAPSULATION", "none");
    unwell(
        &kernel.run().await,
        "set transport.kernel_encapsulation = \"udp\"",
    );
}
