//! What a scenario says of its target.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use raptor_cluster::LOCAL_NODES_MAX;
use raptor_cluster::transport::shaping::{DELAY_MAX, Latency};
use serde::Deserialize;

use crate::scenario::text;

/// Zones of an embedded cluster are called by letters.
const ZONES_MAX: u16 = 26;

/// What a URL may be, for those who mistype it.
const FORMS: &str = "write \"embedded:3\" (a cluster of three zones, made for the run) or \
    \"raptor://HOST:PORT,HOST:PORT?key=FILE\" (a cluster that is up; addresses as numbers)";

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
}

/// The target, as a scenario has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where it is.
    #[serde(deserialize_with = "text::parsed")]
    pub(crate) url: Address,
    /// How many attempts a member runs at once.
    pub(crate) flight_slots: Option<u16>,
    /// How much weight of attempts a node runs at once.
    pub(crate) node_slots: Option<u16>,
    /// How many nodes stand in each zone.
    pub(crate) nodes_per_zone: Option<u16>,
    /// Whether each node has a processor of its own.
    pub(crate) pin: Option<bool>,
    /// How much longer packets take from zone to zone, one way.
    #[serde(default, deserialize_with = "text::duration_option")]
    pub(crate) delay: Option<Duration>,
}

/// What answers, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Terms {
    /// A cluster that is made for the run.
    Embedded(EmbeddedTerms),
    /// A cluster that is up.
    Raptor(RaptorTerms),
}

/// The terms of a cluster that is made for the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EmbeddedTerms {
    /// How many zones it has.
    pub(crate) zones: u16,
    /// How many nodes stand in each.
    pub(crate) nodes_per_zone: u16,
    /// How many attempts a member runs at once.
    pub(crate) flight_slots: u16,
    /// How much weight of attempts a node runs at once: as many as there are processors, if that is
    /// not said.
    pub(crate) node_slots: Option<u16>,
    /// Whether each node has a processor of its own.
    pub(crate) pin: bool,
    /// How much longer packets take from zone to zone, one way.
    pub(crate) delay: Latency,
}

/// Where a running cluster is, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RaptorTerms {
    /// The nodes that lead, in turns.
    pub(crate) nodes: Vec<SocketAddr>,
    /// The file with the cluster's keys or a client's pass; none if the cluster has no key.
    pub(crate) key: Option<PathBuf>,
}

/// A text is no URL of a target. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use the target {text:?}: {why}")]
pub(crate) struct AddressError {
    text: String,
    why: String,
}

/// A setting does not fit the target. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TermsError {
    /// Only clusters that the run makes have it.
    #[error("use target.{key} with {url}: a cluster that is up has its own; leave it out")]
    NotOurs {
        /// Which.
        key: &'static str,
        /// What was chosen.
        url: Address,
    },
    /// It is out of its range.
    #[error("use target.{key} = {value}: write {range}")]
    Range {
        /// Which.
        key: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        range: String,
    },
}

impl Terms {
    /// What these settings mean. Paths are relative to `directory`.
    ///
    /// # Errors
    ///
    /// If a setting is out of its range, or is one that the target does not have.
    pub(crate) fn new(settings: &Settings, directory: &Path) -> Result<Self, TermsError> {
        match &settings.url {
            Address::Embedded { zones } => embedded(*zones, settings).map(Self::Embedded),
            Address::Raptor { nodes, key } => {
                settings.are_of_any_cluster()?;
                Ok(Self::Raptor(RaptorTerms {
                    nodes: nodes.clone(),
                    key: key.as_ref().map(|key| directory.join(key)),
                }))
            }
        }
    }
}

fn embedded(zones: u16, settings: &Settings) -> Result<EmbeddedTerms, TermsError> {
    let nodes_per_zone = settings.nodes_per_zone.unwrap_or(1);
    let nodes_max = u16::try_from(LOCAL_NODES_MAX).unwrap_or(u16::MAX);
    range("nodes_per_zone", nodes_per_zone, nodes_max / zones)?;
    range("flight_slots", settings.flight_slots.unwrap_or(1), u16::MAX)?;
    range("node_slots", settings.node_slots.unwrap_or(1), u16::MAX)?;
    Ok(EmbeddedTerms {
        zones,
        nodes_per_zone,
        flight_slots: settings.flight_slots.unwrap_or(1),
        node_slots: settings.node_slots,
        pin: settings.pin.unwrap_or(false),
        delay: delay(settings.delay.unwrap_or_default())?,
    })
}

fn range(key: &'static str, value: u16, max: u16) -> Result<(), TermsError> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(TermsError::Range {
        key,
        value: value.to_string(),
        range: format!("a number from 1 to {max}"),
    })
}

fn delay(delay: Duration) -> Result<Latency, TermsError> {
    Latency::new(delay, Duration::ZERO).ok_or_else(|| TermsError::Range {
        key: "delay",
        value: humantime::format_duration(delay).to_string(),
        range: format!("a duration up to {}", humantime::format_duration(DELAY_MAX)),
    })
}

impl Settings {
    /// A target of which nothing but its URL is said.
    pub(crate) fn at(url: Address) -> Self {
        Self {
            url,
            flight_slots: None,
            node_slots: None,
            nodes_per_zone: None,
            pin: None,
            delay: None,
        }
    }

    /// Refuses what can only be said of a cluster that the run makes.
    fn are_of_any_cluster(&self) -> Result<(), TermsError> {
        let ours = [
            ("flight_slots", self.flight_slots.is_some()),
            ("node_slots", self.node_slots.is_some()),
            ("nodes_per_zone", self.nodes_per_zone.is_some()),
            ("pin", self.pin.is_some()),
            ("delay", self.delay.is_some()),
        ];
        match ours.into_iter().find(|(_, is_said)| *is_said) {
            Some((key, _)) => Err(TermsError::NotOurs {
                key,
                url: self.url.clone(),
            }),
            None => Ok(()),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let read = match text.split_once(':') {
            Some(("embedded", zones)) => read_zones(zones),
            Some(("raptor", rest)) => read_raptor(rest),
            Some(_) | None => Err(FORMS.to_owned()),
        };
        read.map_err(|why| AddressError {
            text: text.to_owned(),
            why,
        })
    }
}

fn read_zones(text: &str) -> Result<Address, String> {
    match text.parse() {
        Ok(zones) if (1..=ZONES_MAX).contains(&zones) => Ok(Address::Embedded { zones }),
        Ok(_) | Err(_) => Err(format!(
            "it has 1 to {ZONES_MAX} zones: write \"embedded:3\""
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
#[path = "terms_tests.rs"]
mod tests;
