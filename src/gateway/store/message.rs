//! What the stores of two nodes say to each other.

use actix::Message;
use raptor_cluster::remote::RemoteMessage;
use raptor_core::NodeId;
use serde::{Deserialize, Serialize};

use super::stamp::Stamp;
use super::table::Letter;
use crate::gateway::entity::ActionPath;

/// This was written. The answer comes when it is known here, with its code.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "()")]
pub(crate) struct Written {
    /// Who has the code.
    pub(crate) from: NodeId,
    pub(crate) letter: Letter,
}

impl RemoteMessage for Written {
    const KIND: &'static str = "gateway.written";
}

/// What documents are there? None if they are those of this fingerprint.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "Option<Vec<(ActionPath, Stamp)>>")]
pub(crate) struct InventoryAsked {
    pub(crate) fingerprint: [u8; 32],
}

impl RemoteMessage for InventoryAsked {
    const KIND: &'static str = "gateway.inventory";
}

/// These documents, or as many of the first ones as one answer takes.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "Vec<Letter>")]
pub(crate) struct LettersAsked {
    pub(crate) paths: Vec<ActionPath>,
}

impl RemoteMessage for LettersAsked {
    const KIND: &'static str = "gateway.letters";
}

/// Code from an offset on, as much as one part holds; none if it is not there.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "Option<Vec<u8>>")]
pub(crate) struct CodeAsked {
    pub(crate) digest: [u8; 32],
    pub(crate) offset: u64,
}

impl RemoteMessage for CodeAsked {
    const KIND: &'static str = "gateway.code";
}
