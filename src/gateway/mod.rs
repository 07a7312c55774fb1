//! OpenWhisk's REST interface, spoken by a node: `wsk` and OpenWhisk's other clients use a cluster
//! by it, through any of its nodes.
//!
//! | room | what is in it |
//! | --- | --- |
//! | `http` | paths, authentication, bodies, errors |
//! | `entity` | actions and packages, as clients send them |
//! | `store` | what all nodes keep of them, and their code |
//! | `invoke` | from an action to its result: flights, sequences, compositions |
//! | `activation` | the records of what was invoked |
//! | `replica` | the actor that answers the other nodes |
//!
//! Texts and statuses are OpenWhisk's (`core/controller` of apache/openwhisk), since clients match
//! them.

mod activation;
mod clock;
mod entity;
mod http;
mod identity;
mod invoke;
mod meter;
mod peers;
mod platform;
mod replica;
mod runtimes;
mod store;
mod throttle;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use actix_web::dev::ServerHandle;
use actix_web::web;
use raptor_cluster::Node;
use raptor_cluster::observe::Metric;
use raptor_cluster::remote::JoinError;
use raptor_core::NodeId;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::GatewaySettings;
pub use identity::NamespacesError;

use activation::Book;
use activation::message::{RecordAsked, RecordCopied, RowsAsked};
use identity::Keyring;
use invoke::{Bundles, Invoker};
use peers::{ACTOR, Peers};
use platform::Platform;
use replica::Replica;
use runtimes::Runtimes;
use store::Store;
use store::code::CodeShelf;
use store::message::{CodeAsked, InventoryAsked, LettersAsked, Written};

/// How long the gateway waits at its end for activations whose limits are longer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(310);

/// OpenWhisk's REST interface of one node, while it is served.
pub struct Gateway {
    address: SocketAddr,
    platform: web::Data<Platform>,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    syncing: JoinHandle<()>,
    underway: watch::Receiver<usize>,
}

/// Why the interface is not served. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// There is nowhere to keep code.
    #[error("{0}")]
    Code(String),
    /// It cannot listen.
    #[error("listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Nobody could use it.
    #[error(transparent)]
    Namespaces(#[from] NamespacesError),
    /// Its actor is not known to the other nodes.
    #[error(transparent)]
    Join(#[from] JoinError),
}

/// Every metric of the interface.
pub fn metrics() -> impl Iterator<Item = Metric> {
    meter::GATEWAY_METRICS.iter().copied()
}

impl Gateway {
    /// Serves the interface at `address` for a node, on the current runtime, which must go on until
    /// the gateway is stopped. The interpreters are asked for their versions.
    ///
    /// # Errors
    ///
    /// If it cannot listen, or keep code, or if the file with namespaces is of no use.
    pub async fn start(
        settings: &GatewaySettings,
        address: SocketAddr,
        interpreters: (&Path, &Path),
        node: &Arc<Node>,
    ) -> Result<Self, GatewayError> {
        meter::describe();
        let keyring = Keyring::of(settings)?;
        let (python, nodejs) = interpreters;
        let peers = Peers::new(node);
        let own = peers.own().clone();
        let directory = node.directory().join("gateway");
        let shelf = CodeShelf::make(directory.join("code"), settings.code_bytes_max.get());
        let shelf = shelf.map_err(|error| GatewayError::Code(error.to_string()))?;
        let store = Arc::new(Store::new(shelf, peers.clone()));
        let book = Arc::new(Book::new(
            settings.activations_max.get() as usize,
            usize::try_from(settings.activations_bytes_max.get()).unwrap_or(usize::MAX),
            peers,
        ));
        join(node, &store, &book).await?;
        let underway = watch::Sender::new(0);
        meter::on_underway(0);
        let heard = underway.subscribe();
        let invoker = Invoker {
            store: Arc::clone(&store),
            book,
            node: Arc::downgrade(node),
            runtimes: Runtimes::installed(python, nodejs, &settings.blackbox),
            bundles: Bundles::new(directory),
            api_host: settings.api_host.clone().unwrap_or_default(),
            actions_max: settings.sequence_actions_max.get() as usize,
            runtime: tokio::runtime::Handle::current(),
            underway,
        };
        Self::serve(settings, address, (own, keyring, invoker), heard)
    }

    fn serve(
        settings: &GatewaySettings,
        address: SocketAddr,
        (node, keyring, mut invoker): (NodeId, Keyring, Invoker),
        underway: watch::Receiver<usize>,
    ) -> Result<Self, GatewayError> {
        if invoker.api_host.is_empty() {
            invoker.api_host = format!("http://{address}");
        }
        let store = Arc::clone(&invoker.store);
        let platform = Platform::new(node, settings, keyring, Arc::new(invoker));
        let platform = web::Data::new(platform);
        let (server, handle, bound) = http::listen(platform.clone(), address)
            .map_err(|source| GatewayError::Listen { address, source })?;
        tracing::info!(address = %bound, "OpenWhisk's interface is served");
        Ok(Self {
            address: bound,
            platform,
            server: handle,
            serving: tokio::spawn(server),
            syncing: tokio::spawn(async move { store.keep_in_step().await }),
            underway,
        })
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reads the file with namespaces again, and gives how many namespaces there are now. What was
    /// begun goes on, also for those that are gone.
    ///
    /// # Errors
    ///
    /// If it is of no use; then nothing is changed.
    pub fn exchange_keys(&self) -> Result<usize, NamespacesError> {
        self.platform.exchange_keys()
    }

    /// Ends it in order: from now on requests are refused, and it waits for what was begun, but at
    /// least for `gateway.drain_notice`.
    pub async fn stop(mut self) {
        self.platform.drain();
        let notice = tokio::time::sleep(self.platform.settings.drain_notice);
        let idle = self.underway.wait_for(|count| *count == 0);
        let idle = tokio::time::timeout(DRAIN_TIMEOUT, idle);
        let ((), idle) = tokio::join!(notice, idle);
        if idle.is_err() {
            tracing::warn!("activations are left that take longer than they may");
        }
        self.syncing.abort();
        self.server.stop(true).await;
        // It has ended: there is nothing left to hear.
        let _ = self.serving.await;
    }
}

/// Lets the other nodes' gateways reach this one.
async fn join(node: &Node, store: &Arc<Store>, book: &Arc<Book>) -> Result<(), JoinError> {
    let (store, book) = (Arc::clone(store), Arc::clone(book));
    let replica = Replica::start_in_arbiter(&node.arbiter(), |_| Replica { store, book });
    node.register::<Written>(ACTOR, replica.clone().recipient());
    node.register::<InventoryAsked>(ACTOR, replica.clone().recipient());
    node.register::<LettersAsked>(ACTOR, replica.clone().recipient());
    node.register::<CodeAsked>(ACTOR, replica.clone().recipient());
    node.register::<RecordCopied>(ACTOR, replica.clone().recipient());
    node.register::<RecordAsked>(ACTOR, replica.clone().recipient());
    node.register::<RowsAsked>(ACTOR, replica.recipient());
    node.join_group(ACTOR, ACTOR).await
}
