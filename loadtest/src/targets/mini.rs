//! The miniature OpenWhisk, started for the run: the paper's testbed, whose invokers stood in three
//! zones.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use mini_openwhisk::{Config, MiniOpenWhisk, PrewarmError, StartError, Zone};

use super::address::zones_of;
use super::openwhisk::{Host, OpenWhisk, OpenWhiskError};
use super::{Call, Reply, embedded, pin};
use crate::container;
use crate::run::TargetView;
use crate::workflow::Workflow;

/// How long containers are idle before they are frozen: OpenWhisk's own `pause-grace`.
const PAUSE_GRACE: Duration = Duration::from_secs(10);

/// For how many workflows at once containers can be up before the first comes: every container is
/// some processes of this machine.
const PREWARM_MAX: u16 = 16;

/// A miniature OpenWhisk, as its URL says it: `mini-openwhisk:3?cold_start=500ms&prewarm=2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MiniPlace {
    /// How many zones it has, each with an invoker.
    zones: u16,
    /// How much longer a cold start takes than its process.
    cold_start: Duration,
    /// For how many workflows at once containers are up before the first comes.
    prewarm: u16,
}

/// The terms of a miniature OpenWhisk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MiniTerms {
    /// What its URL says.
    pub(crate) place: MiniPlace,
    /// Whether the containers of a zone share one processor.
    pub(crate) pin: bool,
}

/// A miniature OpenWhisk, and the workflow's actions in it.
#[derive(Debug)]
pub(crate) struct Mini {
    openwhisk: OpenWhisk,
    /// It ends with this.
    _whisk: MiniOpenWhisk,
}

/// It does not start. Fits after "failed to"; what was started of it has been ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MiniError {
    /// Its controller does not.
    #[error("start the miniature OpenWhisk: failed to {0}")]
    Start(#[from] StartError),
    /// This program is not found, or its processors are not.
    #[error("start the miniature OpenWhisk: {0}")]
    System(#[from] std::io::Error),
    /// The workflow does not become actions there.
    #[error(transparent)]
    Deploy(#[from] OpenWhiskError),
    /// A container does not come up.
    #[error(transparent)]
    Prewarm(#[from] PrewarmError),
}

impl MiniPlace {
    /// How many containers of an action are up before the first workflow comes, of which each makes
    /// so many activations at once.
    fn warm(self, at_once: u16) -> u16 {
        match self.prewarm {
            0 => 0,
            // One in each zone at least, so that every zone can have any activation.
            workflows => (workflows * at_once).max(self.zones),
        }
    }
}

impl FromStr for MiniPlace {
    type Err = String;

    /// Reads what stands after `mini-openwhisk:`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (zones, query) = text.split_once('?').unwrap_or((text, ""));
        let mut place = Self {
            zones: zones_of(zones)?,
            cold_start: Duration::ZERO,
            prewarm: 1,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("cold_start", value)) => {
                    let lasts = humantime::parse_duration(value);
                    let why = |_| format!("{value:?} is no duration such as \"500ms\"");
                    place.cold_start = lasts.map_err(why)?;
                }
                Some(("prewarm", value)) => {
                    let count = value.parse().ok().filter(|count| *count <= PREWARM_MAX);
                    let why = || format!("prewarm is a number from 0 to {PREWARM_MAX}");
                    place.prewarm = count.ok_or_else(why)?;
                }
                _ => return Err("after \"?\" stand cold_start=500ms and prewarm=1".to_owned()),
            }
        }
        Ok(place)
    }
}

impl fmt::Display for MiniPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            zones,
            cold_start,
            prewarm,
        } = self;
        write!(f, "mini-openwhisk:{zones}?prewarm={prewarm}")?;
        if cold_start.is_zero() {
            return Ok(());
        }
        let cold_start = humantime::format_duration(*cold_start).to_string();
        // Durations of several units are written with spaces between, which URLs have none of.
        write!(f, "&cold_start={}", cold_start.replace(' ', ""))
    }
}

impl Mini {
    /// Starts it with the workflow's actions, and with the containers that are to be warm.
    ///
    /// # Errors
    ///
    /// If it, or a container, does not start.
    pub(crate) async fn start(terms: MiniTerms, workflow: &Workflow) -> Result<Self, MiniError> {
        let whisk = MiniOpenWhisk::start(config(terms)?)?;
        let host = Host::new(whisk.url().parse().expect("it says where it is"));
        let key = whisk.key().parse().expect("it makes keys of that form");
        let mut openwhisk = OpenWhisk::start(&host, key, workflow).await?;
        openwhisk.expect_zones(zones(terms.place).collect());
        for (action, at_once) in openwhisk.deployment().actions() {
            let count = terms.place.warm(at_once);
            whisk.prewarm(action, usize::from(count)).await?;
        }
        Ok(Self {
            openwhisk,
            _whisk: whisk,
        })
    }

    /// Runs the workflow once.
    pub(super) async fn call(&self, call: Call) -> Reply {
        self.openwhisk.call(call).await
    }

    /// What is known of it.
    pub(crate) fn view(&self) -> TargetView {
        TargetView {
            // A container flies with the runtime's settings.
            flight_slots: Some(1),
            ..self.openwhisk.view()
        }
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        self.openwhisk.stop().await;
    }
}

/// The zones' names.
fn zones(place: MiniPlace) -> impl Iterator<Item = String> {
    (0..place.zones).map(|at| embedded::zone(at).to_string())
}

fn config(terms: MiniTerms) -> Result<Config, std::io::Error> {
    let runtime = vec![std::env::current_exe()?.into(), container::WORD.into()];
    let processors = pin::processors();
    let zone = |(at, name)| Zone {
        name,
        cpus: match terms.pin {
            // Where there are fewer processors than zones, zones share them.
            true => vec![processors[at % processors.len()]],
            false => Vec::new(),
        },
    };
    Ok(Config {
        zones: zones(terms.place).enumerate().map(zone).collect(),
        cold_start: terms.place.cold_start,
        pause_grace: PAUSE_GRACE,
        ..Config::new(runtime)
    })
}

#[cfg(test)]
#[path = "mini_tests.rs"]
mod tests;
