//! Nodes that end in order.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{Cluster, landed, present};
use crate::support::{NOOP, exec, shell};

/// Says on which node it runs, and ends when it may.
fn patient(cluster: &Cluster) -> Value {
    let script = "echo $RAPTOR_NODE >>$1/there; until [ -e $1/go ]; do sleep 0.01; done; \
                  echo '{}' >&3";
    json!({ "f": shell(script, &[cluster.stage.path()]) })
}

#[tokio::test]
async fn a_leader_that_is_told_to_end_finishes_its_flight_and_takes_no_other() {
    let mut cluster = Cluster::start().await;
    let flying = cluster.invoke_written(0, &patient(&cluster));
    cluster.stage.lines("there", 3).await;
    cluster.nodes[0].process().signal(Signal::SIGTERM);
    cluster.nodes[0].said("draining", 1).await;

    let noop = json!({ "f": exec(NOOP) });
    let refused = cluster.invoke_written(0, &noop).end().await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    let why = "the activation was refused: the node is draining: ask another";
    assert!(refused.stderr.contains(why), "{refused:?}");
    let elsewhere = landed(&cluster.invoke_written(1, &noop).end().await);
    assert_eq!(elsewhere["result"], json!({ "f": {} }));

    cluster.stage.write("go", "");
    let told = landed(&flying.end().await);
    assert_eq!(told["result"], json!({ "f": {} }));
    assert_eq!(present(&told), ["node-a", "node-b", "node-c"]);
    assert_eq!(cluster.nodes.remove(0).end().await, Some(0));
}

#[tokio::test]
async fn a_follower_that_is_told_to_end_flies_on_until_its_flight_has_landed() {
    let mut cluster = Cluster::start().await;
    let flying = cluster.invoke_written(0, &patient(&cluster));
    cluster.stage.lines("there", 3).await;
    cluster.nodes[2].process().signal(Signal::SIGTERM);
    cluster.nodes[2].said("draining", 1).await;
    cluster.stage.write("go", "");
    let told = landed(&flying.end().await);
    assert_eq!(present(&told), ["node-a", "node-b", "node-c"]);
    assert_eq!(cluster.nodes.remove(2).end().await, Some(0));
    // The others saw it leave, and go on without it.
    for node in &cluster.nodes {
        node.said("a node is down", 1).await;
    }
    let rest = cluster.gather(0, "rest", 2).await;
    assert_eq!(rest, ["node-a", "node-b"]);
}

#[tokio::test]
async fn a_second_signal_ends_a_node_at_once() {
    let mut cluster = Cluster::start().await;
    let flying = cluster.invoke_written(0, &patient(&cluster));
    cluster.stage.lines("there", 3).await;
    let follower = cluster.nodes.remove(2);
    follower.process().signal(Signal::SIGTERM);
    follower.said("draining", 1).await;
    follower.process().signal(Signal::SIGINT);
    assert_eq!(follower.end().await, Some(130));
    cluster.nodes[0].said("a node is down", 1).await;
    cluster.stage.write("go", "");
    let told = landed(&flying.end().await);
    assert_eq!(present(&told), ["node-a", "node-b"]);
}
