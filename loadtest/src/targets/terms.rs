//! What a scenario says of its target.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use raptor::config::HostPort;
use raptor_cluster::LOCAL_NODES_MAX;
use raptor_cluster::transport::shaping::{DELAY_MAX, Latency};
use serde::Deserialize;

use super::Address;
use super::mini::MiniTerms;
use super::openwhisk::{Host, KeyPlace, Origin};
use crate::stub::Stall;
use crate::text;

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
    /// The variable of the environment that has an OpenWhisk host's key.
    pub(crate) auth_env: Option<String>,
    /// The file that has it.
    pub(crate) auth_file: Option<PathBuf>,
    /// The kind of the actions at an OpenWhisk host.
    pub(crate) kind: Option<String>,
    /// Whether an OpenWhisk host's certificate is taken as it is.
    pub(crate) insecure: Option<bool>,
}

/// What answers, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Terms {
    /// A cluster that is made for the run.
    Embedded(EmbeddedTerms),
    /// A cluster that is up.
    Raptor(RaptorTerms),
    /// A host that speaks OpenWhisk's REST interface.
    OpenWhisk(HostTerms),
    /// A miniature OpenWhisk that is made for the run.
    Mini(MiniTerms),
    /// A host that does nothing, made for the run.
    Stub(Stall),
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
    /// The nodes that lead, in turns; names stand for all of their addresses.
    pub(crate) nodes: Vec<HostPort>,
    /// The file with the cluster's keys or a client's pass; none if the cluster has no key.
    pub(crate) key: Option<PathBuf>,
    /// How many nodes are waited for, if any.
    pub(crate) members: Option<NonZeroU16>,
}

/// Where a host is that speaks OpenWhisk's REST interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostTerms {
    /// Where, and what is asked of it.
    pub(crate) host: Host,
    /// Where its key is.
    pub(crate) key: KeyPlace,
}

/// A setting does not fit the target. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TermsError {
    /// Another kind of target has it.
    #[error("use target.{key} with {url}: that is not to be chosen there; leave it out")]
    NotOurs {
        /// Which.
        key: &'static str,
        /// What was chosen.
        url: Address,
    },
    /// It is in one place, and only there.
    #[error("find the key of {url}: set either target.auth_env or target.auth_file")]
    KeyPlace {
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
        settings.fit_url()?;
        match &settings.url {
            Address::Embedded { zones } => embedded(*zones, settings).map(Self::Embedded),
            Address::OpenWhisk(origin) => {
                openwhisk(origin, settings, directory).map(Self::OpenWhisk)
            }
            Address::Mini(place) => Ok(Self::Mini(MiniTerms {
                place: *place,
                pin: settings.pin.unwrap_or(false),
            })),
            Address::Stub(stall) => Ok(Self::Stub(*stall)),
            Address::Raptor {
                nodes,
                key,
                members,
            } => Ok(Self::Raptor(RaptorTerms {
                nodes: nodes.clone(),
                key: key.as_ref().map(|key| directory.join(key)),
                members: *members,
            })),
        }
    }

    /// How much longer messages take from member to member, one way, as far as the scenario says.
    pub(crate) fn delay(&self) -> Duration {
        match self {
            Self::Embedded(terms) => terms.delay.delay(),
            Self::Raptor(_) | Self::OpenWhisk(_) | Self::Mini(_) | Self::Stub(_) => Duration::ZERO,
        }
    }

    /// Whether its functions run on this machine, and find its files.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Self::Embedded(_) | Self::Mini(_) | Self::Stub(_) => true,
            Self::Raptor(_) | Self::OpenWhisk(_) => false,
        }
    }

    /// Whether its nodes can be asked for anything else than the workflow, such as one function of
    /// it: whether [`fleet`](super::Target::fleet) will have them.
    pub(crate) fn has_fleet(&self) -> bool {
        match self {
            Self::Embedded(_) | Self::Raptor(_) => true,
            Self::OpenWhisk(_) | Self::Mini(_) | Self::Stub(_) => false,
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

fn openwhisk(
    origin: &Origin,
    settings: &Settings,
    directory: &Path,
) -> Result<HostTerms, TermsError> {
    let key = match (&settings.auth_env, &settings.auth_file) {
        (Some(name), None) => KeyPlace::Variable(name.clone()),
        (None, Some(file)) => KeyPlace::File(directory.join(file)),
        (Some(_), Some(_)) | (None, None) => {
            let url = settings.url.clone();
            return Err(TermsError::KeyPlace { url });
        }
    };
    let host = Host::new(origin.clone());
    Ok(HostTerms {
        host: Host {
            checked: !settings.insecure.unwrap_or(false),
            kind: settings.kind.clone().unwrap_or(host.kind),
            ..host
        },
        key,
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
            auth_env: None,
            auth_file: None,
            kind: None,
            insecure: None,
        }
    }

    /// Refuses what can only be said of other targets.
    fn fit_url(&self) -> Result<(), TermsError> {
        let said = [
            ("flight_slots", self.flight_slots.is_some()),
            ("node_slots", self.node_slots.is_some()),
            ("nodes_per_zone", self.nodes_per_zone.is_some()),
            ("pin", self.pin.is_some()),
            ("delay", self.delay.is_some()),
            ("auth_env", self.auth_env.is_some()),
            ("auth_file", self.auth_file.is_some()),
            ("kind", self.kind.is_some()),
            ("insecure", self.insecure.is_some()),
        ];
        let fitting = self.url.settings();
        let unfit = |(key, is_said): &(&'static str, bool)| *is_said && !fitting.contains(key);
        match said.into_iter().find(unfit) {
            Some((key, _)) => Err(TermsError::NotOurs {
                key,
                url: self.url.clone(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
