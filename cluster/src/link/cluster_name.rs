//! What a cluster is called.

use std::fmt;
use std::str::FromStr;

use raptor_core::{NameError, NodeId};
use serde::{Deserialize, Serialize};

/// A cluster's name. Nodes of different clusters refuse each other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterName(NodeId);

impl Default for ClusterName {
    /// `raptor`.
    fn default() -> Self {
        Self("raptor".parse().expect("it is a name"))
    }
}

impl ClusterName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ClusterName {
    type Err = NameError;

    /// Takes what is a name of a node.
    fn from_str(text: &str) -> Result<Self, NameError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
