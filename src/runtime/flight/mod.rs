//! Flights of actions that run in containers of a platform.
//!
//! The platform places the containers and knows nothing of flights. Whoever is invoked leads: it has
//! the platform invoke the same action for each of its followers ([`Summons`]), and hands them the
//! flight's invitation among the parameters ([`context`]). Whoever is invoked with one follows.

mod account;
mod context;
mod controller;
mod follow;
mod followers;
mod lead;
mod members;
mod order;
mod prototype;
mod signed;

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use raptor_cluster::bundle::BundleError;
use raptor_cluster::{Bundle, Invocation, MANIFEST_FILE, Manifest, NodeConfig};
use serde_json::Value;

use super::Settings;
use super::action::Activation;
use context::{Context, PARAMETER};
pub(crate) use followers::{Call, OpenWhisk, Summoning, Summons};
pub(crate) use members::address_towards;
use members::{Members, MembersError};
pub(crate) use order::Order;

/// The flights of one action in one container.
pub(crate) struct Flights {
    bundle: Bundle,
    manifest: Manifest,
    members: Members,
    summons: Rc<dyn Summons>,
    env: Vec<(String, String)>,
    accepts_prototype: bool,
}

/// An action with a manifest cannot be flown. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum FlightsError {
    /// There is no manifest, or it cannot be read.
    #[error("read {MANIFEST_FILE}: {0}")]
    Manifest(#[from] std::io::Error),
    /// What the manifest says is refused.
    #[error("read the action: {MANIFEST_FILE}: {0}")]
    Refused(#[from] raptor_core::manifest::ManifestProblems),
    /// What lies beside it is refused.
    #[error("read the action: {0}")]
    Action(#[from] BundleError),
    /// Its flights would be too large.
    #[error(
        "fly the action: its flights have {size} members; {size_max} are the most: lower \
         __OW_NUM_CONCURRENCY in {MANIFEST_FILE}"
    )]
    Size { size: u16, size_max: u16 },
    /// There is no node to fly on.
    #[error(transparent)]
    Members(#[from] MembersError),
}

/// What is to be flown, and how this container takes part. Blocks.
fn look(
    directory: &Path,
    settings: &Settings,
    towards: &str,
) -> Result<(Manifest, Bundle, NodeConfig), FlightsError> {
    let manifest = Manifest::parse(&fs::read_to_string(directory.join(MANIFEST_FILE))?)?;
    let bundle = Bundle::in_place(directory, manifest.clone())?;
    let config = members::config(settings, towards);
    let (size, size_max) = (manifest.flight_size(), config.flight.size_max);
    if size > size_max {
        return Err(FlightsError::Size { size, size_max });
    }
    Ok((manifest, bundle, config))
}

impl Flights {
    /// Those of the action that lies in a directory: its node is up, and its processes wait.
    pub(crate) async fn start(
        directory: PathBuf,
        env: Vec<(String, String)>,
        settings: &Arc<Settings>,
        summons: Rc<dyn Summons>,
    ) -> Result<Self, FlightsError> {
        let (own, towards) = (Arc::clone(settings), summons.towards());
        // Reading all files, and finding a name's address, may take a while.
        let looked = tokio::task::spawn_blocking(move || look(&directory, &own, &towards));
        let (manifest, bundle, config) = looked.await.map_err(std::io::Error::from)??;
        let members = Members::start(config).await?;
        members.warm(&bundle, &env).await;
        Ok(Self {
            bundle,
            manifest,
            members,
            summons,
            env,
            accepts_prototype: settings.variables.accepts_prototype,
        })
    }

    /// Runs one activation, as the leader of a flight or as a follower, and gives the text of JSON.
    pub(crate) async fn run(&self, activation: &Activation<'_>) -> Bytes {
        let order = Order::of(activation);
        if let Some(context) = self.context(&order) {
            return self.follow(order, context).await;
        }
        if self.accepts_prototype
            && let Some((params, uuid)) = prototype::unwrap(&order.params)
        {
            let result = self.lead(Order { params, ..order }).await;
            return prototype::wrap(&result, &uuid);
        }
        self.lead(order).await
    }

    /// What a leader wrote, if one did.
    fn context(&self, order: &Order) -> Option<Context> {
        let params: Value = serde_json::from_slice(&order.params).ok()?;
        let text = params.get(PARAMETER)?.as_str()?;
        let key = self.summons.key(order)?;
        match Context::open(&key, text) {
            Ok(context) => Some(context),
            Err(why) => {
                tracing::debug!(%why, "the parameter {PARAMETER} is a user's");
                None
            }
        }
    }

    fn invocation(&self, order: Order) -> Invocation {
        Invocation {
            timeout: order.timeout(),
            params: order.params,
            context: order.context,
            env: self.env.clone(),
            ..Invocation::new(self.bundle.clone())
        }
    }
}
