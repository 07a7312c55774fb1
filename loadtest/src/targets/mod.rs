//! What answers: started or reached by the URL of a scenario.
//!
//! | URL | what it is |
//! | --- | --- |
//! | `embedded:3` | a cluster of three zones on this machine, made for the run |
//! | `raptor://HOST:PORT,HOST:PORT?key=FILE&members=6` | a cluster that is up |
//! | `https://HOST`, `http://HOST:PORT` | whoever speaks OpenWhisk's REST interface |
//! | `mini-openwhisk:3?cold_start=1s&prewarm=0` | a miniature OpenWhisk of three zones, made for the run |
//! | `stub:` | a host that does nothing: what the harness itself costs |
//!
//! The driver sees [`Target`] alone: it asks for workflows, and hears how each ended.

mod address;
mod embedded;
mod fleet;
mod leaders;
mod mini;
mod openwhisk;
mod pin;
mod raptor;
mod search;
mod stub;
mod terms;

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use ::raptor::config::HostPort;
use raptor_cluster::NodeId;

use crate::policy::Policy;
use crate::run::TargetView;
use crate::sample::{Attempt, Ending};
use crate::workflow::Workflow;

pub(crate) use address::Address;
use embedded::Embedded;
pub(crate) use fleet::{Fleet, Flown};
use mini::Mini;
use openwhisk::OpenWhisk;
use raptor::MEMBERS_WAIT;
pub(crate) use stub::Stubbed;
pub(crate) use terms::{Settings, Terms, TermsError};

/// What answers, ready to be asked for the workflow of a scenario.
#[derive(Debug)]
pub(crate) enum Target {
    /// A cluster that was made for the run.
    Embedded(Embedded),
    /// A cluster that is up.
    Raptor(Fleet),
    /// A host that speaks OpenWhisk's REST interface.
    OpenWhisk(OpenWhisk),
    /// A miniature OpenWhisk that was made for the run.
    Mini(Mini),
    /// A host that does nothing.
    Stub(Stubbed),
}

/// One workflow that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Who runs what.
    pub(crate) policy: Policy,
    /// The how many-th of its policy it is, from zero: targets with several places to ask take
    /// them in turns by it, so that every policy is led equally often by each.
    pub(crate) number: usize,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

/// How a workflow ended.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// How it ended.
    pub(crate) ending: Ending,
    /// When that was heard. What is left over of the workflow may have ended later, and the reply
    /// comes only then.
    pub(crate) done: Instant,
    /// Which of the target's zones led it, where that is known.
    pub(crate) zone: Option<usize>,
    /// What its members did; empty where the target does not tell.
    pub(crate) attempts: Vec<Attempt>,
}

/// Why a target is not ready. Fits after "failed to"; what was started of it has been ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    /// The cluster of the run does not start.
    #[error("start the embedded cluster: failed to {0}")]
    Cluster(#[from] raptor_cluster::LocalClusterError),
    /// A node is not reached.
    #[error(transparent)]
    Connect(#[from] raptor_cluster::ConnectError),
    /// A name of nodes leads nowhere.
    #[error("find the nodes of the target at {name}: {why}")]
    Name {
        /// Which.
        name: HostPort,
        /// What the system said.
        why: String,
    },
    /// Too few nodes came up.
    #[error(
        "wait for {members} nodes: {found} answered within {MEMBERS_WAIT:?}, and {why}: start \
         more, or ask for fewer by members= in the target"
    )]
    Members {
        /// How many were waited for.
        members: NonZeroU16,
        /// How many came.
        found: usize,
        /// Why no more were found.
        why: String,
    },
    /// The nodes do not know of each other.
    #[error(
        "wait for the cluster to form: after {MEMBERS_WAIT:?}, node {node} still got {why}: see in \
         the nodes' logs whom they reach"
    )]
    Company {
        /// Which node led.
        node: NodeId,
        /// What it got.
        why: String,
    },
    /// The keys of a running cluster cannot be used.
    #[error("read the keys of the target: {0}")]
    Keys(#[from] raptor_cluster::security::KeyRingError),
    /// The key of an OpenWhisk host cannot be used.
    #[error(transparent)]
    Key(#[from] openwhisk::KeyError),
    /// An OpenWhisk host is not ready.
    #[error(transparent)]
    OpenWhisk(#[from] openwhisk::OpenWhiskError),
    /// The miniature OpenWhisk does not start.
    #[error(transparent)]
    Mini(#[from] mini::MiniError),
    /// The stub does not start.
    #[error(transparent)]
    Stub(#[from] stub::StubbedError),
    /// A node cannot be kept to its processor.
    #[error(
        "keep node {node} to processor {processor}: {why}: leave target.pin out to run without"
    )]
    Pin {
        /// Which, from zero.
        node: usize,
        /// Which.
        processor: usize,
        /// What the system said.
        why: std::io::Error,
    },
}

impl Target {
    /// Starts or reaches it, and makes it know the workflow.
    ///
    /// # Errors
    ///
    /// If it does not start, or does not answer.
    pub(crate) async fn start(terms: &Terms, workflow: &Workflow) -> Result<Self, TargetError> {
        match terms {
            Terms::Embedded(terms) => {
                let embedded = Embedded::start(terms, workflow).await?;
                Ok(Self::Embedded(embedded))
            }
            Terms::Raptor(terms) => Ok(Self::Raptor(raptor::connect(terms, workflow).await?)),
            Terms::OpenWhisk(terms) => {
                let host = OpenWhisk::start(&terms.host, terms.key.read()?, workflow);
                Ok(Self::OpenWhisk(host.await?))
            }
            Terms::Mini(terms) => Ok(Self::Mini(Mini::start(*terms, workflow).await?)),
            Terms::Stub(stall) => Ok(Self::Stub(Stubbed::start(*stall, workflow).await?)),
        }
    }

    /// Asks for the workflow once, and waits until nothing of it is left.
    pub(crate) async fn call(&self, call: Call) -> Reply {
        match self {
            Self::Embedded(embedded) => embedded.fleet.call(call).await,
            Self::Raptor(fleet) => fleet.call(call).await,
            Self::OpenWhisk(host) => host.call(call).await,
            Self::Mini(mini) => mini.call(call).await,
            Self::Stub(stub) => stub.call(call).await,
        }
    }

    /// The nodes that can be asked for anything else than the workflow; none where the target takes
    /// nothing but its deployed action.
    pub(crate) fn fleet(&self) -> Option<&Fleet> {
        match self {
            Self::Embedded(embedded) => Some(&embedded.fleet),
            Self::Raptor(fleet) => Some(fleet),
            Self::OpenWhisk(_) | Self::Mini(_) | Self::Stub(_) => None,
        }
    }

    /// What whoever reads the figures must know of it; times are since `epoch`.
    pub(crate) fn notes(&self, epoch: Instant) -> Vec<String> {
        match self {
            Self::Raptor(fleet) => fleet.notes(epoch),
            Self::Embedded(_) | Self::OpenWhisk(_) | Self::Mini(_) | Self::Stub(_) => Vec::new(),
        }
    }

    /// What is known of it. Zones may become known by and by.
    pub(crate) fn view(&self) -> TargetView {
        match self {
            Self::Embedded(embedded) => embedded.fleet.view(),
            // It may have more nodes than those that lead.
            Self::Raptor(fleet) => TargetView {
                nodes: None,
                ..fleet.view()
            },
            Self::OpenWhisk(host) => host.view(),
            Self::Mini(mini) => mini.view(),
            Self::Stub(stub) => stub.view(),
        }
    }

    /// Ends what was started for the run, and leaves what was not.
    pub(crate) async fn stop(self) {
        match self {
            Self::Embedded(embedded) => embedded.stop().await,
            Self::Raptor(fleet) => drop(fleet),
            Self::OpenWhisk(host) => host.stop().await,
            Self::Mini(mini) => mini.stop().await,
            Self::Stub(stub) => stub.stop().await,
        }
    }
}
