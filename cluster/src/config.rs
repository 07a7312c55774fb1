//! The settings of a node. They enter once, at its start, and never change.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use raptor_core::membership::Terms;
use raptor_core::{NodeId, Zone};
use serde::{Deserialize, Serialize};

use crate::transport::shaping::Shaping;
use raptor_core::ClusterName;

use crate::security::Security;

/// The settings of a node.
///
/// The program `raptor` reads them from files and variables (`conf/node.toml` tells each one's
/// meaning); those who embed a node start from [`NodeConfig::new`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeConfig {
    /// The node's name, unique in its cluster.
    pub node: NodeId,
    /// Its failure domain.
    pub zone: Zone,
    /// The cluster that it belongs to: peers of another one are refused.
    pub cluster: ClusterName,
    /// Where it listens; port 0 is any free one. Only loopback, if peers are not authenticated.
    pub listen: SocketAddr,
    /// Where peers reach it.
    pub advertise: Advertise,
    /// Nodes to keep associations with, by address or by name and port.
    pub seeds: Vec<String>,
    /// Which SCTP carries the associations.
    pub backend: Backend,
    /// How peers are authenticated. All nodes of a cluster have the same keys.
    pub security: Security,
    /// After how long without a word an association with another node ends, until one is needed again.
    pub idle_timeout: Duration,
    /// What only the kernel's SCTP needs to know.
    pub kernel: KernelConfig,
    /// What is done to packets that leave for other zones, in testbeds. An administrator may change
    /// it while the node runs.
    pub shaping: Shaping,
    /// How much weight of attempts runs at once.
    pub slots: u16,
    /// How many attempts may wait for a slot.
    pub queue_attempts_max: usize,
    /// How many processes may wait that were started ahead for functions which may be flown again;
    /// none starts any. At most [`WARM_MAX`](Self::WARM_MAX) are.
    pub warm_max: u16,
    /// Who attempts run as, where the node is root; nobody if it does not say.
    pub function_uid: Option<u32>,
    /// Where the node keeps what it unpacks, below the system's directory for such things if it
    /// does not say. Nothing in it outlives the node.
    pub state_dir: Option<PathBuf>,
    /// Whether what functions write is written to this process's own standard output and standard
    /// error as well, as it comes: for containers, whose log that is.
    pub echo: bool,
    /// The interpreter of Python functions.
    pub python: PathBuf,
    /// The interpreter of Node.js functions.
    pub nodejs: PathBuf,
    /// How closely nodes watch each other.
    pub membership: MembershipConfig,
    /// The terms of flights.
    pub flight: FlightConfig,
    /// What is too much.
    pub limits: LimitConfig,
}

/// Where peers reach a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Advertise {
    /// Where it listens.
    #[default]
    Listen,
    /// There, whatever addresses its host has.
    At(SocketAddr),
    /// At its host's address in this network, with the port that it listens on. If that changes, the
    /// node has moved: the others are told, and what is under way goes on.
    Within(IpNet),
    /// At its host's address towards the first of its seeds that has one, with the port that it listens
    /// on. If that changes, the node has moved, as above.
    Automatic,
}

/// How closely nodes watch each other. All of a cluster should have the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipConfig {
    /// Each node asks one other whether it lives, this often.
    pub probe_period: Duration,
    /// How long an answer may take before others are asked to ask.
    pub probe_timeout: Duration,
    /// How long a node that did not answer has to say that it lives, before it is down.
    pub suspicion: Duration,
    /// News are passed on this often, while there are any.
    pub gossip_period: Duration,
    /// To how many at a time.
    pub gossip_fanout: NonZeroUsize,
    /// How long a node that is down is looked for.
    pub memory: Duration,
}

/// The terms of flights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlightConfig {
    /// How many attempts a member runs at once.
    pub slots: u16,
    /// How long a leader counts on a recruit that has not answered.
    pub join_timeout: Duration,
    /// How long an attempt that is preempted has between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// How long a settled leader waits for the logs of the members.
    pub debrief_timeout: Duration,
    /// How many members a flight may have.
    pub size_max: u16,
}

/// What is too much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitConfig {
    /// How many flights the node leads at once.
    pub flights_led_max: u32,
    /// How many flights of others it takes part in at once.
    pub flights_followed_max: u32,
    /// How many bytes a function's value may have: 15 MiB at most.
    pub value_bytes_max: usize,
    /// How many bytes of a function's log are kept, of each of its two streams.
    pub log_bytes_max: usize,
}

/// What only the kernel's SCTP needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelConfig {
    /// Further addresses of this host, with the port of the first: peers go on over the others when
    /// one is cut off.
    pub listen_also: Vec<IpAddr>,
    /// What carries its packets.
    pub encapsulation: Encapsulation,
}

/// What carries the packets of the kernel's SCTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encapsulation {
    /// IP alone: among kernels only, where nothing on the way minds.
    None,
    /// UDP (RFC 6951), from and to the port that is listened on, so that userspace peers are reached
    /// too. The kernel must be told that port: `sysctl net.sctp.udp_port=9899`.
    #[default]
    Udp,
}

/// Which SCTP carries the associations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// SCTP in this process, over UDP (RFC 6951). Works everywhere.
    #[default]
    Userspace,
    /// The kernel's SCTP.
    Kernel,
    /// The kernel's where it has one, else in this process.
    Auto,
}

/// What is reported of a value must fit into one envelope, whatever the settings say.
pub const VALUE_BYTES_MAX: usize = 15 << 20;

/// How long an association may be without a word. Far longer than the pauses of a flight, or those between
/// two probes in a small cluster, so that only nodes which have nothing to do with each other part.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

impl NodeConfig {
    /// The most processes that wait: with those that run they must fit into one fork server.
    pub const WARM_MAX: u16 = 64;

    /// The defaults, for a node of that name in that zone, on a free port of the loopback, with a new key:
    /// nobody can speak with it who is not given that.
    ///
    /// # Panics
    ///
    /// Panics if the operating system has no random numbers.
    pub fn new(node: NodeId, zone: Zone) -> Self {
        Self {
            node,
            zone,
            cluster: ClusterName::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: Advertise::default(),
            seeds: Vec::new(),
            backend: Backend::default(),
            security: Security::generate().expect("the operating system has random numbers"),
            idle_timeout: IDLE_TIMEOUT,
            kernel: KernelConfig::default(),
            shaping: Shaping::default(),
            slots: processors(),
            queue_attempts_max: 1_024,
            warm_max: 8,
            function_uid: None,
            state_dir: None,
            echo: false,
            python: "python3".into(),
            nodejs: "node".into(),
            membership: MembershipConfig::default(),
            flight: FlightConfig::default(),
            limits: LimitConfig::default(),
        }
    }
}

/// How many processors this process may use.
fn processors() -> u16 {
    std::thread::available_parallelism()
        .map_or(1, |count| count.get().try_into().unwrap_or(u16::MAX))
}

impl Default for MembershipConfig {
    fn default() -> Self {
        let Terms {
            probe_period,
            probe_timeout,
            suspicion,
            gossip_period,
            gossip_fanout,
            memory,
        } = Terms::default();
        Self {
            probe_period,
            probe_timeout,
            suspicion,
            gossip_period,
            gossip_fanout,
            memory,
        }
    }
}

impl MembershipConfig {
    /// The terms of a node's membership.
    pub(crate) const fn terms(&self) -> Terms {
        Terms {
            probe_period: self.probe_period,
            probe_timeout: self.probe_timeout,
            suspicion: self.suspicion,
            gossip_period: self.gossip_period,
            gossip_fanout: self.gossip_fanout,
            memory: self.memory,
        }
    }
}

impl Default for FlightConfig {
    fn default() -> Self {
        Self {
            slots: 1,
            join_timeout: Duration::from_secs(2),
            grace: Duration::from_millis(20),
            debrief_timeout: Duration::from_secs(1),
            size_max: 16,
        }
    }
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            flights_led_max: 1_024,
            flights_followed_max: 4_096,
            value_bytes_max: VALUE_BYTES_MAX,
            log_bytes_max: 64 << 10,
        }
    }
}
