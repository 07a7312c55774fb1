//! What a container is made of.

use std::ffi::OsStr;
use std::io;
use std::net::SocketAddr;

use super::docker::DockerContainer;
use super::log::Log;
use super::process::Process;
use crate::config::{Config, Containers, Zone};
use crate::world::World;

/// What a container is made of.
pub(super) enum Vessel {
    Process(Process),
    Docker(DockerContainer),
}

/// Where a container is, and what it is told.
pub(super) struct Place<'a> {
    config: &'a Config,
    /// Where containers reach the controller.
    api_host: &'a str,
    zone: Option<&'a Zone>,
}

impl<'a> Place<'a> {
    /// In one of the zones, if there are any.
    pub(super) fn new(config: &'a Config, api_host: &'a str, zone: Option<usize>) -> Self {
        Self {
            config,
            api_host,
            zone: zone.map(|zone| &config.zones[zone]),
        }
    }

    pub(super) fn zone(&self) -> Option<&'a Zone> {
        self.zone
    }

    /// The processors that it has of its own; none if it has all.
    pub(super) fn cpus(&self) -> &'a [usize] {
        self.zone.map_or(&[], |zone| &zone.cpus)
    }

    /// What the environment of its runtime is to hold.
    pub(super) fn variables(&self) -> Vec<(&'a OsStr, &'a OsStr)> {
        let api_host = (OsStr::new("__OW_API_HOST"), OsStr::new(self.api_host));
        let zone = self.zone.map(|zone| ("RAPTOR_ZONE", &zone.name));
        let zone = zone.map(|(name, value)| (OsStr::new(name), OsStr::new(value)));
        let further = self.config.env.iter();
        let further = further.map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        [api_host].into_iter().chain(zone).chain(further).collect()
    }
}

impl Vessel {
    /// Starts one.
    pub(super) async fn start(world: &World, zone: Option<usize>) -> io::Result<Self> {
        let place = Place::new(&world.config, world.api_host(), zone);
        match &world.config.containers {
            Containers::Processes(runtime) => Process::start(runtime, &place).map(Self::Process),
            Containers::Docker(_) => {
                let engine = world.invoker.engine.as_ref();
                let engine = engine.expect("it was opened for these containers");
                let started = DockerContainer::start(engine, &place).await;
                started.map(Self::Docker).map_err(io::Error::other)
            }
        }
    }

    /// Where its runtime listens.
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Process(process) => process.address(),
            Self::Docker(container) => container.address,
        }
    }

    pub(super) fn log(&self) -> &Log {
        match self {
            Self::Process(process) => &process.log,
            Self::Docker(container) => &container.log,
        }
    }

    /// Its first process, as this machine numbers it.
    pub(super) fn pid(&self) -> u32 {
        match self {
            Self::Process(process) => process.pid,
            Self::Docker(container) => container.pid,
        }
    }

    /// What Docker calls it.
    pub(super) fn docker_name(&self) -> Option<&str> {
        match self {
            Self::Process(_) => None,
            Self::Docker(container) => Some(&container.name),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        match self {
            Self::Process(process) => process.has_ended(),
            Self::Docker(container) => container.has_ended(),
        }
    }

    /// Stops everything in it; false if that was not possible.
    pub(super) async fn freeze(&self) -> bool {
        match self {
            Self::Process(process) => process.freeze(),
            Self::Docker(container) => container.pause().await,
        }
    }

    /// Lets it go on; false if that was not possible.
    pub(super) async fn thaw(&self) -> bool {
        match self {
            Self::Process(process) => process.thaw(),
            Self::Docker(container) => container.unpause().await,
        }
    }

    /// Kills everything in it, without notice.
    pub(super) fn kill(&self) {
        match self {
            Self::Process(process) => process.kill(),
            Self::Docker(container) => container.remove(),
        }
    }

    /// Waits for the end of one that was killed.
    pub(super) async fn wait(&self) {
        match self {
            Self::Process(process) => process.wait().await,
            Self::Docker(container) => container.wait().await,
        }
    }
}
