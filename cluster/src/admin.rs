//! An administrator: asks a node how it is, and changes what can be changed while it runs.

use std::time::Duration;

use raptor_core::{NodeRecord, Role};
use tokio::sync::oneshot;

use crate::actor::Administer;
use crate::administration::{Order, Status, Told};
use crate::client::{Client, ClientConfig, ConnectError};
use crate::transport::shaping::Shaping;

/// An administrator of one node.
#[derive(Debug)]
pub struct Admin {
    client: Client,
    timeout: Duration,
}

/// An order was not obeyed: failed to ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminError {
    /// The node will not, and says why. Nothing was changed.
    #[error("administer the node: it refuses: {0}")]
    Refused(String),
    /// The association ended first. The node may have obeyed.
    #[error("hear from the node: the association with it is down")]
    Lost,
    /// The answer did not come in time. The node may have obeyed.
    #[error("hear from the node within {0:?}")]
    TimedOut(Duration),
    /// The answer is none to the order: the node runs another program. It may have obeyed.
    #[error("understand the node: it answered something else than it was asked")]
    Unexpected,
}

impl Admin {
    /// Connects to a node.
    ///
    /// # Errors
    ///
    /// If the node does not answer in time, or refuses.
    pub async fn connect(config: ClientConfig) -> Result<Self, ConnectError> {
        let timeout = config.timeout;
        let client = Client::connect_as(Role::Admin, config).await?;
        Ok(Self { client, timeout })
    }

    /// Who the node is.
    pub fn node(&self) -> &NodeRecord {
        self.client.node()
    }

    /// How the node is.
    ///
    /// # Errors
    ///
    /// If the node refuses, or does not answer.
    pub async fn status(&self) -> Result<Status, AdminError> {
        match self.give(Order::TellStatus).await? {
            Told::Status(status) => Ok(*status),
            Told::Shaping(_) | Told::Refused(_) => Err(AdminError::Unexpected),
        }
    }

    /// What the node does to packets that leave it.
    ///
    /// # Errors
    ///
    /// If the node refuses, or does not answer.
    pub async fn shaping(&self) -> Result<Shaping, AdminError> {
        self.shape(Order::TellShaping).await
    }

    /// Has the node do something else to packets that leave it, from now on; no rules end it. Gives
    /// what it does now.
    ///
    /// # Errors
    ///
    /// If the node refuses, or does not answer.
    pub async fn set_shaping(&self, shaping: Shaping) -> Result<Shaping, AdminError> {
        self.shape(Order::Shape(shaping)).await
    }

    async fn shape(&self, order: Order) -> Result<Shaping, AdminError> {
        match self.give(order).await? {
            Told::Shaping(shaping) => Ok(shaping),
            Told::Status(_) | Told::Refused(_) => Err(AdminError::Unexpected),
        }
    }

    /// Gives an order and waits for what comes of it.
    async fn give(&self, order: Order) -> Result<Told, AdminError> {
        let (told, is_told) = oneshot::channel();
        self.client.caller().do_send(Administer { order, told });
        match tokio::time::timeout(self.timeout, is_told).await {
            Ok(Ok(Told::Refused(why))) => Err(AdminError::Refused(why)),
            Ok(Ok(told)) => Ok(told),
            Ok(Err(_)) => Err(AdminError::Lost),
            Err(_) => Err(AdminError::TimedOut(self.timeout)),
        }
    }
}
