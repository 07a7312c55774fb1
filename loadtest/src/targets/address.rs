//! Where targets are: their URLs.

use std::fmt;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use raptor::config::HostPort;

use super::mini::MiniPlace;
use super::openwhisk::Origin;
use crate::stub::{Stall, StallError};

/// Zones of an embedded cluster are called by letters.
const ZONES_MAX: u16 = 26;

/// What a URL may be, for those who mistype it.
const FORMS: &str = "write \"embedded:3\" (a cluster of three zones, made for the run), \
    \"raptor://HOST:PORT,HOST:PORT?key=FILE&members=6\" (a cluster that is up), \
    \"https://HOST\" or \"http://HOST:PORT\" (whoever speaks OpenWhisk's REST interface), \
    \"mini-openwhisk:3\" (a miniature OpenWhisk of three zones, made for the run) or \"stub:\" \
    (a host that does nothing)";

/// What may stand behind the nodes of a running cluster, for those who mistype it.
const QUERY: &str = "after \"?\" stand, separated by \"&\", \"key=FILE\" (the cluster's keys, or a \
    pass) and \"members=6\" (how many nodes are waited for), each at most once";

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
        /// The nodes that lead, in turns; names stand for all of their addresses.
        nodes: Vec<HostPort>,
        /// The file with the cluster's keys or a client's pass; none if the cluster has no key.
        key: Option<PathBuf>,
        /// How many nodes are waited for: the cluster may be coming up. None: it is up.
        members: Option<NonZeroU16>,
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
    let (mut key, mut members) = (None, None);
    for part in query.iter().flat_map(|query| query.split('&')) {
        match part.split_once('=') {
            Some(("key", file)) if !file.is_empty() && key.is_none() => key = Some(file.into()),
            Some(("members", count)) if members.is_none() => {
                let count = count.parse::<NonZeroU16>();
                members = Some(count.map_err(|_| QUERY)?);
            }
            Some(_) | None => return Err(QUERY.to_owned()),
        }
    }
    let nodes = nodes.split(',').map(str::parse::<HostPort>);
    let nodes = nodes.collect::<Result<_, _>>();
    Ok(Address::Raptor {
        nodes: nodes.map_err(|error| error.to_string())?,
        key,
        members,
    })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded { zones } => write!(f, "embedded:{zones}"),
            Self::OpenWhisk(origin) => write!(f, "{origin}"),
            Self::Mini(place) => write!(f, "{place}"),
            Self::Stub(stall) if *stall == Stall::default() => write!(f, "stub:"),
            Self::Stub(stall) => write!(f, "stub:?{stall}"),
            Self::Raptor {
                nodes,
                key,
                members,
            } => {
                let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
                write!(f, "raptor://{}", nodes.join(","))?;
                let key = key.as_ref().map(|key| format!("key={}", key.display()));
                let members = members.map(|members| format!("members={members}"));
                let query: Vec<_> = key.into_iter().chain(members).collect();
                match query.is_empty() {
                    true => Ok(()),
                    false => write!(f, "?{}", query.join("&")),
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
