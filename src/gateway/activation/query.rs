//! Which activations a list shows.

use serde::{Deserialize, Serialize};

use super::{ActivationId, Record};

/// Which activations a list shows, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Query {
    pub(crate) namespace: String,
    /// The name of an action in no package, or the package's and the name (`DocumentHandler.scala`).
    pub(crate) name: Option<(Option<String>, String)>,
    /// Begun at this time or later, in milliseconds.
    pub(crate) since: Option<u64>,
    /// Begun at this time or before.
    pub(crate) upto: Option<u64>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) start: u64,
    pub(crate) id: ActivationId,
    /// JSON.
    pub(crate) summary: String,
}

impl Query {
    /// Whether it shows a record.
    pub(crate) fn takes(&self, record: &Record) -> bool {
        let is_named = self.name.as_ref().is_none_or(|(package, name)| {
            let of_package = record
                .action
                .package
                .as_ref()
                .map(|package| package.as_str());
            record.action.name.as_str() == name && of_package == package.as_deref()
        });
        record.namespace == self.namespace
            && is_named
            && self.since.is_none_or(|since| record.start >= since)
            && self.upto.is_none_or(|upto| record.start <= upto)
    }
}
