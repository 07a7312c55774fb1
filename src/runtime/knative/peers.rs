//! The other containers of a service, where no platform places members: found by name, asked over
//! HTTP.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use crate::runtime::flight::{Call, Order, Summoning, Summons};

/// How long a peer may take to accept a connection: one that takes longer is of no use.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The other containers of a service.
pub(super) struct Peers {
    /// `host:port`; a name stands for all its addresses, as that of a headless service does.
    names: Vec<String>,
    /// What leaders sign with: all containers of the service have the same.
    secret: Option<String>,
    own: BTreeSet<SocketAddr>,
    client: reqwest::Client,
}

impl Peers {
    /// The containers at these names, less those at this container's `own` addresses.
    pub(super) fn new(
        names: Vec<String>,
        secret: Option<String>,
        own: impl IntoIterator<Item = IpAddr>,
        port: u16,
    ) -> Result<Self, reqwest::Error> {
        // Another part of the program may have chosen a provider already: any does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self {
            names,
            secret: secret.filter(|secret| !secret.is_empty()),
            own: own.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
            client,
        })
    }

    /// All addresses of all names, in an order that all members of a flight agree on.
    async fn addresses(&self) -> BTreeSet<SocketAddr> {
        let mut found = BTreeSet::new();
        for name in &self.names {
            // A name that is not known now may be known when the next flight flies.
            if let Ok(addresses) = tokio::net::lookup_host(name).await {
                found.extend(addresses);
            }
        }
        found.retain(|address| !self.own.contains(address));
        found
    }

    /// Asks one peer; its answer comes when its part in the flight is over.
    async fn ask(&self, address: SocketAddr, call: &Call) -> Result<(), String> {
        let asked = self
            .client
            .post(format!("http://{address}/"))
            .timeout(call.order.timeout())
            .header(CONTENT_TYPE, "application/json")
            .body(call.body.clone());
        let answer = asked.send().await;
        let answer = answer.map_err(|error| format!("{address} was not reached: {error}"))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("{address} answered {status}")),
        }
    }
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

    /// Asks the peers in turn, each member beginning with another, until one comes.
    fn summon(&self, call: Call) -> Summoning<'_> {
        Box::pin(async move {
            let peers: Vec<_> = self.addresses().await.into_iter().collect();
            if peers.is_empty() {
                return Err(format!("nobody is at {}", self.names.join(", ")));
            }
            let first = usize::from(call.member - 1);
            // Where there are fewer peers than members, some would be asked for the same flight twice.
            if first >= peers.len() {
                return Err(format!("there are only {} peers", peers.len()));
            }
            self.ask(peers[first], &call).await
        })
    }
}
