//! A client: invokes actions on a cluster over SCTP, without being a node of it.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::{FlightId, NodeRecord, Role};
use tokio::sync::{mpsc, oneshot};

use crate::activation::Activation;
use crate::actor::{Abandon, Caller, Request};
use crate::invocation::Invocation;
use crate::security::Security;
use crate::transport::ListenError;
use raptor_core::ClusterName;

/// Where clients say that they are.
pub(crate) const CLIENT_ZONE: &str = "client";

/// Where administrators say that they are, so that clients can be cut off without them.
pub(crate) const ADMIN_ZONE: &str = "admin";

/// How a client reaches its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// The node.
    pub node: SocketAddr,
    /// The cluster that the node must belong to.
    pub cluster: ClusterName,
    /// How long to try.
    pub timeout: Duration,
    /// The keys: a client's, or those of the cluster, from which a client's are made.
    pub security: Security,
}

impl ClientConfig {
    /// The defaults, for the node at that address.
    pub fn new(node: SocketAddr, security: Security) -> Self {
        Self {
            node,
            security,
            cluster: ClusterName::default(),
            timeout: Duration::from_secs(5),
        }
    }
}

/// A client of one node. Dropping it cancels its activations.
#[derive(Debug)]
pub struct Client {
    node: NodeRecord,
    caller: Addr<Caller>,
    thread: Option<thread::JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
}

/// Why a client has no node.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It cannot open its own end.
    #[error("listen: {0}")]
    Listen(#[from] ListenError),
    /// The node does not answer.
    #[error("reach a node at {node} within {timeout:?}: {why}")]
    Unreachable {
        /// Where it was looked for.
        node: SocketAddr,
        /// How long.
        timeout: Duration,
        /// What is known of the failure.
        why: String,
    },
    /// The client's thread cannot be started.
    #[error("start the client's thread: {0}")]
    Thread(#[source] std::io::Error),
    /// The client's thread ended before it was up: a bug, whose reason it has printed.
    #[error("start the client: its thread panicked")]
    Panicked,
}

impl Client {
    /// Connects to a node.
    ///
    /// # Errors
    ///
    /// If the node does not answer in time, or refuses.
    pub async fn connect(config: ClientConfig) -> Result<Self, ConnectError> {
        Self::connect_as(Role::Client, config).await
    }

    pub(crate) async fn connect_as(role: Role, config: ClientConfig) -> Result<Self, ConnectError> {
        let (up, is_up) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("client".to_owned());
        let thread = thread
            .spawn(move || run(role, &config, up, stopped))
            .map_err(ConnectError::Thread)?;
        let (node, caller) = is_up.await.map_err(|_| ConnectError::Panicked)??;
        Ok(Self {
            node,
            caller,
            thread: Some(thread),
            stop: Some(stop),
        })
    }

    /// Who the node is.
    pub fn node(&self) -> &NodeRecord {
        &self.node
    }

    pub(crate) fn caller(&self) -> &Addr<Caller> {
        &self.caller
    }

    /// Runs an action, led by the node.
    pub fn invoke(&self, invocation: Invocation) -> Activation {
        let id = FlightId(uuid::Uuid::new_v4().as_u128());
        let (events, heard) = mpsc::unbounded_channel();
        self.caller.do_send(Request {
            id,
            invocation,
            events,
        });
        let caller = self.caller.clone();
        Activation::new(id, heard, move || caller.do_send(Abandon(id)))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // What went wrong there has been printed by it.
            let _ = thread.join();
        }
    }
}

/// The life of a client's thread: until `stopped` resolves, because its sender is gone.
fn run(
    role: Role,
    config: &ClientConfig,
    up: oneshot::Sender<Result<(NodeRecord, Addr<Caller>), ConnectError>>,
    stopped: oneshot::Receiver<()>,
) {
    System::new().block_on(async move {
        let connected = connect(role, config).await;
        let caller = connected.as_ref().ok().map(|(_, caller)| caller.clone());
        // Nobody waits for it any more: then `stopped` resolves as well.
        let _ = up.send(connected);
        if let Some(caller) = caller {
            let _ = stopped.await;
            let _ = caller.send(crate::actor::Leave).await;
        }
    });
}

async fn connect(
    role: Role,
    config: &ClientConfig,
) -> Result<(NodeRecord, Addr<Caller>), ConnectError> {
    let (found, is_found) = oneshot::channel();
    let caller = Caller::launch(config, role, found)?;
    let unreachable = |why: &str| ConnectError::Unreachable {
        node: config.node,
        timeout: config.timeout,
        why: why.to_owned(),
    };
    match tokio::time::timeout(config.timeout, is_found).await {
        Ok(Ok(Ok(node))) => Ok((node, caller)),
        Ok(Ok(Err(why))) => Err(unreachable(&why)),
        Ok(Err(_)) => Err(ConnectError::Panicked),
        Err(_) => Err(unreachable(
            "nothing answers there, or the node does not hold our key",
        )),
    }
}
