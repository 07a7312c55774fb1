//! Finding a node by a name.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use raptor::config::HostPort;
use raptor_cluster::{ClientConfig, ConnectError};

/// How long one address of a name is waited for while there are others to try; the last one gets the
/// client's whole timeout.
const NEXT_AFTER: Duration = Duration::from_secs(1);

/// No node was found. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(super) enum ReachError {
    #[error("resolve {name}: {why}")]
    Name { name: HostPort, why: String },
    #[error(transparent)]
    Address(#[from] ConnectError),
    #[error("reach a node at any address of {name}:\n{}", lines(errors))]
    Addresses {
        name: HostPort,
        errors: Vec<ConnectError>,
    },
}

fn lines(errors: &[ConnectError]) -> String {
    let lines = errors.iter().map(|error| format!("  failed to {error}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Connects to a node: at each address of its name in turn, until one answers. `config` is that of a
/// client of a node at an address.
pub(super) async fn reach<T, C>(
    name: &HostPort,
    config: impl Fn(SocketAddr) -> ClientConfig,
    connect: impl Fn(ClientConfig) -> C,
) -> Result<T, ReachError>
where
    C: Future<Output = Result<T, ConnectError>>,
{
    let addresses = addresses_of(name).await?;
    let last = addresses.len() - 1;
    let mut errors = Vec::new();
    for (at, node) in addresses.into_iter().enumerate() {
        let mut config = config(node);
        if at < last {
            config.timeout = config.timeout.min(NEXT_AFTER);
        }
        match connect(config).await {
            Ok(connected) => return Ok(connected),
            Err(error) if last == 0 => return Err(error.into()),
            Err(error) => errors.push(error),
        }
    }
    let name = name.clone();
    Err(ReachError::Addresses { name, errors })
}

/// All addresses of a name, at least one, each once.
async fn addresses_of(name: &HostPort) -> Result<Vec<SocketAddr>, ReachError> {
    let refused = |why: String| ReachError::Name {
        name: name.clone(),
        why,
    };
    let found = tokio::net::lookup_host((name.host(), name.port())).await;
    let mut addresses = Vec::new();
    for address in found.map_err(|error| refused(error.to_string()))? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(refused("it has no address".to_owned()));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use raptor_cluster::security::Security;

    use super::*;

    /// Tries the addresses of a name, of which none answers; gives those that were tried, and the error.
    async fn try_all(name: &str) -> (Vec<(SocketAddr, Duration)>, ReachError) {
        let tried = RefCell::new(Vec::new());
        let config = |node| ClientConfig::new(node, Security::None);
        let connect = async |config: ClientConfig| {
            tried.borrow_mut().push((config.node, config.timeout));
            Err::<(), _>(ConnectError::Panicked)
        };
        let name = name.parse().expect("a name");
        let reached = reach(&name, config, connect).await;
        (tried.into_inner(), reached.expect_err("nobody answers"))
    }

    #[tokio::test]
    async fn an_address_is_its_own_name_and_gets_the_whole_timeout() {
        let (tried, error) = try_all("127.0.0.1:9899").await;
        let address = SocketAddr::from(([127, 0, 0, 1], 9899));
        assert_eq!(tried, [(address, Duration::from_secs(5))]);
        assert_eq!(error.to_string(), ConnectError::Panicked.to_string());
    }

    #[tokio::test]
    async fn every_address_of_a_name_is_tried_and_the_last_has_the_most_time() {
        let (tried, error) = try_all("localhost:9899").await;
        let (last, others) = tried.split_last().expect("it has an address");
        assert!(last.0.ip().is_loopback() && last.0.port() == 9899);
        assert_eq!(last.1, Duration::from_secs(5));
        assert!(others.iter().all(|(_, timeout)| *timeout == NEXT_AFTER));
        let count = error.to_string().matches("failed to").count();
        assert!(others.is_empty() || count == tried.len(), "{error}");
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_said_not_to() {
        let (tried, error) = try_all("no-such-host.invalid:9899").await;
        assert_eq!(tried, []);
        let error = error.to_string();
        assert!(
            error.starts_with("resolve no-such-host.invalid:9899: "),
            "{error}"
        );
    }
}
