//! Those who do not belong.

use std::net::UdpSocket;

use serde_json::json;

use super::{Cluster, landed};
use crate::support::{NOOP, Program, Stage, directory, exec, free_address};

#[tokio::test]
async fn a_client_of_another_cluster_is_told_so() {
    let cluster = Cluster::start().await;
    let address = cluster.nodes[0].address.to_string();
    let words = ["invoke", "--cluster", "other", "--node", &address];
    let ended = Program::new(&cluster.stage, &words)
        .arg(directory("hello"))
        .run()
        .await;
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    // Either end may be the first to see it.
    let why = [
        "it refused us: the peer is of cluster other, we are of cluster raptor",
        "we refuse it: the peer is of cluster raptor, we are of cluster other",
    ];
    assert!(
        ended
            .stderr
            .contains(&format!("failed to reach a node at {address}")),
        "{ended:?}"
    );
    assert!(
        why.iter().any(|why| ended.stderr.contains(why)),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_client_that_reaches_nobody_is_told_so() {
    let stage = Stage::new();
    let nobody = free_address().to_string();
    let words = ["invoke", "--node", &nobody];
    let ended = Program::new(&stage, &words)
        .arg(directory("hello"))
        .run()
        .await;
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    assert!(
        ended
            .stderr
            .contains(&format!("failed to reach a node at {nobody}")),
        "{ended:?}"
    );
}

/// Bytes that nobody can foresee, and every run repeats: xorshift (Marsaglia, 2003).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn datagram(&mut self) -> Vec<u8> {
        let length = self.next() % 1_500;
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

#[tokio::test]
async fn random_datagrams_do_no_harm() {
    const DATAGRAMS: usize = 5_000;
    let cluster = Cluster::start().await;
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("there is a free port");
    let mut noise = Noise(0x5EED);
    let noop = json!({ "f": exec(NOOP) });
    let invoked = cluster.invoke_written(0, &noop);
    for _ in 0..DATAGRAMS {
        for node in &cluster.nodes {
            // What does not fit into a socket's buffer is lost: that is a datagram's right.
            let _ = stranger.send_to(&noise.datagram(), node.address);
        }
    }
    landed(&invoked.end().await);
    for node in 0..3 {
        let all = cluster.gather(node, &format!("all-{node}"), 3).await;
        assert_eq!(all, ["node-a", "node-b", "node-c"]);
    }
    for node in &cluster.nodes {
        assert!(!node.log().contains("panicked"), "{}", node.log());
        assert!(!node.log().contains("a node is down"), "{}", node.log());
    }
}
