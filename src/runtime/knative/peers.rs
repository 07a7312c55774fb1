//! The other containers of a service, where no platform places members: found by name, asked over
//! HTTP.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use crate::runtime::flight::{Call, Order, Summoning, Summons};

/// How long a peer may take to accept a connection: one that takes longer is of no use.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Peers cannot be asked. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("make a client for the peers: {0}")]
pub struct PeersError(#[from] reqwest::Error);

/// The other containers of a service.
pub(in crate::runtime) struct Peers {
    /// `host:port`; a name stands for all its addresses, as that of a headless service does.
    names: Vec<String>,
    /// What leaders sign with: all containers of the service have the same.
    secret: Option<String>,
    /// This container.
    own: SocketAddr,
    /// Where the last search for a follower began.
    turn: AtomicUsize,
    client: reqwest::Client,
}

impl Peers {
    /// The containers at these names, less this one, which is reached at `own`.
    ///
    /// # Errors
    ///
    /// If the system has nothing to make connections with.
    pub(in crate::runtime) fn new(
        names: Vec<String>,
        secret: Option<String>,
        own: SocketAddr,
    ) -> Result<Self, PeersError> {
        // Another part of the program may have chosen a provider already: any does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self {
            names,
            secret: secret.filter(|secret| !secret.is_empty()),
            own,
            turn: AtomicUsize::new(0),
            client,
        })
    }

    /// All addresses of all names but its own.
    async fn addresses(&self) -> BTreeSet<SocketAddr> {
        let mut found = BTreeSet::new();
        for name in &self.names {
            // A name that is not known now may be known when the next flight flies.
            if let Ok(addresses) = tokio::net::lookup_host(name).await {
                found.extend(addresses);
            }
        }
        found.remove(&self.own);
        found
    }

    /// Asks one peer; its answer comes when its part in the flight is over.
    async fn ask(&self, address: SocketAddr, call: &Call) -> Result<(), Unwilling> {
        let asked = self
            .client
            .post(format!("http://{address}/"))
            .timeout(call.order.timeout())
            .header(CONTENT_TYPE, "application/json")
            .body(call.body.clone());
        let answer = match asked.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => {
                return Err(Unwilling::Absent(format!("{address} was not reached")));
            }
            Err(error) => return Err(Unwilling::Failed(format!("{address}: {error}"))),
        };
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Unwilling::Failed(format!("{address} answered {status}"))),
        }
    }
}

/// Why a peer does not follow.
enum Unwilling {
    /// It is not there: another may be.
    Absent(String),
    /// It was there: asked again, it might follow twice.
    Failed(String),
}

impl Summons for Peers {
    fn key(&self, _: &Order) -> Option<String> {
        self.secret.clone()
    }

    fn is_possible(&self, _: &Order) -> Result<(), String> {
        if self.names.is_empty() {
            let why = "no peers are named: set RAPTOR_PEERS to host:port[,host:port...]";
            return Err(why.to_owned());
        }
        if self.secret.is_none() {
            let why = "peers have no secret in common: set RAPTOR_PEER_SECRET";
            return Err(why.to_owned());
        }
        Ok(())
    }

    fn towards(&self) -> String {
        self.names.first().cloned().unwrap_or_default()
    }

    /// Asks the next peer in turn, and if it is not there the one after it, until one comes.
    fn summon(&self, call: Call) -> Summoning<'_> {
        Box::pin(async move {
            let peers: Vec<_> = self.addresses().await.into_iter().collect();
            if peers.len() < usize::from(call.member) {
                return Err(format!(
                    "{} has {} other containers",
                    self.names.join(", "),
                    peers.len()
                ));
            }
            let first = self.turn.fetch_add(1, Ordering::Relaxed);
            let mut absent = String::new();
            for step in 0..peers.len() {
                match self.ask(peers[(first + step) % peers.len()], &call).await {
                    Ok(()) => return Ok(()),
                    Err(Unwilling::Absent(why)) => absent = why,
                    Err(Unwilling::Failed(why)) => return Err(why),
                }
            }
            Err(absent)
        })
    }
}
