//! How the nodes of a running cluster are found: at every address of the names that are known.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use raptor::config::HostPort;
use raptor_cluster::security::Security;
use raptor_cluster::{Client, ClientConfig, ConnectError};
use tokio::task::JoinSet;

use super::TargetError;

/// Where nodes are looked for, and with which key.
#[derive(Debug)]
pub(super) struct Search {
    names: Vec<HostPort>,
    security: Security,
}

/// Who answered, and who did not.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// A client of each node, in the order of the addresses; one for each, however many addresses
    /// it has.
    pub(super) clients: Vec<(SocketAddr, Client)>,
    /// Why nobody answered at the others.
    pub(super) failures: Vec<(SocketAddr, ConnectError)>,
}

impl Search {
    pub(super) fn new(names: Vec<HostPort>, security: Security) -> Self {
        Self { names, security }
    }

    /// All addresses of each name.
    ///
    /// # Errors
    ///
    /// If a name has none.
    pub(super) async fn addresses(&self) -> Result<Vec<Vec<SocketAddr>>, TargetError> {
        let mut all = Vec::new();
        for name in &self.names {
            all.push(resolve(name).await?);
        }
        Ok(all)
    }

    /// Connects to all of these at once, each once.
    pub(super) async fn connect_all(
        &self,
        addresses: impl IntoIterator<Item = SocketAddr>,
        timeout: Duration,
    ) -> Found {
        let mut connecting = JoinSet::new();
        let mut known = BTreeSet::new();
        let addresses = addresses.into_iter().filter(|it| known.insert(*it));
        for (at, address) in addresses.enumerate() {
            let config = ClientConfig {
                timeout,
                ..ClientConfig::new(address, self.security.clone())
            };
            let connected = Client::connect(config);
            connecting.spawn_local(async move { (at, address, connected.await) });
        }
        let mut answers = connecting.join_all().await;
        answers.sort_by_key(|(at, ..)| *at);
        let mut found = Found::default();
        for (_, address, connected) in answers {
            match connected {
                Ok(client) => found.take(address, client),
                Err(error) => found.failures.push((address, error)),
            }
        }
        found
    }
}

impl Found {
    /// Keeps a client, unless there is one of its node.
    pub(super) fn take(&mut self, address: SocketAddr, client: Client) {
        let node = &client.node().node;
        if !self.clients.iter().any(|(_, it)| it.node().node == *node) {
            self.clients.push((address, client));
        }
    }
}

async fn resolve(name: &HostPort) -> Result<Vec<SocketAddr>, TargetError> {
    let failed = |why: String| TargetError::Name {
        name: name.clone(),
        why,
    };
    let found = tokio::net::lookup_host((name.host(), name.port())).await;
    let mut found: Vec<_> = found.map_err(|error| failed(error.to_string()))?.collect();
    found.sort_unstable();
    if found.is_empty() {
        return Err(failed("it has no address".to_owned()));
    }
    Ok(found)
}
