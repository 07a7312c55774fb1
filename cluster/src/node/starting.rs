//! How a node comes up, and what its thread does until it has ended.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix::prelude::*;
use raptor_core::{Incarnation, NodeRecord, Role};
use raptor_sys::{Credentials, ForkServer, Pidfd};
use tokio::sync::{oneshot, watch};
use tracing::{error, warn};

use super::{Attempts, Life, Services};
use crate::actor::{Postmaster, PostmasterConfig, Supervisor, WarmPool};
use crate::config::NodeConfig;
use crate::launcher::Launchers;
use crate::observe;
use crate::remote::Mailroom;
use crate::security::Security;
use crate::state_dir::{StateDir, StateDirError};
use crate::transport::{self, ListenError, ShapeError, Transport};
use crate::whereabouts::{NowhereError, Whereabouts};

/// Why a node did not start. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot listen.
    #[error("listen: {0}")]
    Listen(#[from] ListenError),
    /// Nothing tells where peers reach it.
    #[error(transparent)]
    Nowhere(#[from] NowhereError),
    /// Its transport cannot shape packets, and the settings have rules for them.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// It cannot fork.
    #[error(transparent)]
    Fork(#[from] raptor_sys::StartError),
    /// It cannot be shut off from the functions that it runs.
    #[error(transparent)]
    Harden(#[from] raptor_sys::HardenError),
    /// It has no directory of its own.
    #[error(transparent)]
    State(#[from] StateDirError),
    /// Its thread cannot be started.
    #[error("start the node's thread: {0}")]
    Thread(#[source] std::io::Error),
    /// Its thread ended before it was up: a bug, whose reason it has printed.
    #[error("start the node: its thread panicked")]
    Panicked,
}

/// What a fork server has not swept by then it goes on sweeping after the node.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(2);

/// What a node that has started tells its handle.
pub(super) struct Up {
    pub(super) postmaster: Addr<Postmaster>,
    /// The process of its fork server.
    guardian: u32,
    pub(super) record: NodeRecord,
    pub(super) address: watch::Receiver<SocketAddr>,
    pub(super) supervisor: Addr<Supervisor>,
    pub(super) attempts: Arc<Attempts>,
    pub(super) mailroom: Arc<Mailroom>,
    pub(super) arbiter: ArbiterHandle,
    pub(super) directory: PathBuf,
}

/// The life of a node's thread: until `stopped` resolves, because its sender is gone.
pub(super) fn run(
    config: NodeConfig,
    up: oneshot::Sender<Result<Up, StartError>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let system = System::new();
    let guardian = system.block_on(async move {
        let (life, is_over) = oneshot::channel();
        let started = tokio::select! {
            started = start(config, life) => started,
            // Nobody waits for it any more.
            _ = &mut stopped => return None,
        };
        let guardian = started.as_ref().ok().map(|up| up.guardian);
        let is_up = started.is_ok();
        // Nobody waits for it any more: then `stopped` resolves as well.
        let _ = up.send(started);
        if is_up {
            tokio::select! {
                _ = stopped => {}
                // A node whose supervisor panicked is none: it must not seem to be one.
                _ = is_over => error!("the node has ended: its supervisor broke"),
            }
        }
        guardian
    });
    System::current().stop();
    // The system's last turn drops the actors: groups are killed, the state directory goes.
    let _ = system.run();
    // The fork server goes when it has swept what there was. Then nothing of the node is left.
    if let Some(guardian) = guardian.and_then(|pid| Pidfd::open(pid.cast_signed()).ok()) {
        guardian.wait(SWEEP_TIMEOUT);
    }
}

/// Starts the actors; `life` is dropped when the supervisor is.
async fn start(config: NodeConfig, life: Life) -> Result<Up, StartError> {
    let (services, context) = assemble(config).await?;
    let up = Up {
        guardian: services.fork_server.pid(),
        record: services.record.clone(),
        address: services.address.subscribe(),
        supervisor: services.supervisor.clone(),
        postmaster: services.postmaster.clone(),
        attempts: Arc::clone(&services.attempts),
        mailroom: Arc::clone(&services.mailroom),
        arbiter: Arbiter::current(),
        directory: services.directory.path().to_owned(),
    };
    context.run(Supervisor::new(services, life));
    Ok(up)
}

/// All that a node has but its supervisor, and where that will run.
pub(crate) async fn assemble(
    config: NodeConfig,
) -> Result<(Rc<Services>, Context<Supervisor>), StartError> {
    observe::describe();
    raptor_sys::harden_process()?;
    let record = NodeRecord {
        node: config.node.clone(),
        zone: config.zone.clone(),
        incarnation: incarnation(),
    };
    let transport = listen(&config)?;
    let whereabouts = Whereabouts::new(&config, transport.local_address());
    let address = whereabouts.await_first().await?;
    observe::begun(record.incarnation);
    let directory = StateDir::make(config.state_dir.as_deref(), &record)?;
    let fork_server = ForkServer::start()?;
    let context = Context::<Supervisor>::new();
    let supervisor = context.address();
    let warm_context = Context::<WarmPool>::new();
    let security = config.security.clone();
    if security == Security::None {
        warn!("peers are not authenticated, and whoever listens reads what they say");
    }
    let identity = PostmasterConfig {
        advertise: Some(address),
        idle_timeout: config.idle_timeout,
        ..PostmasterConfig::new(config.cluster.clone(), record.clone(), Role::Node, security)
    };
    let reports = supervisor.clone().recipient();
    let postmaster = Postmaster::new(transport, identity, reports).start();
    let collector = postmaster.clone().recipient();
    let mailroom = Mailroom::new(record.node.clone(), supervisor.clone(), collector);
    let services = Services {
        record,
        address: watch::Sender::new(address),
        whereabouts,
        supervisor,
        postmaster,
        warm_pool: warm_context.address(),
        mailroom,
        fork_server,
        credentials: credentials(&config),
        attempts: Arc::new(Attempts::new()),
        directory,
        launchers: Launchers::of_this_process(&config.python, &config.nodejs),
        config,
    };
    let services = Rc::new(services);
    warm_context.run(WarmPool::new(Rc::clone(&services)));
    Ok((services, context))
}

fn listen(config: &NodeConfig) -> Result<Box<dyn Transport>, StartError> {
    let mut transport = transport::listen(
        config.backend,
        config.listen,
        &config.kernel,
        config.security.authenticates(),
    )?;
    transport.shape(&config.zone, &config.shaping)?;
    Ok(transport)
}

/// The time of the start: a life that begins later counts higher.
fn incarnation() -> Incarnation {
    let born = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = born.unwrap_or_default().as_micros();
    Incarnation(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// Whom attempts run as.
fn credentials(config: &NodeConfig) -> Option<Credentials> {
    let default = raptor_sys::default_credentials()?;
    let of_uid = |uid| Credentials { uid, gid: uid };
    Some(config.function_uid.map_or(default, of_uid))
}
