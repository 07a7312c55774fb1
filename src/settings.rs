//! From the program's settings to those of a node.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::num::{NonZeroUsize, TryFromIntError};
use std::path::Path;
use std::time::Duration;

use raptor::config::{self, HostPort, NodeSettings, Settings};
use raptor_cluster::security::{KeyRing, KeyRingError, Security};
use raptor_cluster::{
    Advertise, Backend, ClientConfig, Encapsulation, FlightConfig, KernelConfig, LimitConfig,
    MembershipConfig, NodeConfig, NodeId, Shaping,
};
use raptor_core::Role;

use crate::key_file;
use crate::telemetry::Whose;

/// A setting cannot be used on this machine. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("name the node after its host: {0}; set node.name")]
    HostName(String),
    #[error("resolve transport.advertise = \"{name}\": {why}")]
    Advertise { name: String, why: String },
    #[error(
        "protect the node: set transport.key_file (\"raptor key new FILE\" makes one), or \
         transport.security = \"none\""
    )]
    NoKey,
    #[error("use transport.key_file: {0}")]
    Key(#[from] KeyRingError),
    #[error("use transport.key_file: it holds no key of a cluster, but a pass for a client")]
    Pass,
    #[error(
        "reach the node: its SCTP is carried by IP alone, which only nodes speak: set \
         transport.kernel_encapsulation = \"udp\""
    )]
    NoUdp,
    #[error("use a limit: {0}")]
    Limit(#[from] TryFromIntError),
}

/// Who the node is: after its host, if nothing else is set.
pub(crate) fn whose(node: &NodeSettings) -> Result<Whose, SettingsError> {
    Ok(Whose {
        node: node_name(node)?,
        zone: node.zone.clone(),
    })
}

/// The settings of a node.
pub(crate) fn node_config(settings: Settings) -> Result<NodeConfig, SettingsError> {
    let Settings {
        node,
        cluster,
        transport,
        membership,
        flight,
        limits,
        gateway: _,
        metrics: _,
        log: _,
        launcher,
    } = settings;
    let whose = whose(&node)?;
    let defaults = NodeConfig::new(whose.node, whose.zone);
    Ok(NodeConfig {
        cluster: cluster.name,
        listen: transport.listen,
        advertise: advertise(transport.advertise, transport.listen)?,
        seeds: cluster.seeds.iter().map(ToString::to_string).collect(),
        security: security(transport.security, transport.key_file.as_deref())?,
        idle_timeout: transport.idle_timeout,
        backend: match transport.backend {
            config::Backend::Userspace => Backend::Userspace,
            config::Backend::Kernel => Backend::Kernel,
            config::Backend::Auto => Backend::Auto,
        },
        kernel: KernelConfig {
            listen_also: transport.listen_also,
            encapsulation: match transport.kernel_encapsulation {
                config::Encapsulation::None => Encapsulation::None,
                config::Encapsulation::Udp => Encapsulation::Udp,
            },
        },
        shaping: Shaping {
            rules: transport.shaping,
            seed: transport.shaping_seed.into(),
        },
        slots: node.slots.map_or(defaults.slots, |slots| slots.get()),
        queue_attempts_max: node.queue_attempts_max.try_into()?,
        warm_max: node.warm_max,
        function_uid: node.function_uid,
        state_dir: node.state_dir,
        python: launcher.python,
        nodejs: launcher.nodejs,
        membership: MembershipConfig {
            probe_period: membership.probe_period,
            probe_timeout: membership.probe_timeout,
            suspicion: membership.suspicion,
            gossip_period: membership.gossip_period,
            gossip_fanout: NonZeroUsize::from(membership.gossip_fanout),
            memory: membership.memory,
        },
        flight: FlightConfig {
            slots: flight.slots.get(),
            join_timeout: flight.join_timeout,
            grace: flight.grace,
            debrief_timeout: flight.debrief_timeout,
            size_max: flight.size_max.get(),
        },
        limits: LimitConfig {
            flights_led_max: limits.flights_led_max.get(),
            flights_followed_max: limits.flights_followed_max.get(),
            value_bytes_max: limits.value_bytes_max.get().try_into()?,
            log_bytes_max: limits.log_bytes_max.get().try_into()?,
        },
        ..defaults
    })
}

/// How an administrator on the node's own host reaches it.
pub(crate) fn administrator(
    settings: &Settings,
    timeout: Duration,
) -> Result<ClientConfig, SettingsError> {
    let transport = &settings.transport;
    let is_plain = transport.kernel_encapsulation == config::Encapsulation::None;
    if transport.backend == config::Backend::Kernel && is_plain {
        return Err(SettingsError::NoUdp);
    }
    let security = security(transport.security, transport.key_file.as_deref())?;
    Ok(ClientConfig {
        cluster: settings.cluster.name.clone(),
        timeout,
        ..ClientConfig::new(on_this_host(transport.listen), security)
    })
}

/// Where something that listens there is reached from its own host.
pub(crate) fn on_this_host(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The name of the node with these settings.
pub(crate) fn node_name(settings: &NodeSettings) -> Result<NodeId, SettingsError> {
    settings.name.clone().map_or_else(host_name, Ok)
}

/// How the node protects what it says.
fn security(how: config::Security, key_file: Option<&Path>) -> Result<Security, SettingsError> {
    match how {
        config::Security::None => Ok(Security::None),
        config::Security::Noise => node_keys(key_file).map(Security::Keys),
    }
}

/// The keys of a node, from its file.
pub(crate) fn node_keys(key_file: Option<&Path>) -> Result<KeyRing, SettingsError> {
    let ring = key_file::read(key_file.ok_or(SettingsError::NoKey)?)?;
    if ring.allows(Role::Node) {
        Ok(ring)
    } else {
        Err(SettingsError::Pass)
    }
}

fn host_name() -> Result<NodeId, SettingsError> {
    let read = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let name = read.map_err(|error| SettingsError::HostName(error.to_string()))?;
    name.trim()
        .parse()
        .map_err(|error| SettingsError::HostName(format!("{error}")))
}

/// Where the others reach a node that listens there.
fn advertise(
    advertise: Option<config::Advertise>,
    listen: SocketAddr,
) -> Result<Advertise, SettingsError> {
    match advertise {
        None if listen.ip().is_unspecified() => Ok(Advertise::Automatic),
        None => Ok(Advertise::Listen),
        Some(config::Advertise::At(name)) => resolve(&name).map(Advertise::At),
        Some(config::Advertise::Within(network)) => Ok(Advertise::Within(network)),
        Some(config::Advertise::Automatic) => Ok(Advertise::Automatic),
    }
}

fn resolve(name: &HostPort) -> Result<SocketAddr, SettingsError> {
    let failed = |why: String| SettingsError::Advertise {
        name: name.to_string(),
        why,
    };
    let mut found = (name.host(), name.port())
        .to_socket_addrs()
        .map_err(|e| failed(e.to_string()))?;
    found
        .next()
        .ok_or_else(|| failed("it has no address".to_owned()))
}
