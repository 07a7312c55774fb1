//! A cluster of real node processes on this machine.

mod child;
mod talk;

pub(crate) use child::serve;

use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use raptor_core::{NodeId, Role};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::admin::Admin;
use crate::client::{Client, ClientConfig, ConnectError};
use crate::config::NodeConfig;
use crate::security::Security;
use talk::{FromNode, ToNode};

/// Under which name the program runs as a node.
const NODE_NAME: &str = "raptor-node";

/// Nodes start in some hundredths of a second; only a machine that swaps takes so long.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A node that was asked to end and has not by then is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How many nodes an embedded cluster may have: each is two processes.
pub const LOCAL_NODES_MAX: usize = 128;

/// A cluster of real node processes on this machine, each in a zone of its own.
///
/// The nodes are this program, started anew: it must call [`crate::node_main`] first thing in its
/// `main`. They end when this value is dropped, and also if this process is killed.
#[derive(Debug)]
pub struct LocalCluster {
    nodes: Vec<LocalNode>,
}

/// One node of a local cluster.
#[derive(Debug)]
pub struct LocalNode {
    config: NodeConfig,
    address: SocketAddr,
    child: Child,
    /// While it is open, the node lives.
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Why a local cluster did not start. Every node of it that did has been killed.
#[derive(Debug, thiserror::Error)]
pub enum LocalClusterError {
    /// So many nodes cannot be.
    #[error("start {asked} nodes: a local cluster has 1 to {LOCAL_NODES_MAX}")]
    Size {
        /// How many were asked for.
        asked: usize,
    },
    /// The operating system gave no key for the cluster.
    #[error("make a key for the cluster: the operating system has no random numbers: {0}")]
    Random(#[source] getrandom::Error),
    /// A process cannot be started.
    #[error("start the process of node {node}: {source}")]
    Spawn {
        /// Which.
        node: NodeId,
        /// Why.
        source: std::io::Error,
    },
    /// A node said that it cannot start.
    #[error("start node {node}: {why}")]
    Refused {
        /// Which.
        node: NodeId,
        /// What it said.
        why: String,
    },
    /// A node ended, or said nothing sensible.
    #[error(
        "start node {node}: its process {why}; does the program call raptor_cluster::node_main() \
         first thing in its main?"
    )]
    Died {
        /// Which.
        node: NodeId,
        /// What is known.
        why: String,
    },
    /// This process was itself started to be a node, which its `main` did not heed. A cluster here
    /// would start the next such process, and so on for ever.
    #[error(
        "start a cluster: this process was started to be a node of one, but the program does not \
         call raptor_cluster::node_main() first thing in its main"
    )]
    NoNodeMain,
    /// The nodes did not find each other.
    #[error("start node {node}: it did not find its peers within {START_TIMEOUT:?}")]
    Alone {
        /// Which.
        node: NodeId,
    },
}

impl LocalCluster {
    /// Starts `size` nodes, `node-a` in `zone-a` and so on, and waits until all know each other.
    ///
    /// # Errors
    ///
    /// If a node does not start.
    pub async fn start(size: usize) -> Result<Self, LocalClusterError> {
        Self::start_with(size, |_| {}).await
    }

    /// As [`LocalCluster::start`], with settings of one's own: `change` gets each node's before
    /// it starts.
    ///
    /// # Errors
    ///
    /// If a node does not start.
    pub async fn start_with(
        size: usize,
        mut change: impl FnMut(&mut NodeConfig),
    ) -> Result<Self, LocalClusterError> {
        if !(1..=LOCAL_NODES_MAX).contains(&size) {
            return Err(LocalClusterError::Size { asked: size });
        }
        if is_node_process() {
            return Err(LocalClusterError::NoNodeMain);
        }
        let security = Security::generate().map_err(LocalClusterError::Random)?;
        let configs = (0..size).map(|at| {
            let mut config = config(at);
            config.security = security.clone();
            change(&mut config);
            config
        });
        // All at once: each takes its time.
        let nodes = configs
            .map(LocalNode::spawn)
            .collect::<Result<Vec<_>, _>>()?;
        let mut cluster = Self { nodes };
        for node in &mut cluster.nodes {
            node.begin().await?;
        }
        let addresses: Vec<_> = cluster.nodes.iter().map(|node| node.address).collect();
        for node in &mut cluster.nodes {
            node.meet(&addresses).await?;
        }
        for node in &mut cluster.nodes {
            node.has_met(size - 1).await?;
        }
        Ok(cluster)
    }

    /// Its nodes, in the order of their zones.
    pub fn nodes(&self) -> &[LocalNode] {
        &self.nodes
    }

    /// A client of one node.
    ///
    /// # Errors
    ///
    /// If the node is gone.
    ///
    /// # Panics
    ///
    /// If there is no such node.
    pub async fn client(&self, node: usize) -> Result<Client, ConnectError> {
        Client::connect(self.nodes[node].client_config(Role::Client)).await
    }

    /// An administrator of one node.
    ///
    /// # Errors
    ///
    /// If the node is gone.
    ///
    /// # Panics
    ///
    /// If there is no such node.
    pub async fn admin(&self, node: usize) -> Result<Admin, ConnectError> {
        Admin::connect(self.nodes[node].client_config(Role::Admin)).await
    }

    /// Kills a node with SIGKILL, and waits until its process is gone.
    ///
    /// # Errors
    ///
    /// If it was gone already.
    ///
    /// # Panics
    ///
    /// If there is no such node.
    pub async fn kill(&mut self, node: usize) -> std::io::Result<()> {
        self.nodes[node].child.kill().await
    }

    /// Ends all nodes in order, and waits until they are gone.
    pub async fn shutdown(self) {
        // All at once: each finishes the flights that it has.
        let ends: Vec<_> = self
            .nodes
            .into_iter()
            .map(|node| tokio::spawn(node.end()))
            .collect();
        for end in ends {
            // A node that panicked has printed why.
            let _ = end.await;
        }
    }
}

/// Whether this process was started to be a node of a local cluster.
pub(crate) fn is_node_process() -> bool {
    let name = std::env::args_os().next();
    name.is_some_and(|name| name == NODE_NAME)
}

/// The settings of the node at that place.
fn config(at: usize) -> NodeConfig {
    let letters = letters(at);
    let name = |kind: &str| format!("{kind}-{letters}");
    let node = name("node").parse().expect("it is a name");
    NodeConfig::new(node, name("zone").parse().expect("it is a name"))
}

/// a, b, ... z, aa, ab, ...
fn letters(at: usize) -> String {
    let last = char::from(b'a' + (at % 26) as u8);
    match at / 26 {
        0 => last.to_string(),
        rest => letters(rest - 1) + &last.to_string(),
    }
}

impl LocalNode {
    /// Its name.
    pub fn id(&self) -> &NodeId {
        &self.config.node
    }

    /// Where it is reached.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn client_config(&self, role: Role) -> ClientConfig {
        ClientConfig {
            cluster: self.config.cluster.clone(),
            ..ClientConfig::new(self.address, self.config.security.for_role(role))
        }
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    fn spawn(config: NodeConfig) -> Result<Self, LocalClusterError> {
        let mut command = std::process::Command::new("/proc/self/exe");
        command.arg0(NODE_NAME);
        // A terminal's Ctrl-C is for the program that runs the cluster; the nodes hear from it.
        command.process_group(0);
        let mut command = Command::from(command);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let spawn = |source| LocalClusterError::Spawn {
            node: config.node.clone(),
            source,
        };
        let mut child = command.spawn().map_err(spawn)?;
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        let lines = BufReader::new(stdout).lines();
        let address = config.listen;
        Ok(Self {
            config,
            address,
            child,
            stdin,
            lines,
        })
    }

    /// Gives it its settings, and hears where it listens.
    async fn begin(&mut self) -> Result<(), LocalClusterError> {
        self.say(&ToNode::Begin(Box::new(self.config.clone())))
            .await?;
        match self.hear().await? {
            FromNode::Listening { address } => self.address = address,
            FromNode::Failed { why } => {
                return Err(LocalClusterError::Refused {
                    node: self.config.node.clone(),
                    why,
                });
            }
            FromNode::Peers { .. } => return Err(self.died("has peers before it listens")),
        }
        Ok(())
    }

    /// Tells it where the others are.
    async fn meet(&mut self, addresses: &[SocketAddr]) -> Result<(), LocalClusterError> {
        let others = addresses.iter().filter(|address| **address != self.address);
        self.say(&ToNode::Meet {
            addresses: others.copied().collect(),
        })
        .await
    }

    /// Waits until it knows that many peers.
    async fn has_met(&mut self, others: usize) -> Result<(), LocalClusterError> {
        let mut met = 0;
        while met < others {
            met = match self.hear().await? {
                FromNode::Peers { count } => count,
                FromNode::Listening { .. } | FromNode::Failed { .. } => met,
            };
        }
        Ok(())
    }

    async fn say(&mut self, what: &ToNode) -> Result<(), LocalClusterError> {
        let written = self.stdin.write_all(talk::line(what).as_bytes()).await;
        written.map_err(|error| self.died(&format!("does not listen to us: {error}")))
    }

    async fn hear(&mut self) -> Result<FromNode, LocalClusterError> {
        let line = tokio::time::timeout(START_TIMEOUT, self.lines.next_line()).await;
        let Ok(line) = line else {
            return Err(LocalClusterError::Alone {
                node: self.config.node.clone(),
            });
        };
        match line {
            Ok(Some(line)) => talk::read(&line).map_err(|why| self.died(&why)),
            Ok(None) => Err(self.died("ended")),
            Err(error) => Err(self.died(&format!("cannot be heard: {error}"))),
        }
    }

    fn died(&self, why: &str) -> LocalClusterError {
        LocalClusterError::Died {
            node: self.config.node.clone(),
            why: why.to_owned(),
        }
    }

    /// Asks it to end, and waits until it has.
    async fn end(mut self) -> std::io::Result<ExitStatus> {
        drop(self.stdin);
        match tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await {
            Ok(ended) => ended,
            Err(_) => {
                self.child.kill().await?;
                self.child.wait().await
            }
        }
    }
}
