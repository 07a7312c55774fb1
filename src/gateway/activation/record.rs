//! What is remembered of an activation.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ActivationId, Response};
use crate::gateway::entity::{ActionPath, Annotations, Version};

/// What is remembered of an activation (`WhiskActivation.scala`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: ActivationId,
    /// Whose it is, which need not be the action's namespace.
    pub(crate) namespace: String,
    pub(crate) action: ActionPath,
    pub(crate) version: Version,
    pub(crate) subject: String,
    pub(crate) cause: Option<ActivationId>,
    /// Milliseconds since the UNIX epoch.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Milliseconds of work: of a sequence, those of its components.
    pub(crate) duration: u64,
    pub(crate) response: Response,
    pub(crate) logs: Vec<String>,
    pub(crate) annotations: Annotations,
}

impl Record {
    /// All of it.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = self.heading();
        json.insert("subject".to_owned(), json!(self.subject));
        json.insert("logs".to_owned(), json!(self.logs));
        json.insert("response".to_owned(), self.response.to_json());
        Value::Object(json)
    }

    /// What whoever waited for it is told: logs are fetched.
    pub(crate) fn without_logs(&self) -> Value {
        let mut json = self.to_json();
        json["logs"] = json!([]);
        json
    }

    /// What lists show of it.
    pub(crate) fn summary(&self) -> Value {
        let mut json = self.heading();
        let code = self.response.status.code();
        json.insert("statusCode".to_owned(), json!(code));
        Value::Object(json)
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let logs: usize = self.logs.iter().map(String::len).sum();
        logs + usize::try_from(self.response.size).unwrap_or(usize::MAX) + 1024
    }

    fn heading(&self) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("namespace".to_owned(), json!(self.namespace));
        json.insert("name".to_owned(), json!(self.action.name));
        json.insert("version".to_owned(), json!(self.version));
        json.insert("activationId".to_owned(), json!(self.id));
        if let Some(cause) = &self.cause {
            json.insert("cause".to_owned(), json!(cause));
        }
        json.insert("start".to_owned(), json!(self.start));
        json.insert("end".to_owned(), json!(self.end));
        json.insert("duration".to_owned(), json!(self.duration));
        json.insert("publish".to_owned(), json!(false));
        json.insert("annotations".to_owned(), self.annotations.to_json());
        json
    }
}
