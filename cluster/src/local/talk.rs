//! What a local cluster and its nodes say to each other: lines of JSON on the nodes' standard
//! input and output. Both ends are the same program, so it needs no version.

use std::net::SocketAddr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::NodeConfig;

/// Said to a node. The end of its standard input means: end in order.
#[derive(Serialize, Deserialize)]
pub(super) enum ToNode {
    /// These are your settings.
    Begin(Box<NodeConfig>),
    /// These are the others.
    Meet {
        /// Where they listen.
        addresses: Vec<SocketAddr>,
    },
}

/// Said by a node.
#[derive(Serialize, Deserialize)]
pub(super) enum FromNode {
    /// It has started.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// It has not, and ends.
    Failed {
        /// Why.
        why: String,
    },
    /// The number of its peers that are up has changed.
    Peers {
        /// To how many.
        count: usize,
    },
}

/// As a line, with its end.
pub(super) fn line(said: &impl Serialize) -> String {
    let text = serde_json::to_string(said);
    text.expect("what is said has string keys only") + "\n"
}

/// What a line says.
pub(super) fn read<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| format!("said {line:?}, which is nothing: {error}"))
}
