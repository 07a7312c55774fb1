//! Actions.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ActionLimits, ActionPath, Annotations, Exec, Parameters, Version};

/// An action, without its code's text (`WhiskAction.scala`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Action {
    pub(crate) path: ActionPath,
    pub(crate) version: Version,
    pub(crate) exec: Exec,
    pub(crate) parameters: Parameters,
    pub(crate) limits: ActionLimits,
    pub(crate) publish: bool,
    pub(crate) annotations: Annotations,
    /// Milliseconds since the UNIX epoch.
    pub(crate) updated: u64,
}

impl Action {
    /// All of it, with the code's text where that is wanted.
    pub(crate) fn to_json(&self, code: Option<&str>) -> Value {
        let mut json = self.heading();
        json.insert("exec".to_owned(), self.exec.to_json(code));
        json.insert("parameters".to_owned(), json!(self.parameters));
        Value::Object(json)
    }

    /// What lists show of it.
    pub(crate) fn summary(&self) -> Value {
        let mut json = self.heading();
        json.insert("exec".to_owned(), self.exec.summary());
        Value::Object(json)
    }

    /// What the package that it is in shows of it.
    pub(crate) fn in_package(&self) -> Value {
        json!({
            "name": self.path.name,
            "version": self.version,
            "annotations": self.annotations.to_json(),
        })
    }

    /// Whether it composes others.
    pub(crate) fn is_conductor(&self) -> bool {
        self.annotations.says("conductor") && !matches!(self.exec, Exec::Sequence { .. })
    }

    /// Whether its functions get the key of whoever invokes it: unless it says no.
    pub(crate) fn gets_key(&self) -> bool {
        self.annotations.get("provide-api-key").is_none()
            || self.annotations.says("provide-api-key")
    }

    fn heading(&self) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("namespace".to_owned(), json!(self.path.space()));
        json.insert("name".to_owned(), json!(self.path.name));
        json.insert("version".to_owned(), json!(self.version));
        json.insert("limits".to_owned(), self.limits.to_json());
        json.insert("publish".to_owned(), json!(self.publish));
        json.insert("annotations".to_owned(), self.annotations.to_json());
        json.insert("updated".to_owned(), json!(self.updated));
        json
    }
}
