//! What a miniature OpenWhisk is told.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Map, Value};

/// The settings of a miniature OpenWhisk.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where its controller listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// What its containers are. Their runtimes are told the controller's address by
    /// `__OW_API_HOST`.
    pub containers: Containers,
    /// Further variables of every container.
    pub env: Vec<(OsString, OsString)>,
    /// The one namespace.
    pub namespace: String,
    /// Its key, `uuid:key`.
    pub key: String,
    /// How long a container is idle before it is frozen (`pause-grace`, 10 s in OpenWhisk).
    pub pause_grace: Duration,
    /// How long a container is frozen before it is killed (`idle-container`, 10 min in OpenWhisk).
    pub idle_timeout: Duration,
    /// How much longer a cold start takes than its process.
    pub cold_start: Duration,
    /// How long the controller keeps the request of a blocking caller, at most and where the caller
    /// says nothing (60 s in OpenWhisk).
    pub blocking_timeout: Duration,
    /// The zones that containers are spread over, each told its own as `RAPTOR_ZONE`; none by
    /// default.
    pub zones: Vec<Zone>,
    /// Who may do how much.
    pub limits: Limits,
}

/// What containers are.
#[derive(Clone, Debug)]
pub enum Containers {
    /// Processes of this machine: a program and its arguments, which is told its port by `--port`.
    Processes(Vec<OsString>),
    /// Docker's.
    Docker(Image),
}

/// Of what Docker makes containers, and where. It listens on port 8080, as OpenWhisk has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The image's name. It is not pulled.
    pub name: String,
    /// The network that all containers share, which must have a gateway on this host; with none, a
    /// new one, which is removed at the end.
    pub network: Option<String>,
}

/// A zone: where OpenWhisk would have an invoker of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// The processors that all its containers share; with none, whatever this program has.
    pub cpus: Vec<usize>,
}

/// The limits of the namespace.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Invocations a minute; more are answered with 429.
    pub invocations_per_minute: usize,
    /// Activations at once; more are answered with 429.
    pub concurrent_invocations: usize,
}

/// An action, as it is created.
#[derive(Clone, Debug)]
pub struct Action {
    /// What `/init` gets as `code`.
    pub code: String,
    /// Whether that is base64.
    pub binary: bool,
    /// The entry point.
    pub main: String,
    /// Bound parameters.
    pub parameters: Map<String, Value>,
    /// How long an activation may take.
    pub timeout: Duration,
    /// How many activations a container may run at once.
    pub concurrency: usize,
    /// Whether activations get their API key (`provide-api-key`).
    pub provide_api_key: bool,
}

impl Config {
    /// OpenWhisk's defaults, but for limits that tests do not reach and a grace that they do not
    /// wait for, with this runtime.
    pub fn new(runtime: Vec<OsString>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            containers: Containers::Processes(runtime),
            env: Vec::new(),
            namespace: "guest".to_owned(),
            key: format!("{}:{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4().simple()),
            pause_grace: Duration::from_millis(50),
            idle_timeout: Duration::from_secs(600),
            cold_start: Duration::ZERO,
            blocking_timeout: Duration::from_secs(60),
            zones: Vec::new(),
            limits: Limits {
                invocations_per_minute: 100_000,
                concurrent_invocations: 1_000,
            },
        }
    }

    /// The same with containers of Docker's, and with OpenWhisk's grace: freezing and thawing take
    /// longer than most runs there.
    pub fn docker(image: Image) -> Self {
        Self {
            containers: Containers::Docker(image),
            pause_grace: Duration::from_secs(10),
            ..Self::new(Vec::new())
        }
    }
}

impl Image {
    /// An image whose containers have a network of their own.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            network: None,
        }
    }
}

impl Zone {
    /// A zone without processors of its own.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cpus: Vec::new(),
        }
    }
}

impl Action {
    /// An action of this code, with OpenWhisk's default limits, which gets its API key.
    pub fn new(code: impl Into<String>, binary: bool) -> Self {
        Self {
            code: code.into(),
            binary,
            main: "main".to_owned(),
            parameters: Map::new(),
            timeout: Duration::from_secs(60),
            concurrency: 1,
            provide_api_key: true,
        }
    }
}
