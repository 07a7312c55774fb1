//! Where the others reach a node, as it is written.

use std::str::FromStr;

use ipnet::IpNet;

use super::HostPort;
use super::address::HostPortError;

/// Where the others reach a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advertise {
    /// There.
    At(HostPort),
    /// At its host's address in this network.
    Within(IpNet),
    /// At its host's address towards a seed.
    Automatic,
}

/// The word for it.
const AUTOMATIC: &str = "auto";

/// The text says nowhere that a node could be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvertiseError {
    /// It looks like a network, and is none.
    #[error("{0:?} is no network, such as \"10.7.0.0/16\" or \"fd00:7::/64\"")]
    Network(String),
    /// It looks like a host with a port, and is none.
    #[error("{0}; and neither \"auto\" nor a network, such as \"10.7.0.0/16\"")]
    Host(#[from] HostPortError),
}

impl FromStr for Advertise {
    type Err = AdvertiseError;

    fn from_str(text: &str) -> Result<Self, AdvertiseError> {
        if text == AUTOMATIC {
            return Ok(Self::Automatic);
        }
        if text.contains('/') {
            let network = text.parse::<IpNet>();
            let network = network.map_err(|_| AdvertiseError::Network(text.to_owned()))?;
            return Ok(Self::Within(network.trunc()));
        }
        Ok(Self::At(text.parse()?))
    }
}
