//! What runs in the guest: three node processes, and flights on them.

use std::fs;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use raptor_cluster::security::KeyRing;
use serde_json::Value;

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The port on which the kernel takes SCTP over UDP, and so that of the nodes that leave it to that.
const KERNEL_PORT: u16 = 9899;

/// Another, which it leaves to the rest.
const OTHER_PORT: u16 = 9900;

/// The key of the nodes, and of whoever flies with them.
struct Key(tempfile::NamedTempFile);

impl Key {
    fn make() -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file of ours alone");
        let ring = KeyRing::generate().expect("random numbers");
        fs::write(file.path(), ring.to_text()).expect("the file is ours");
        Self(file)
    }

    fn raptor(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raptor"));
        command.stdin(Stdio::null());
        command.env("RAPTOR__TRANSPORT__KEY_FILE", self.0.path());
        command
    }
}

/// A node process. It is killed if a test gives up.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The nodes by their backends, and where they listen: each on an address of its own.
fn addresses(backends: [&str; 3]) -> Vec<String> {
    let hosts = backends.iter().zip(1..);
    let address = |(backend, host): (&&str, u8)| {
        let port = match *backend {
            "userspace" => OTHER_PORT,
            _ => KERNEL_PORT,
        };
        format!("{}:{port}", Ipv4Addr::new(127, 9, 9, host))
    };
    hosts.map(address).collect()
}

impl Node {
    fn start(key: &Key, node: usize, backend: &str, addresses: &[String]) -> Self {
        let set = |key: &str| format!("RAPTOR__{key}");
        let child = key
            .raptor()
            .arg("node")
            .env(set("NODE__NAME"), format!("node-{node}"))
            .env(set("NODE__ZONE"), format!("zone-{node}"))
            .env(set("NODE__SLOTS"), "2")
            .env(set("CLUSTER__SEEDS"), addresses.join(","))
            .env(set("TRANSPORT__BACKEND"), backend)
            .env(set("TRANSPORT__LISTEN"), &addresses[node])
            .env(set("LOG__FILTER"), "warn")
            .spawn();
        Self(child.expect("it was built"))
    }

    /// Asks it to end in order.
    fn end(mut self) {
        let pid = Pid::from_raw(self.0.id().cast_signed());
        kill(pid, Signal::SIGTERM).expect("it runs");
        let status = self.0.wait().expect("it is ours");
        assert!(status.success(), "{status}");
    }
}

/// Flies an example with three members, led by the node at that address.
fn fly(key: &Key, example: &str, leader: &str) -> Output {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    key.raptor()
        .args(["invoke", "--node", leader, "--flight", "3", "--json"])
        .arg(format!("{examples}/{example}"))
        .output()
        .expect("it was built")
}

/// What the flight came to, if it landed with three members.
fn landed(output: &Output) -> Option<Value> {
    let record: Value = serde_json::from_slice(&output.stdout).ok()?;
    let members = record["members"].as_array()?;
    let all = members.len() == 3 && members.iter().all(|member| member["present"] != false);
    (output.status.success() && all).then_some(record)
}

fn fly_until_all_are_there(backends: [&str; 3]) {
    let (key, addresses) = (Key::make(), addresses(backends));
    let nodes = backends.iter().enumerate();
    let nodes = nodes.map(|(at, backend)| Node::start(&key, at, backend, &addresses));
    let nodes: Vec<_> = nodes.collect();
    let leader = &addresses[0];
    let started = Instant::now();
    // The nodes find each other in the meantime.
    while landed(&fly(&key, "hello", leader)).is_none() {
        assert!(
            started.elapsed() < PATIENCE,
            "{:?}",
            fly(&key, "hello", leader)
        );
    }
    let output = fly(&key, "rsa-keygen", leader);
    let record = landed(&output).unwrap_or_else(|| panic!("it does not fly: {output:?}"));
    for key in ["key0", "key1", "key2"] {
        let pem = record["result"][key]["private_key"].as_str();
        assert!(
            pem.is_some_and(|pem| pem.contains("PRIVATE KEY")),
            "{record}"
        );
    }
    println!("flown after {:?}", started.elapsed());
    nodes.into_iter().for_each(Node::end);
}

#[test]
#[ignore = "runs in the guest that three_nodes_fly_over_the_kernels_sctp boots"]
fn three_kernel_nodes_fly() {
    fly_until_all_are_there(["kernel", "kernel", "kernel"]);
}

#[test]
#[ignore = "runs in the guest that three_nodes_fly_over_the_kernels_sctp boots"]
fn nodes_of_both_backends_fly() {
    fly_until_all_are_there(["kernel", "userspace", "auto"]);
}
