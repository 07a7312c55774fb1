//! Clusters that are up, come up, and lose nodes.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use raptor_cluster::security::{KeyRing, Security};
use raptor_cluster::{LocalCluster, NodeConfig};
use tokio::runtime::Runtime;

use crate::support::{POLL, output, scenario, start, told};

#[test]
fn a_running_cluster_is_reached_with_its_key() {
    let ring = KeyRing::generate().unwrap();
    let nodes = async {
        let change = |config: &mut NodeConfig| config.security = Security::Keys(ring.clone());
        LocalCluster::start_with(2, change).await.unwrap()
    };
    let runtime = Runtime::new().unwrap();
    let nodes = runtime.block_on(nodes);
    let (directory, path) = scenario(&RUNNING.replace("NODES", &{
        let addresses: Vec<_> = nodes
            .nodes()
            .iter()
            .map(|it| it.address().to_string())
            .collect();
        addresses.join(",")
    }));
    fs::write(directory.path().join("cluster.key"), ring.to_text()).unwrap();
    let (rows, said) = told(&output(&path, &["--quiet"]));
    assert_eq!(rows[0]["landed"], 6, "{said}");
    assert_eq!(
        rows[0]["attempts_alone"], 12,
        "three blocks of two, of each function"
    );
    fs::write(
        directory.path().join("cluster.key"),
        KeyRing::generate().unwrap().to_text(),
    )
    .unwrap();
    let refused = output(&path, &["--quiet"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(
        said.contains("failed to reach a node at 127.0.0.1:"),
        "{said}"
    );
    runtime.block_on(nodes.shutdown());
}

/// Its functions do not need the nodes to know any.
const RUNNING: &str = r#"
title = "on a cluster that is up"
policies = ["flight:2"]
requests = 6
warm_up = 0
attempts_alone = 6

[workflow]
shape = "sequence:2"
exec = ["sh", "-c", "echo {} >&3"]

[target]
url = "raptor://NODES?key=cluster.key"

[load]
clients = 2
"#;

/// An address that nobody has now, of a port that is not given out by chance.
fn free_address() -> SocketAddr {
    let first = 10_000 + u16::try_from(std::process::id() % 10_000).expect("it is small");
    let mut ports = first..;
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let free = ports.find(|port| UdpSocket::bind(address(*port)).is_ok());
    address(free.expect("there is one"))
}

/// A cluster of one node, at that address.
async fn hermit(name: &str, address: SocketAddr) -> LocalCluster {
    let change = |config: &mut NodeConfig| {
        config.node = name.parse().expect("it is a name");
        config.listen = address;
        config.security = Security::None;
    };
    LocalCluster::start_with(1, change)
        .await
        .expect("it starts")
}

/// An endless scenario, whose functions leave a mark of their node's life in the directory.
fn marking(marks: &Path, nodes: &[SocketAddr]) -> String {
    // Functions may run as somebody else.
    fs::set_permissions(marks, Permissions::from_mode(0o777)).unwrap();
    let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
    MARKING
        .replace("MARKS", marks.to_str().expect("it is text"))
        .replace("NODES", &nodes.join(","))
}

const MARKING: &str = r#"
title = "endless"
policies = ["flight:1"]
requests = 1000000
warm_up = 0

[workflow]
shape = "independent:1"
exec = ["sh", "-c", "touch MARKS/$PPID; sleep 0.02; echo {} >&3"]

[target]
url = "raptor://NODES"

[load]
clients = 4
"#;

/// Waits until functions have run in so many lives of nodes.
fn await_lives(run: &mut Child, marks: &Path, lives: usize) {
    let seen = || fs::read_dir(marks).unwrap().count();
    while seen() < lives {
        assert_eq!(run.try_wait().unwrap(), None, "it goes on for long");
        std::thread::sleep(POLL);
    }
}

fn interrupt(run: &Child) {
    let pid = Pid::from_raw(run.id().cast_signed());
    kill(pid, Signal::SIGINT).unwrap();
}

#[test]
fn a_node_that_dies_costs_what_it_led_and_leads_again_when_it_is_back() {
    let runtime = Runtime::new().unwrap();
    let here = free_address();
    let there = SocketAddr::new(here.ip(), here.port() - 5_000);
    let stays = runtime.block_on(hermit("stays", here));
    let mut dies = runtime.block_on(hermit("dies", there));
    let marks = tempfile::tempdir().unwrap();
    let (_directory, path) = scenario(&marking(marks.path(), &[here, there]));
    let mut run = start(&path, &[]);
    await_lives(&mut run, marks.path(), 2);
    runtime.block_on(dies.kill(0)).unwrap();
    let back = runtime.block_on(hermit("dies", there));
    await_lives(&mut run, marks.path(), 3);
    interrupt(&run);
    let (rows, said) = told(&run.wait_with_output().unwrap());
    assert!(
        said.contains("node dies in zone-a was lost once, for ") && said.contains("others led"),
        "{said}"
    );
    let of = |key: &str| rows[0][key].as_u64().expect(key);
    assert!(of("lost") >= 1, "{rows:?}");
    assert_eq!(of("n"), of("landed") + of("lost"), "{rows:?}");
    assert!(of("lost") <= 4, "no more than were under way: {rows:?}");
    for cluster in [stays, dies, back] {
        runtime.block_on(cluster.shutdown());
    }
}

#[test]
fn a_cluster_that_is_coming_up_is_waited_for() {
    let runtime = Runtime::new().unwrap();
    let marks = tempfile::tempdir().unwrap();
    let first = free_address();
    let addresses = [first, SocketAddr::new(first.ip(), first.port() - 7_000)];
    let text = marking(marks.path(), &addresses)
        .replace("raptor://127.0.0.1", "raptor://localhost")
        .replace("flight:1", "flight:2");
    let text = with_members(&text, 2);
    let (_directory, path) = scenario(&text);
    let mut run = start(&path, &["--requests", "8"]);
    let mut left = addresses.iter();
    let change = |config: &mut NodeConfig| {
        config.listen = *left.next().expect("there are two");
        config.security = Security::None;
    };
    let nodes = runtime.block_on(LocalCluster::start_with(2, change));
    let nodes = nodes.unwrap();
    await_lives(&mut run, marks.path(), 2);
    let (rows, said) = told(&run.wait_with_output().unwrap());
    assert_eq!(rows[0]["landed"], 8, "{said}");
    runtime.block_on(nodes.shutdown());
}

/// The scenario, waiting for so many nodes.
fn with_members(text: &str, members: usize) -> String {
    let lines = text.lines().map(|line| match line.strip_suffix('"') {
        Some(url) if url.starts_with("url = ") => format!("{url}?members={members}\"\n"),
        Some(_) | None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn a_name_that_leads_nowhere_is_told() {
    let marks = tempfile::tempdir().unwrap();
    let text = marking(marks.path(), &[]).replace("raptor://", "raptor://nobody.invalid:9899");
    let (_directory, path) = scenario(&text);
    let refused = output(&path, &[]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(
        said.starts_with(
            "loadtest: failed to find the nodes of the target at nobody.invalid:9899: "
        ),
        "{said}"
    );
}
