//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use raptor::config::{HostPort, NamespaceName};
use raptor::runtime::Kind;
use raptor_cluster::{Policy, ShapingRule};
use raptor_core::{ClusterName, Zone};

/// Distributed speculative execution for serverless workflows.
#[derive(Debug, Parser)]
#[command(name = "raptor", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an action once, on a cluster of its own: N node processes on this machine.
    Run(Run),
    /// Be a node of a cluster.
    Node(Node),
    /// Be the runtime of an action inside a serverless platform's container.
    Runtime(Runtime),
    /// Run an action once, on a cluster that is up.
    Invoke(Invoke),
    /// Ask a node how it is, or change what can be changed while it runs.
    Admin(Admin),
    /// Ask the node on this host whether it is well: for health checks.
    Health(Health),
    /// Check a configuration or a manifest, and tell all its problems at once.
    Check(Check),
    /// Make keys: those of a cluster, and passes for its clients and administrators.
    #[command(subcommand)]
    Key(Key),
    /// Run a function of the examples, as executors do (`raptor fn --help`).
    #[command(disable_help_flag = true)]
    Fn(Function),
}

/// What to run, and how.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// The action: a directory with an action-manifest.json.
    #[arg(value_name = "DIR")]
    pub(crate) action: PathBuf,
    /// How many members fly it, each on a node of its own [default: as the manifest says].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=128))]
    pub(crate) flight: Option<u16>,
    /// A parameter; its value is taken as JSON if it is, else as a string. May be repeated.
    #[arg(long = "param", value_name = "KEY=VALUE")]
    pub(crate) params: Vec<String>,
    /// A file with a JSON object: the parameters, under those of --param.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Whether members speculate.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) policy: PolicyName,
    /// Print one JSON object: the result and what every attempt did.
    #[arg(long)]
    pub(crate) json: bool,
    /// How long it may take, as 90s or 2m.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) request: Request,
}

#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// The node to ask; it leads the flight. All addresses of a name are tried in turn.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9899")]
    pub(crate) node: HostPort,
    /// The cluster that the node must belong to.
    #[arg(long, value_name = "NAME", default_value = "raptor")]
    pub(crate) cluster: ClusterName,
    #[command(flatten)]
    pub(crate) credentials: Credentials,
    #[command(flatten)]
    pub(crate) request: Request,
}

/// How a command proves who it is to a node.
#[derive(Debug, Args)]
pub(crate) struct Credentials {
    /// The file with the key: that of the cluster, or a pass made from it.
    #[arg(long, value_name = "FILE", env = "RAPTOR__TRANSPORT__KEY_FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The cluster works without keys (transport.security = "none").
    #[arg(long, conflicts_with = "key")]
    pub(crate) no_key: bool,
}

/// What to do about keys. A key file names no cluster: keep each where it belongs.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a new key of a cluster. All its nodes get it, and nobody else.
    New {
        /// The file to make; it must not exist.
        file: PathBuf,
    },
    /// Put the keys of two files into one: to exchange a key without an interruption, give all nodes
    /// "old, new", then all "new, old", then all "new".
    Merge {
        /// The file whose key comes first: nodes dial with it.
        first: PathBuf,
        /// The file whose key comes second: nodes accept it too.
        second: PathBuf,
        /// The file to make; it must not exist.
        file: PathBuf,
    },
    /// Make a pass: what a client or an administrator needs, and no more.
    Pass {
        /// What its holder may do.
        #[arg(long, value_enum, default_value_t)]
        role: PassRole,
        /// The file with the cluster's key.
        cluster: PathBuf,
        /// The file to make; it must not exist.
        file: PathBuf,
    },
    /// Make all that a cluster and its clients need, as far as it is not there: safe to run again, and
    /// twice at once.
    Provision {
        /// For the nodes: cluster.key, and namespaces.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// For those outside: client.key, admin.key, and namespaces again.
        #[arg(long, value_name = "DIR")]
        passes: Option<PathBuf>,
        /// A namespace of the gateway (setting gateway.namespaces_file). May be repeated.
        #[arg(long = "namespace", value_name = "NAME")]
        namespaces: Vec<NamespaceName>,
    },
    /// Show the key of a namespace, as `curl -u` takes it. It is a secret.
    Namespace {
        /// The file with namespaces.
        file: PathBuf,
        /// The namespace, if there are several.
        name: Option<String>,
    },
    /// Show which keys a file holds, by their names; never the keys.
    Show {
        /// The file.
        file: PathBuf,
    },
}

/// What the holder of a pass may do.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum PassRole {
    /// Invoke actions.
    #[default]
    Client,
    /// Administer the cluster.
    Admin,
}

impl From<PassRole> for raptor_core::Role {
    fn from(role: PassRole) -> Self {
        match role {
            PassRole::Client => Self::Client,
            PassRole::Admin => Self::Admin,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Admin {
    /// The node. All addresses of a name are tried in turn.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9899")]
    pub(crate) node: HostPort,
    /// The cluster that the node must belong to.
    #[arg(long, value_name = "NAME", default_value = "raptor")]
    pub(crate) cluster: ClusterName,
    #[command(flatten)]
    pub(crate) credentials: Credentials,
    /// Print one JSON object.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) order: Order,
}

/// What a node is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Tell how it is: who it is, how busy, and who its peers are.
    Status,
    /// Tell or change what it does to packets that leave for other zones, in testbeds.
    Shaping {
        /// On all nodes that the node knows, and not on it alone.
        #[arg(long, global = true)]
        all: bool,
        #[command(subcommand)]
        order: ShapingOrder,
    },
}

/// What becomes of the rules for packets.
#[derive(Debug, Subcommand)]
pub(crate) enum ShapingOrder {
    /// Tell the rules.
    Show,
    /// Replace the rules, in this node alone unless --all is said: nodes shape what they send
    /// themselves.
    Set {
        /// A rule, as "zone-a <-> zone-b delay=5ms loss=1%"; of those that match, the first counts.
        #[arg(value_name = "RULE", required_unless_present = "file")]
        rules: Vec<ShapingRule>,
        /// A configuration whose transport.shaping and transport.shaping_seed to take, as
        /// conf/zones.toml; nothing else in it is heeded.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["rules", "seed"])]
        file: Option<PathBuf>,
        /// What the dice are seeded with.
        #[arg(long, default_value_t)]
        seed: u64,
    },
    /// Drop all rules.
    Clear,
}

#[derive(Debug, Args)]
pub(crate) struct Node {
    /// The node's settings. May be repeated: what a later file says goes over what an earlier one
    /// does, and variables RAPTOR__SECTION__KEY go over all.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// The node's settings, as the node was given them. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Ask also whether it takes on more: it does not while it drains, nor before its gateway, if
    /// it has one, answers.
    #[arg(long)]
    pub(crate) ready: bool,
    /// How long the answer may take.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = parse_duration)]
    pub(crate) timeout: Duration,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How the runtime of an action is started. OpenWhisk's own variables (`OW_COMPILER` and the like)
/// are honoured as well.
#[derive(Debug, Args)]
pub(crate) struct Runtime {
    /// In what the action is written: python:3, nodejs:20, exec or actionloop.
    #[arg(long, value_name = "KIND", env = "RAPTOR_RUNTIME_KIND")]
    pub(crate) kind: Kind,
    /// A stock ActionLoop launcher; started in the action's directory, with the action's main file
    /// and function as arguments.
    #[arg(long, value_name = "PATH", env = "RAPTOR_RUNTIME_LAUNCHER")]
    pub(crate) launcher: Option<PathBuf>,
    /// Where to listen.
    #[arg(
        long,
        value_name = "ADDR",
        env = "RAPTOR_RUNTIME_HOST",
        default_value = "0.0.0.0"
    )]
    pub(crate) host: IpAddr,
    /// The port; 0 takes any that is free, and says which on standard error.
    #[arg(
        long,
        value_name = "PORT",
        env = "RAPTOR_RUNTIME_PORT",
        default_value_t = 8080
    )]
    pub(crate) port: u16,
    /// The Python interpreter.
    #[arg(
        long,
        value_name = "PATH",
        env = "RAPTOR_RUNTIME_PYTHON",
        default_value = "python3"
    )]
    pub(crate) python: PathBuf,
    /// Node.js.
    #[arg(
        long,
        value_name = "PATH",
        env = "RAPTOR_RUNTIME_NODEJS",
        default_value = "node"
    )]
    pub(crate) nodejs: PathBuf,
    /// The failure domain of this container.
    #[arg(
        long,
        value_name = "ZONE",
        env = "RAPTOR_ZONE",
        default_value = "unknown"
    )]
    pub(crate) zone: Zone,
    /// By which address other containers reach this one [default: that towards its platform].
    #[arg(long, value_name = "ADDR", env = "RAPTOR_ADDRESS")]
    pub(crate) own_address: Option<IpAddr>,
    /// Who asks for activations.
    #[arg(
        long,
        value_enum,
        env = "RAPTOR_RUNTIME_PLATFORM",
        default_value_t = PlatformName::Openwhisk
    )]
    pub(crate) platform: PlatformName,
    #[command(flatten)]
    pub(crate) knative: Knative,
}

/// The platforms whose containers the runtime can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlatformName {
    /// Apache OpenWhisk.
    Openwhisk,
    /// Knative, and whatever else sends requests to a container's port ($PORT).
    Knative,
}

/// What only --platform knative needs.
#[derive(Debug, Args)]
pub(crate) struct Knative {
    /// The action's directory.
    #[arg(
        long,
        value_name = "DIR",
        env = "RAPTOR_RUNTIME_ACTION",
        required_if_eq("platform", "knative")
    )]
    pub(crate) action: Option<PathBuf>,
    /// The entry point of an action without a manifest.
    #[arg(
        long,
        value_name = "NAME",
        env = "RAPTOR_RUNTIME_MAIN",
        default_value = "main"
    )]
    pub(crate) main: String,
    /// The service's name.
    #[arg(long, value_name = "NAME", env = "K_SERVICE", default_value = "action")]
    pub(crate) service: String,
    /// Where the service's other containers are, host:port; a name stands for all its addresses.
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "RAPTOR_PEERS",
        value_delimiter = ','
    )]
    pub(crate) peers: Vec<String>,
    /// What the service's containers know each other by; best given as a variable.
    #[arg(
        long,
        value_name = "TEXT",
        env = "RAPTOR_PEER_SECRET",
        hide_env_values = true
    )]
    pub(crate) peer_secret: Option<String>,
    /// Where Knative wants the container to listen, in place of --port.
    #[arg(long, hide = true, env = "PORT")]
    pub(crate) knative_port: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A configuration (.toml), or several, the later ones over the earlier ones; or a manifest (.json
    /// or its directory).
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Function {
    /// The function and its flags.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Whether members speculate.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum PolicyName {
    /// Every member runs the whole manifest, each from its own start; what one has finished is
    /// preempted on the others.
    #[default]
    Flight,
    /// Every function runs once, on the members in turn: the baseline.
    ForkJoin,
}

impl From<PolicyName> for Policy {
    fn from(name: PolicyName) -> Self {
        match name {
            PolicyName::Flight => Self::Flight,
            PolicyName::ForkJoin => Self::ForkJoin,
        }
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration.is_zero() {
        return Err("it must be longer than nothing".to_owned());
    }
    Ok(duration)
}
