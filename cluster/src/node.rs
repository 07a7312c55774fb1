//! A node, as those who embed it see it.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use actix::prelude::*;
use dashmap::DashMap;
use raptor_core::membership::Census;
use raptor_core::supervision::SlotHolder;
use raptor_core::{AttemptId, FlightId, NodeRecord};
use raptor_sys::{Credentials, ForkServer, Leash};
use tokio::sync::{mpsc, oneshot, watch};

use crate::activation::Activation;
use crate::actor::postmaster::ExchangeKeys;
use crate::actor::{
    Cancel, CensusAsked, Drain, LocalInvoke, Meet, PeersAsked, PeersWatched, Postmaster,
    Supervisor, WarmPool,
};
use crate::config::NodeConfig;
use crate::invocation::Invocation;
use crate::launcher::Launchers;
use crate::remote::Mailroom;
use crate::security::KeyRing;
use crate::state_dir::StateDir;
use crate::whereabouts::Whereabouts;

mod mail;
mod rendezvous;
mod starting;
mod warming;

pub use mail::Courier;
pub use starting::StartError;
#[cfg(test)]
pub(crate) use starting::assemble;
pub use warming::WarmError;

use starting::{Up, run};

/// The live attempts of a node: by which leash each can be signalled. Executors write it;
/// coordinators preempt by it; [`Node::live_attempts`] reads it from any thread.
pub(crate) type Attempts = DashMap<SlotHolder, Leash>;

/// Held by what must not end before the node.
pub(crate) type Life = oneshot::Sender<Infallible>;

/// What the actors of a node share.
pub(crate) struct Services {
    pub(crate) config: NodeConfig,
    pub(crate) record: NodeRecord,
    /// Where peers reach this node now.
    pub(crate) address: watch::Sender<SocketAddr>,
    pub(crate) whereabouts: Whereabouts,
    pub(crate) supervisor: Addr<Supervisor>,
    pub(crate) postmaster: Addr<Postmaster>,
    pub(crate) warm_pool: Addr<WarmPool>,
    pub(crate) mailroom: Arc<Mailroom>,
    pub(crate) fork_server: ForkServer,
    /// Whom attempts run as.
    pub(crate) credentials: Option<Credentials>,
    pub(crate) attempts: Arc<Attempts>,
    pub(crate) directory: StateDir,
    pub(crate) launchers: Launchers,
}

/// A node of a cluster, in this process. Dropping it ends it at once: its flights with it.
///
/// Its actors share one thread of their own, so it can be used from any thread and any runtime.
pub struct Node {
    record: NodeRecord,
    address: watch::Receiver<SocketAddr>,
    postmaster: Addr<Postmaster>,
    supervisor: Addr<Supervisor>,
    attempts: Arc<Attempts>,
    mailroom: Arc<Mailroom>,
    arbiter: ArbiterHandle,
    /// Whether it knows its peers by their keys.
    authenticates: bool,
    directory: PathBuf,
    thread: Option<thread::JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Node {
    /// Starts a node.
    ///
    /// The program must call [`crate::node_main`] first thing in its `main`: a node forks its
    /// functions through a small process that is this program, started anew.
    ///
    /// # Errors
    ///
    /// If it cannot listen, or fork, or has no directory to work in.
    pub async fn start(config: NodeConfig) -> Result<Self, StartError> {
        let (up, is_up) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let name = format!("node {}", config.node);
        let authenticates = config.security.authenticates();
        let thread = thread::Builder::new()
            .name(name)
            .spawn(move || run(config, up, stopped));
        let thread = thread.map_err(StartError::Thread)?;
        let Up {
            postmaster,
            record,
            address,
            supervisor,
            attempts,
            mailroom,
            arbiter,
            directory,
            ..
        } = is_up.await.map_err(|_| StartError::Panicked)??;
        let (thread, stop) = (Some(thread), Some(stop));
        Ok(Self {
            record,
            address,
            postmaster,
            supervisor,
            attempts,
            mailroom,
            arbiter,
            authenticates,
            directory,
            thread,
            stop,
        })
    }

    /// Who it is.
    pub fn record(&self) -> &NodeRecord {
        &self.record
    }

    /// Where peers and clients reach it now: the address of its host may change.
    pub fn address(&self) -> SocketAddr {
        *self.address.borrow()
    }

    /// The thread of this node. Actors that exchange many messages with other nodes are best started
    /// there ([`Actor::start_in_arbiter`]): between two threads every message costs a wake-up. They must
    /// not block it.
    pub fn arbiter(&self) -> ArbiterHandle {
        self.arbiter.clone()
    }

    /// The node's own directory, for what shall live as long as it does: it is removed with all
    /// that is in it when the node ends, or when another starts beside it that was killed.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The other nodes that are up, by their own account.
    pub async fn peers(&self) -> Vec<NodeRecord> {
        // A node that has stopped has no peers.
        self.supervisor.send(PeersAsked).await.unwrap_or_default()
    }

    /// How many other nodes are known, and how many of them are up. Whoever waits for the answer does
    /// not keep the node from ending.
    pub fn census(&self) -> impl Future<Output = Census> + Send + use<> {
        let asked = self.supervisor.send(CensusAsked);
        // A node that has stopped knows nobody.
        async { asked.await.unwrap_or_default() }
    }

    /// How many other nodes are up, now and whenever that changes.
    pub fn watch_peers(&self) -> mpsc::UnboundedReceiver<usize> {
        let (watcher, counts) = mpsc::unbounded_channel();
        self.supervisor.do_send(PeersWatched(watcher));
        counts
    }

    /// Waits until at least that many other nodes are up. On its own it waits for ever: bound it
    /// with a timeout where peers may fail to come.
    pub async fn has_met(&self, others: usize) {
        let mut counts = self.watch_peers();
        // A node that has stopped meets nobody any more.
        while counts.recv().await.is_some_and(|count| count < others) {}
    }

    /// Keeps associations with the nodes at these addresses, beside the seeds of its settings. Its
    /// own address may be among them.
    pub fn meet(&self, mut addresses: Vec<SocketAddr>) {
        addresses.retain(|address| *address != self.address());
        self.supervisor.do_send(Meet(addresses));
    }

    /// Goes on with these keys. Peers that came with a key that is not among them are cut off, and may
    /// come again with another. To exchange the key of a running cluster, give all its nodes
    /// `old, new`, then all `new, old`, then all `new`.
    pub fn exchange_keys(&self, ring: KeyRing) {
        self.postmaster.do_send(ExchangeKeys(ring));
    }

    /// Runs an action, led by this node.
    pub fn invoke(&self, invocation: Invocation) -> Activation {
        let id = FlightId(uuid::Uuid::new_v4().as_u128());
        let (events, heard) = mpsc::unbounded_channel();
        self.supervisor.do_send(LocalInvoke {
            id,
            invocation,
            events,
            key: None,
        });
        let supervisor = self.supervisor.clone();
        Activation::new(id, heard, move || supervisor.do_send(Cancel { flight: id }))
    }

    /// The attempts whose processes run on this node.
    pub fn live_attempts(&self) -> Vec<(FlightId, AttemptId)> {
        let holders = self.attempts.iter().map(|entry| *entry.key());
        holders
            .map(|holder| (holder.flight, holder.attempt))
            .collect()
    }

    /// Ends the node in order: it takes no more flights, finishes those that it has, takes leave of
    /// its peers, and leaves nothing behind.
    pub async fn shutdown(mut self) {
        // A node that has stopped already has nothing to drain.
        let _ = self.supervisor.send(Drain).await;
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let joined = join(thread).await;
            if let Err(panic) = joined {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// Joins a thread without blocking the caller's.
async fn join(thread: thread::JoinHandle<()>) -> thread::Result<()> {
    let (joined, ended) = oneshot::channel();
    thread::spawn(move || {
        let _ = joined.send(thread.join());
    });
    ended.await.expect("the joining thread does not panic")
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // What went wrong there has been printed by it.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            record, address, ..
        } = self;
        f.debug_struct("Node")
            .field("record", record)
            .field("address", address)
            .finish_non_exhaustive()
    }
}
