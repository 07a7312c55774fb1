//! A cluster that is up, reached as any client of it.

use raptor_cluster::security::{KeyRing, Security};
use raptor_cluster::{Client, ClientConfig, Role};

use crate::workflow::Workflow;

use super::terms::RaptorTerms;
use super::{Fleet, TargetError};

/// Connects to the nodes that shall lead.
pub(super) async fn connect(
    terms: &RaptorTerms,
    workflow: &Workflow,
) -> Result<Fleet, TargetError> {
    let security = match &terms.key {
        Some(file) => Security::Keys(KeyRing::read(file)?),
        None => Security::None,
    };
    let security = security.for_role(Role::Client);
    let mut clients = Vec::new();
    for node in &terms.nodes {
        let config = ClientConfig::new(*node, security.clone());
        clients.push(Client::connect(config).await?);
    }
    Ok(Fleet::new(clients, workflow))
}
