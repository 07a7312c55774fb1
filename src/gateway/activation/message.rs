//! What nodes tell and ask each other about activations.

use actix::Message;
use raptor_cluster::remote::RemoteMessage;
use serde::{Deserialize, Serialize};

use super::{ActivationId, Query, Row};

/// Keep this too: the node that led it may be gone when somebody asks.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "()")]
pub(crate) struct RecordCopied {
    /// A [`Record`](super::Record) as JSON.
    pub(crate) record: String,
}

impl RemoteMessage for RecordCopied {
    const KIND: &'static str = "gateway.record";
}

/// Is this activation there? The answer is a record as JSON.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "Option<String>")]
pub(crate) struct RecordAsked {
    pub(crate) namespace: String,
    pub(crate) id: ActivationId,
}

impl RemoteMessage for RecordAsked {
    const KIND: &'static str = "gateway.record-asked";
}

/// The first `count` activations that a list shows.
#[derive(Debug, Message, Serialize, Deserialize)]
#[rtype(result = "Vec<Row>")]
pub(crate) struct RowsAsked {
    pub(crate) query: Query,
    pub(crate) count: u64,
}

impl RemoteMessage for RowsAsked {
    const KIND: &'static str = "gateway.rows";
}
