//! The miniature OpenWhisk, started for the run: the paper's testbed, whose invokers stood in three
//! zones.

use std::time::Duration;

use mini_openwhisk::{Config, MiniOpenWhisk, PrewarmError, StartError, Zone};
use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

use super::openwhisk::{Host, OpenWhisk, OpenWhiskError};
use super::{Call, Reply};
use crate::container;
use crate::run::TargetView;
use crate::scenario::Workflow;

/// How long containers are idle before they are frozen: OpenWhisk's own `pause-grace`.
const PAUSE_GRACE: Duration = Duration::from_secs(10);

/// What the miniature OpenWhisk does not look at: its containers have one runtime.
const KIND: &str = "python:default";

/// The terms of a miniature OpenWhisk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MiniTerms {
    /// How many zones it has, each with an invoker.
    pub(crate) zones: u16,
    /// How much longer a cold start takes than its process.
    pub(crate) cold_start: Duration,
    /// For how many workflows at once containers are up before the first comes.
    pub(crate) prewarm: u16,
    /// Whether the containers of a zone share one processor.
    pub(crate) pin: bool,
}

/// A miniature OpenWhisk, and the workflow's actions in it.
#[derive(Debug)]
pub(crate) struct Mini {
    openwhisk: OpenWhisk,
    terms: MiniTerms,
    /// It ends with this.
    whisk: MiniOpenWhisk,
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

impl Mini {
    /// Starts it with the workflow's actions, and with the containers that are to be warm.
    ///
    /// # Errors
    ///
    /// If it, or a container, does not start.
    pub(crate) async fn start(terms: MiniTerms, workflow: &Workflow) -> Result<Self, MiniError> {
        let whisk = MiniOpenWhisk::start(config(terms)?)?;
        let host = Host {
            origin: whisk.url().to_owned(),
            checked: true,
            kind: KIND.to_owned(),
        };
        let key = whisk.key().parse().expect("it makes keys of that form");
        let openwhisk = OpenWhisk::start(&host, key, workflow).await?;
        // One container in each zone at least, so that every zone can have any activation.
        for (action, at_once) in openwhisk.deployment().actions() {
            let count = terms.prewarm * at_once.max(terms.zones);
            whisk.prewarm(action, usize::from(count)).await?;
        }
        Ok(Self {
            openwhisk,
            terms,
            whisk,
        })
    }

    /// Runs the workflow once.
    pub(crate) async fn call(&self, call: Call) -> Reply {
        self.openwhisk.call(call).await
    }

    /// What is known of it.
    pub(crate) fn view(&self) -> TargetView {
        TargetView {
            nodes: Some(self.whisk.containers().len()),
            // A container flies with the runtime's settings.
            flight_slots: Some(1),
            ..self.openwhisk.view()
        }
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        self.openwhisk.stop().await;
    }

    /// The terms on which it runs.
    pub(crate) fn terms(&self) -> MiniTerms {
        self.terms
    }
}

fn config(terms: MiniTerms) -> Result<Config, std::io::Error> {
    let runtime = vec![std::env::current_exe()?.into(), container::WORD.into()];
    let processors = match terms.pin {
        true => processors()?,
        false => Vec::new(),
    };
    let zone = |at: u16| Zone {
        name: super::zone_name(at),
        // Fewer processors than zones are shared by zones.
        cpus: processors
            .iter()
            .cycle()
            .skip(usize::from(at))
            .take(processors.len().min(1))
            .copied()
            .collect(),
    };
    Ok(Config {
        zones: (0..terms.zones).map(zone).collect(),
        cold_start: terms.cold_start,
        pause_grace: PAUSE_GRACE,
        ..Config::new(runtime)
    })
}

/// The processors that this program may use.
fn processors() -> std::io::Result<Vec<usize>> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let all = 0..CpuSet::count();
    Ok(all.filter(|at| allowed.is_set(*at) == Ok(true)).collect())
}
