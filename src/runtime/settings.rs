//! What a container's runtime is told at its start.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use raptor_core::Zone;

use super::Kind;

/// Where OpenWhisk and Knative expect a container to listen.
const PORT: u16 = 8080;

/// What `raptor runtime` is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In what the action is written.
    pub kind: Kind,
    /// A stock launcher, in place of what the kind would start.
    ///
    /// It is started in the action's directory, with the action's main file (`main__.py`,
    /// `index.js`, `exec`, or that of an archive) and the name of its function as arguments, which
    /// launchers that expect none do not look at. One for Python that ends in `.py` is treated as
    /// OpenWhisk's Python image treats its `launcher.py`: it is copied into the action's directory
    /// as `exec__.py`, its line `from main__ import main as main` is changed to the action's
    /// function, and Python executes it.
    pub launcher: Option<PathBuf>,
    /// The Python interpreter: a path, or a name to be found in `PATH`.
    pub python: PathBuf,
    /// Node.js: a path, or a name to be found in `PATH`.
    pub nodejs: PathBuf,
    /// Where to listen; port 0 takes any.
    pub address: SocketAddr,
    /// The failure domain of this container, where it is known.
    pub zone: Zone,
    /// By which address other containers reach this one. If it does not say: by that which this
    /// container has towards its platform.
    pub own_address: Option<IpAddr>,
    /// Who asks for activations.
    pub platform: PlatformSettings,
    /// What the environment says.
    pub variables: Variables,
}

/// The platform that runs the container, and what must be known to serve it.
#[derive(Clone, Debug)]
pub enum PlatformSettings {
    /// Apache OpenWhisk: `/init` brings the action.
    OpenWhisk,
    /// Knative, or whatever else sends requests to a container's port.
    Knative(KnativeSettings),
}

/// What a container is told that nobody initialises.
#[derive(Clone)]
pub struct KnativeSettings {
    /// The directory of the action: part of the container's image.
    pub action: PathBuf,
    /// The entry point of an action without a manifest.
    pub main: String,
    /// The service's name (`K_SERVICE`): the source of its events.
    pub service: String,
    /// Where its other containers are, `host:port`: a name stands for all its addresses.
    pub peers: Vec<String>,
    /// What its containers know each other by, and nobody else knows.
    pub peer_secret: Option<String>,
}

/// The secret is not shown.
impl fmt::Debug for KnativeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnativeSettings")
            .field("action", &self.action)
            .field("main", &self.main)
            .field("service", &self.service)
            .field("peers", &self.peers)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The defaults: OpenWhisk's port on all addresses, and interpreters from `PATH`.
    ///
    /// # Panics
    ///
    /// Never: its names are names.
    pub fn new(kind: Kind, variables: Variables) -> Self {
        Self {
            kind,
            launcher: None,
            python: "python3".into(),
            nodejs: "node".into(),
            address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)),
            // Platforms do not say where they place a container.
            zone: "unknown".parse().expect("it is a name"),
            own_address: None,
            platform: PlatformSettings::OpenWhisk,
            variables,
        }
    }
}

/// The variables of OpenWhisk's ActionLoop proxy (`docs/ENVVARS.md` of its Go runtime), and what
/// else this process hands on of its environment.
#[derive(Clone, Debug)]
pub struct Variables {
    /// `OW_COMPILER`: makes `bin/exec` of the action's source; called with the name of the function
    /// and the two directories. Kind `actionloop` only.
    pub compiler: Option<OsString>,
    /// `OW_EXECUTION_ENV`: what `bin/exec.env` must hold. Kind `actionloop` only.
    pub execution_env: Option<OsString>,
    /// `OW_WAIT_FOR_ACK`: whether stock launchers say that they are up.
    pub wait_for_ack: Option<OsString>,
    /// `OW_LOG_INIT_ERROR`: whether the reasons of failed initializations go to the log, and the
    /// answer only points there.
    pub logs_init_errors: bool,
    /// `OW_SAVE_JAR`: as which file a jar is kept, which would be unpacked otherwise. Kind
    /// `actionloop` only.
    pub jar: Option<OsString>,
    /// `__OW_ALLOW_CONCURRENT=true`: whether activations may overlap; those of a Node.js action
    /// then share one process.
    pub allows_concurrency: bool,
    /// `PATH`.
    pub search_path: OsString,
    /// `HOME`, if there is one.
    pub home: Option<OsString>,
    /// `__OW_API_HOST`: where OpenWhisk is reached.
    pub api_host: String,
    /// `__OW_IGNORE_CERTS=true`: whether OpenWhisk's certificate is not checked.
    pub ignores_certificates: bool,
    /// `RAPTOR_ACCEPT_PROTOTYPE=1`: whether the body of the paper's prototype is taken.
    pub accepts_prototype: bool,
    /// All that begin with `__OW_`: actions get them.
    pub openwhisk: Vec<(OsString, OsString)>,
}

impl Variables {
    /// Those that this process has.
    pub fn of_this_process() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let is_openwhisk = |name: &OsStr| name.as_bytes().starts_with(b"__OW_");
        Self {
            compiler: set("OW_COMPILER"),
            execution_env: set("OW_EXECUTION_ENV"),
            wait_for_ack: set("OW_WAIT_FOR_ACK"),
            logs_init_errors: set("OW_LOG_INIT_ERROR").is_some(),
            jar: set("OW_SAVE_JAR"),
            allows_concurrency: set("__OW_ALLOW_CONCURRENT").is_some_and(|value| value == "true"),
            search_path: set("PATH").unwrap_or_default(),
            home: set("HOME"),
            api_host: text("__OW_API_HOST").unwrap_or_default(),
            ignores_certificates: set("__OW_IGNORE_CERTS").is_some_and(|value| value == "true"),
            accepts_prototype: set("RAPTOR_ACCEPT_PROTOTYPE").is_some_and(|value| value == "1"),
            openwhisk: env::vars_os()
                .filter(|(name, _)| is_openwhisk(name))
                .collect(),
        }
    }
}
