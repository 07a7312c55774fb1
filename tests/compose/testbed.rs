//! A testbed of its own for each test.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use raptor_cluster::testing::gate;
use serde_json::Value;

use crate::blocking_wait::until;
use crate::client::Client;
use crate::engine::{self, Compose, Container, docker};
use crate::said::said;

/// Where nodes and gateway serve OpenWhisk's interface, in their containers.
const REST_PORT: u16 = 3233;

/// The zones, by the names of their services.
pub(crate) const ZONES: [&str; 3] = ["zone-a", "zone-b", "zone-c"];

/// One testbed, which is gone with everything that it made when this is dropped.
pub(crate) struct Testbed {
    compose: Compose,
    project: String,
    ports: [u16; 3],
    out: PathBuf,
    key: String,
    is_down: bool,
    // One at a time: dropped last.
    _turn: MutexGuard<'static, ()>,
}

/// A node of the testbed.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) container: Container,
    pub(crate) name: String,
    pub(crate) zone: &'static str,
    /// Its REST interface, by the network of its zone.
    pub(crate) client: Client,
}

/// A port of the loopback that nobody has.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is one");
    listener.local_addr().expect("it is bound").port()
}

impl Testbed {
    /// The services, up and healthy, with zones as far apart as `conf/{zones}.toml` says; none where
    /// there is no engine.
    pub(crate) fn up(zones: &str, services: &[&str]) -> Option<Self> {
        static TURN: Mutex<()> = Mutex::new(());
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let compose = gate("compose", Compose::find())?;
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let project = format!("raptor-test-{}-{number}", std::process::id());
        let mut testbed = Self {
            compose,
            out: engine::scratch().join(&project),
            project,
            ports: [free_port(), free_port(), free_port()],
            key: String::new(),
            is_down: false,
            _turn: turn,
        };
        testbed.bring_up(zones, services);
        testbed.key = testbed.find_key();
        Some(testbed)
    }

    /// The testbed that a `docker-compose up` gives.
    pub(crate) fn six_nodes() -> Option<Self> {
        let testbed = Self::up("zones-1ms", &["gateway"])?;
        testbed.is_whole(6);
        Some(testbed)
    }

    fn bring_up(&self, zones: &str, services: &[&str]) {
        let mut command = self.compose(&["up", "--detach"]);
        command.args(ZONES).args(services);
        command.env("RAPTOR_ZONES", zones);
        self.run(&mut command);
    }

    /// A command of Compose about this testbed.
    pub(crate) fn compose(&self, words: &[&str]) -> Command {
        let [gateway, prometheus, grafana] = self.ports.map(|port| port.to_string());
        let mut command = self.compose.command(&self.project);
        command
            .args(words)
            .env("RAPTOR_OUT", &self.out)
            .env("RAPTOR_ZONES", "zones-1ms")
            .env("RAPTOR_PORT", gateway)
            .env("RAPTOR_PROMETHEUS_PORT", prometheus)
            .env("RAPTOR_GRAFANA_PORT", grafana)
            .env("RAPTOR_PROMETHEUS_IMAGE", "raptor:prometheus");
        command
    }

    /// Runs a command that must succeed, and gives what it said.
    #[track_caller]
    pub(crate) fn run(&self, command: &mut Command) -> String {
        said(command).unwrap_or_else(|why| panic!("{why}\n{}", self.logs()))
    }

    /// What all services have said last.
    pub(crate) fn logs(&self) -> String {
        let mut command = self.compose(&["logs", "--no-color", "--tail=100"]);
        said(&mut command).unwrap_or_else(|why| why)
    }

    /// The running containers of a service.
    pub(crate) fn containers(&self, service: &str) -> Vec<Container> {
        let listed = self.run(&mut self.compose(&["ps", "--quiet", service]));
        let mut found: Vec<_> = listed
            .lines()
            .map(|id| Container(id.trim().to_owned()))
            .collect();
        found.sort();
        found
    }

    /// The nodes of a zone that run.
    pub(crate) fn nodes_of(&self, zone: &'static str) -> Vec<Node> {
        let containers = self.containers(zone).into_iter();
        containers
            .filter_map(|container| self.node(container, zone))
            .collect()
    }

    /// All nodes that run.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        ZONES
            .into_iter()
            .flat_map(|zone| self.nodes_of(zone))
            .collect()
    }

    /// None if it does not run: then it has no address.
    fn node(&self, container: Container, zone: &'static str) -> Option<Node> {
        let address = container.address(&self.network(zone))?;
        Some(Node {
            name: container.name(),
            zone,
            client: self.client(SocketAddr::new(address, REST_PORT)),
            container,
        })
    }

    /// The whole name of a network.
    pub(crate) fn network(&self, name: &str) -> String {
        format!("{}_{name}", self.project)
    }

    fn client(&self, address: SocketAddr) -> Client {
        Client {
            address,
            key: self.key.clone(),
        }
    }

    /// A client of the gateway.
    pub(crate) fn gateway(&self) -> Client {
        self.client(SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[0])))
    }

    /// Where Prometheus is published.
    pub(crate) fn prometheus(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[1]))
    }

    /// Where the load test leaves its report.
    pub(crate) fn out(&self) -> &std::path::Path {
        &self.out
    }

    /// The key of the namespace, as whoever uses the testbed finds it.
    fn find_key(&self) -> String {
        let words = [
            "exec",
            "-T",
            "zone-a",
            "raptor",
            "key",
            "namespace",
            "/keys/namespaces",
        ];
        self.run(&mut self.compose(&words)).trim().to_owned()
    }

    /// How a node says that it is.
    pub(crate) fn status(&self, node: &Container) -> Result<Value, String> {
        let words = [
            "raptor",
            "admin",
            "--key=/keys/cluster.key",
            "--json",
            "status",
        ];
        let text = node.exec(&words)?;
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }

    /// Waits until there are so many nodes, all healthy, that all see all others, and until the gateway
    /// answers.
    #[track_caller]
    pub(crate) fn is_whole(&self, nodes: usize) {
        until("a whole cluster", || {
            let all = self.nodes();
            let sees_all = |node: &Node| self.fellows(&node.container) == Some(nodes - 1);
            let is_up = |node: &Node| node.container.is_healthy() && sees_all(node);
            (all.len() == nodes && all.iter().all(is_up)).then_some(())
        });
        until("a gateway that answers", || {
            self.gateway().is_ready().then_some(())
        });
    }

    /// How many others a node holds for up.
    fn fellows(&self, node: &Container) -> Option<usize> {
        let status = self.status(node).ok()?;
        let members = status["members"].as_array()?.iter();
        Some(members.filter(|member| member["up"] == true).count())
    }

    /// Checks that a service is published, and to this machine alone.
    #[track_caller]
    pub(crate) fn is_published_here_alone(&self, service: &str) {
        let inspected = self.containers(service).remove(0).inspect();
        let ports = inspected["HostConfig"]["PortBindings"].as_object();
        let bindings = ports.expect("it is published").values();
        let bindings = bindings.flat_map(|list| list.as_array().expect("a list"));
        let hosts: Vec<_> = bindings.map(|binding| &binding["HostIp"]).collect();
        assert_eq!(hosts, ["127.0.0.1"]);
    }

    /// Ends it, and checks that nothing is left.
    pub(crate) fn down(mut self) {
        self.take_down().unwrap_or_else(|why| panic!("{why}"));
        for what in ["container", "network", "volume"] {
            assert_eq!(engine::left_of(&self.project, what), [""; 0], "{what}");
        }
    }

    fn take_down(&mut self) -> Result<String, String> {
        self.is_down = true;
        // There is none if the load test did not run.
        let _ = std::fs::remove_dir_all(&self.out);
        let words = ["down", "--volumes", "--remove-orphans", "--timeout=10"];
        said(&mut self.compose(&words))
    }

    /// Cuts a node off the backbone.
    pub(crate) fn disconnect(&self, node: &Container) {
        docker(&["network", "disconnect", &self.network("backbone"), &node.0]);
    }

    /// Connects it again, under the name that all nodes share there.
    pub(crate) fn connect(&self, node: &Container) {
        let backbone = self.network("backbone");
        docker(&["network", "connect", "--alias", "nodes", &backbone, &node.0]);
    }
}

impl Drop for Testbed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
        if !self.is_down {
            for node in self.nodes() {
                // A paused container cannot be ended; that others are not paused is no failure.
                let mut unpause = Command::new("docker");
                let _ = said(unpause.args(["unpause", &node.container.0]));
            }
            if let Err(why) = self.take_down() {
                // A panic beside another one would tell of neither.
                eprintln!("{why}");
            }
        }
    }
}
