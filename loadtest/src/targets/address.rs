//! Where targets are: their URLs.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::mini::MiniPlace;
use super::openwhisk::Origin;
use crate::stub::{Stall, StallError};

/// Zones of an embedded cluster are called by letters.
const ZONES_MAX: u16 = 26;

/// What a URL may be, for those who mistype it.
const FORMS: &str = "write \"embedded:3\" (a cluster of three zones, made for the run), \
    \"raptor://HOST:PORT,HOST:PORT?key=FILE\" (a cluster that is up; addresses as numbers), \
    \"https://HOST\" or \"http://HOST:PORT\" (whoever speaks OpenWhisk's REST interface), \
    \"mini-openwhisk:3\" (a miniature OpenWhisk of three zones, made for the run) or \"stub:\" \
    (a host that does nothing)";

/// Where a target is, as its URL says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// On this machine, in so many zones.
    Embedded {
        /// How many.
        zones: u16,
    },
    /// At these nodes of a running cluster.
    Raptor {
        /// The nodes that lead, in turns.
        nodes: Vec<SocketAddr>,
        /// The file with the cluster's keys or a client's pass; none if the cluster has no key.
        key: Option<PathBuf>,
    },
    /// At a host that speaks OpenWhisk's REST interface.
    OpenWhisk(Origin),
    /// In a miniature OpenWhisk.
    Mini(MiniPlace),
    /// At a host that does nothing.
    Stub(Stall),
}

/// A text is no URL of a target. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use the target {text:?}: {why}")]
pub(crate) struct AddressError {
    text: String,
    why: String,
}

impl Address {
    /// Looks for the file that it names, if it names one, from this directory.
    pub(crate) fn seek_from(&mut self, directory: &Path) {
        if let Self::Raptor { key: Some(key), .. } = self {
            *key = directory.join(&key);
        }
    }

    /// What can be said beside it.
    pub(super) fn settings(&self) -> &'static [&'static str] {
        match self {
            Self::Embedded { .. } => &[
                "flight_slots",
                "node_slots",
                "nodes_per_zone",
                "pin",
                "delay",
            ],
            // Both are told by records.
            Self::Raptor { .. } => &[],
            Self::OpenWhisk(_) => &["auth_env", "auth_file", "kind", "insecure"],
            // Containers have no shaping, so there is no delay between them.
            Self::Mini(_) => &["pin"],
            Self::Stub(_) => &[],
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let read = match text.split_once(':') {
            Some(("embedded", zones)) => zones_of(zones).map(|zones| Self::Embedded { zones }),
            Some(("raptor", rest)) => read_raptor(rest),
            Some(("http" | "https", _)) => text.parse().map(Self::OpenWhisk).map_err(str::to_owned),
            Some(("mini-openwhisk", rest)) => rest.parse().map(Self::Mini),
            Some(("stub", rest)) => {
                let stall = rest.strip_prefix('?').unwrap_or(rest).parse();
                stall
                    .map(Self::Stub)
                    .map_err(|error: StallError| error.to_string())
            }
            Some(_) | None => Err(FORMS.to_owned()),
        };
        read.map_err(|why| AddressError {
            text: text.to_owned(),
            why,
        })
    }
}

/// So many zones.
pub(super) fn zones_of(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(zones) if (1..=ZONES_MAX).contains(&zones) => Ok(zones),
        Ok(_) | Err(_) => Err(format!(
            "it has 1 to {ZONES_MAX} zones: write \"embedded:3\", \"mini-openwhisk:3\""
        )),
    }
}

fn read_raptor(rest: &str) -> Result<Address, String> {
    let rest = rest.strip_prefix("//").ok_or(FORMS)?;
    let (nodes, query) = match rest.split_once('?') {
        Some((nodes, query)) => (nodes, Some(query)),
        None => (rest, None),
    };
    let key = match query.map(|query| query.split_once('=')) {
        None => None,
        Some(Some(("key", file))) if !file.is_empty() => Some(file.into()),
        Some(_) => return Err("after \"?\" stands \"key=FILE\" alone".to_owned()),
    };
    let nodes = nodes.split(',').map(|node| {
        let address = node.parse::<SocketAddr>();
        address.map_err(|_| format!("{node:?} is no address such as \"127.0.0.1:9899\""))
    });
    let nodes = nodes.collect::<Result<_, _>>()?;
    Ok(Address::Raptor { nodes, key })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded { zones } => write!(f, "embedded:{zones}"),
            Self::OpenWhisk(origin) => write!(f, "{origin}"),
            Self::Mini(place) => write!(f, "{place}"),
            Self::Stub(stall) if *stall == Stall::default() => write!(f, "stub:"),
            Self::Stub(stall) => write!(f, "stub:?{stall}"),
            Self::Raptor { nodes, key } => {
                let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
                write!(f, "raptor://{}", nodes.join(","))?;
                match key {
                    Some(key) => write!(f, "?key={}", key.display()),
                    None => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
