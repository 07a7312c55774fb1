//! How nodes find each other, or do not start.

use nix::sys::signal::Signal;
use serde_json::json;

use super::{Cluster, landed, present};
use crate::support::{ByHand, Program, Stage, directory, free_address, shell, zone};

#[tokio::test]
async fn three_nodes_find_each_other_by_their_seeds_and_each_leads() {
    let cluster = Cluster::start().await;
    for (node, name) in ["node-a", "node-b", "node-c"].into_iter().enumerate() {
        let told = landed(&cluster.invoke(node, &directory("hello")).end().await);
        assert_eq!(
            told["result"],
            json!({ "greet": { "text": "Hello, world! Raptor flies." } })
        );
        assert_eq!(told["members"][0]["node"], name);
        let all = cluster.gather(node, name, 3).await;
        assert_eq!(all, ["node-a", "node-b", "node-c"]);
    }
}

#[tokio::test]
async fn a_node_that_starts_again_is_a_new_incarnation_and_flights_go_on() {
    let mut cluster = Cluster::start().await;
    let patient = "echo $RAPTOR_NODE >>$1/there; until [ -e $1/go ]; do sleep 0.01; done; \
                   echo '{}' >&3";
    let patient = json!({ "f": shell(patient, &[cluster.stage.path()]) });
    let invoked = cluster.invoke_written(0, &patient);
    cluster.stage.lines("there", 3).await;

    let killed = cluster.nodes.remove(1);
    let (address, process) = (killed.address, killed.process());
    process.signal(Signal::SIGKILL);
    assert_eq!(killed.end().await, None);
    let seeds: Vec<_> = cluster.nodes.iter().map(|node| node.address).collect();
    let again = ByHand::start(&cluster.stage, 'b', address, &seeds);
    again.met(2).await;
    for node in &cluster.nodes {
        node.met(3).await;
    }

    cluster.stage.write("go", "");
    let told = landed(&invoked.end().await);
    assert_eq!(told["result"], json!({ "f": {} }));
    assert_eq!(present(&told), ["node-a", "node-c"]);
    let all = cluster.gather(0, "again", 3).await;
    assert_eq!(all, ["node-a", "node-b", "node-c"]);
}

/// A node that does not start: status 1, and the reason.
async fn refused(program: Program, why: &str) {
    let ended = program.run().await;
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains("raptor: failed to "), "{ended:?}");
    assert!(ended.stderr.contains(why), "{why:?} in {ended:?}");
}

#[tokio::test]
async fn a_node_without_keys_refuses_to_listen_where_another_machine_could_reach_it() {
    let stage = Stage::new();
    for address in ["192.0.2.1:9899", "0.0.0.0:9899", "[::]:9899"] {
        let node = Program::new(&stage, &["node", "--config"]).arg(zone('a'));
        let node = node.env("RAPTOR__TRANSPORT__LISTEN", address);
        let node = node.env("RAPTOR__TRANSPORT__ADVERTISE", "127.0.0.1:9899");
        let node = node.env("RAPTOR__TRANSPORT__SECURITY", "none");
        let why = format!("{address} is reached by other machines, and transport.security is");
        refused(node, &why).await;
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let stage = Stage::new();
    let taken = free_address();
    let socket = std::net::UdpSocket::bind(taken).expect("it is free");
    let node = Program::new(&stage, &["node", "--config"]).arg(zone('a'));
    let node = node.env("RAPTOR__TRANSPORT__LISTEN", taken.to_string());
    refused(
        node,
        &format!("listen: {taken} is not to be had: Address already in use"),
    )
    .await;
    drop(socket);

    let socket = std::net::TcpListener::bind(taken).expect("it is free");
    let node = Program::new(&stage, &["node", "--config"]).arg(zone('a'));
    let node = node.env("RAPTOR__TRANSPORT__LISTEN", free_address().to_string());
    let node = node.env("RAPTOR__METRICS__LISTEN", taken.to_string());
    refused(node, &format!("serve metrics on {taken}: ")).await;
    drop(socket);
}

#[tokio::test]
async fn all_problems_of_the_settings_are_told_before_anything_starts() {
    let stage = Stage::new();
    let node = Program::new(&stage, &["node", "--config"]).arg(zone('a'));
    let node = node.env("RAPTOR__FLIGHT__GRACE", "soon");
    let ended = node.env("RAPTOR__NODE__COLOUR", "blue").run().await;
    assert_eq!(ended.status, Some(2), "{ended:?}");
    for problem in [
        "RAPTOR__FLIGHT__GRACE: takes a duration",
        "RAPTOR__NODE__COLOUR: no such key",
    ] {
        assert!(ended.stderr.contains(problem), "{problem:?} in {ended:?}");
    }
}
