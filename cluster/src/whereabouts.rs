//! Where the others reach a node: the address of its host that it tells them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::config::{Advertise, NodeConfig};

/// How long a node that starts waits for its host to have an address: containers are started before
/// all their networks are, and before the names of their peers are known.
const FIRST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often it looks meanwhile.
const FIRST_INTERVAL: Duration = Duration::from_millis(250);

/// Where the others reach this node cannot be told: failed to ... Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NowhereError {
    /// The host has no address where the settings want one.
    #[error("find the address at which others reach this node: this host has none in {0}")]
    Network(IpNet),
    /// None of the seeds has an address that packets could leave for.
    #[error(
        "find the address at which others reach this node, which is the one towards a seed: {0} \
         (set transport.advertise to an address or a network)"
    )]
    Seeds(String),
    /// The host does not tell its addresses.
    #[error("read the addresses of this host: {0}")]
    Host(#[from] io::Error),
}

/// How a node finds where the others reach it.
#[derive(Clone, Debug)]
pub(crate) struct Whereabouts {
    advertise: Advertise,
    seeds: Vec<String>,
    /// Where its transport listens.
    listen: SocketAddr,
}

impl Whereabouts {
    pub(crate) fn new(config: &NodeConfig, listen: SocketAddr) -> Self {
        Self {
            advertise: config.advertise,
            seeds: config.seeds.clone(),
            listen,
        }
    }

    /// Whether it may be somewhere else later.
    pub(crate) const fn may_change(&self) -> bool {
        match self.advertise {
            Advertise::Listen | Advertise::At(_) => false,
            Advertise::Within(_) | Advertise::Automatic => true,
        }
    }

    /// Where the others reach the node, as soon as that can be told.
    pub(crate) async fn await_first(&self) -> Result<SocketAddr, NowhereError> {
        let until = Instant::now() + FIRST_TIMEOUT;
        let mut is_told = false;
        loop {
            match self.find(None).await {
                Ok(address) => return Ok(address),
                Err(error) if Instant::now() >= until => return Err(error),
                Err(error) if !std::mem::replace(&mut is_told, true) => {
                    warn!(
                        "failed to {error}; trying again for {} s",
                        FIRST_TIMEOUT.as_secs()
                    );
                }
                Err(_) => {}
            }
            tokio::time::sleep(FIRST_INTERVAL).await;
        }
    }

    /// Where the others reach the node now; where they did before, if they still do.
    pub(crate) async fn find(
        &self,
        before: Option<SocketAddr>,
    ) -> Result<SocketAddr, NowhereError> {
        let ip = match self.advertise {
            Advertise::Listen => return Ok(self.listen),
            Advertise::At(address) => return Ok(address),
            Advertise::Within(network) => within(network, before.map(|address| address.ip()))?,
            Advertise::Automatic => self.towards_seeds().await?,
        };
        Ok(SocketAddr::new(ip, self.listen.port()))
    }

    /// This host's address towards the first seed that it can be reached from.
    async fn towards_seeds(&self) -> Result<IpAddr, NowhereError> {
        let mut problems = Vec::new();
        for seed in &self.seeds {
            match tokio::net::lookup_host(seed).await {
                Ok(found) => match self.towards(found) {
                    Ok(ip) => return Ok(ip),
                    Err(why) => problems.push(format!("{seed}: {why}")),
                },
                Err(error) => problems.push(format!("{seed}: {error}")),
            }
        }
        if problems.is_empty() {
            problems.push("there are no seeds".to_owned());
        }
        Err(NowhereError::Seeds(problems.join("; ")))
    }

    /// This host's address towards one of these, of the kind of address that is listened on.
    fn towards(&self, addresses: impl Iterator<Item = SocketAddr>) -> Result<IpAddr, String> {
        let mut why = "it has no address of the kind that this node listens on".to_owned();
        for address in addresses.filter(|address| address.is_ipv4() == self.listen.is_ipv4()) {
            match raptor_sys::source_towards(address) {
                Ok(ip) => {
                    debug!(%ip, towards = %address, "this host's address towards a seed");
                    return Ok(ip);
                }
                Err(error) => why = format!("{address}: {error}"),
            }
        }
        Err(why)
    }
}

/// An address of this host in a network; the one that it had before, if it still has it.
fn within(network: IpNet, before: Option<IpAddr>) -> Result<IpAddr, NowhereError> {
    let addresses = raptor_sys::host_addresses()?;
    let mut inside = addresses.into_iter().filter(|ip| network.contains(ip));
    let first = inside.next();
    let found = first
        .into_iter()
        .chain(inside)
        .find(|&ip| Some(ip) == before)
        .or(first);
    found.ok_or(NowhereError::Network(network))
}
