//! Clusters of real node processes.

use std::process::{Command, Stdio};
use std::time::Duration;

use raptor_cluster::{LOCAL_NODES_MAX, LocalCluster, LocalClusterError};

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(60);

/// Makes this program one that forgets to call [`raptor_cluster::node_main`].
const FORGETFUL: &str = "RAPTOR_TEST_FORGETFUL";

/// The nodes are this program, started anew. The test harness has a `main` of its own.
#[ctor::ctor(unsafe)]
fn before_main() {
    if std::env::var_os(FORGETFUL).is_none() {
        raptor_cluster::node_main();
    }
}

fn is_there(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

async fn until_gone(pid: u32) {
    let gone = async {
        while is_there(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(HANG, gone)
        .await
        .expect("the process is gone");
}

fn pids(cluster: &LocalCluster) -> Vec<u32> {
    let pids = cluster.nodes().iter().map(|node| node.pid());
    pids.map(|pid| pid.expect("it runs")).collect()
}

#[tokio::test]
async fn nodes_start_in_zones_of_their_own_and_end_when_they_are_asked_to() {
    let cluster = LocalCluster::start(3).await.expect("it starts");
    let names: Vec<_> = cluster
        .nodes()
        .iter()
        .map(|node| node.id().as_str())
        .collect();
    assert_eq!(names, ["node-a", "node-b", "node-c"]);
    let client = cluster.client(1).await.expect("it is up");
    assert_eq!(client.node().zone.as_str(), "zone-b");
    drop(client);
    let pids = pids(&cluster);
    assert!(pids.iter().all(|pid| is_there(*pid)));
    cluster.shutdown().await;
    assert!(!pids.iter().any(|pid| is_there(*pid)));
}

#[tokio::test]
async fn a_killed_node_is_gone_and_the_others_stay() {
    let mut cluster = LocalCluster::start(2).await.expect("it starts");
    let pids = pids(&cluster);
    cluster.kill(0).await.expect("it ran");
    assert!(!is_there(pids[0]));
    assert_eq!(cluster.nodes()[0].pid(), None);
    cluster.client(0).await.expect_err("nobody is there");
    cluster.client(1).await.expect("it is up");
    cluster.shutdown().await;
}

#[tokio::test]
async fn a_cluster_that_is_dropped_leaves_no_process() {
    let cluster = LocalCluster::start(2).await.expect("it starts");
    let pids = pids(&cluster);
    drop(cluster);
    for pid in pids {
        until_gone(pid).await;
    }
}

#[tokio::test]
async fn a_cluster_of_no_node_or_of_too_many_is_refused() {
    for size in [0, LOCAL_NODES_MAX + 1] {
        let refused = LocalCluster::start(size).await;
        match refused {
            Err(LocalClusterError::Size { asked }) => assert_eq!(asked, size),
            other => panic!("{size} nodes: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_node_that_cannot_start_says_why() {
    let refused = LocalCluster::start_with(1, |config| {
        config.listen = "192.0.2.1:7000".parse().expect("an address");
    });
    let why = refused.await.expect_err("it is not loopback").to_string();
    assert!(why.starts_with("start node node-a: listen"), "{why}");
}

/// What a program does that forgets the call; see the test below.
#[tokio::test]
async fn forgetful_program() {
    if std::env::var_os(FORGETFUL).is_some() {
        let why = LocalCluster::start(1)
            .await
            .expect_err("its nodes are none");
        // Where standard output is captured by nobody.
        eprintln!("refused: {why}");
    }
}

#[test]
fn a_program_that_forgets_node_main_is_told_so_and_starts_no_endless_chain() {
    let mut program = Command::new(std::env::current_exe().expect("this program"));
    let program = program
        .args(["--exact", "forgetful_program", "--nocapture"])
        .env(FORGETFUL, "1")
        .stdin(Stdio::null());
    let output = program.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let told = said.lines().find(|line| line.starts_with("refused: "));
    let told = told.unwrap_or_else(|| panic!("{output:?}"));
    assert!(
        told.contains("does the program call raptor_cluster::node_main()"),
        "{told}"
    );
}
