//! Activations, and how they end.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// How an activation ended (`ActivationResult.scala`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 200, and no key `error`.
    Success,
    /// 200, with the key `error`.
    ApplicationError,
    /// Anything else that the runtime may do.
    DeveloperError,
    /// The container never came up.
    InternalError,
}

/// What a runtime's answer comes to.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) result: Value,
}

/// One activation.
#[derive(Clone, Debug)]
pub(crate) struct Activation {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Milliseconds since the epoch.
    pub(crate) start: u64,
    /// Once it has ended.
    pub(crate) ended: Option<Ended>,
}

/// What is known of an activation that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) end: u64,
    pub(crate) outcome: Outcome,
    pub(crate) logs: Vec<String>,
    /// How long `/init` took, where the start was cold.
    pub(crate) init_ms: Option<u64>,
    /// The zone of its container.
    pub(crate) zone: Option<String>,
    /// How long `/run` took, if it came to that.
    pub(crate) run: Option<Duration>,
    /// Whether both streams showed the sentinel.
    pub(crate) logs_complete: bool,
}

impl Status {
    /// Its text in records.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::ApplicationError => "application error",
            Self::DeveloperError => "action developer error",
            Self::InternalError => "whisk internal error",
        }
    }
}

impl Outcome {
    /// What a runtime's answer to `/run` comes to.
    pub(crate) fn of(status: u16, body: &[u8]) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        match (status, parsed) {
            (200, Some(Value::Object(result))) if result.contains_key("error") => Self {
                status: Status::ApplicationError,
                result: Value::Object(result),
            },
            (200, Some(result @ (Value::Object(_) | Value::Array(_)))) => Self {
                status: Status::Success,
                result,
            },
            (_, Some(Value::Object(mut result))) if result.contains_key("error") => {
                let error = result.remove("error").unwrap_or_default();
                Self::developer(error)
            }
            _ => {
                let text = String::from_utf8_lossy(body);
                Self::developer(format!(
                    "The action did not produce a valid JSON response: {text}"
                ))
            }
        }
    }

    pub(crate) fn developer(error: impl Into<Value>) -> Self {
        Self {
            status: Status::DeveloperError,
            result: json!({ "error": error.into() }),
        }
    }

    pub(crate) fn internal(error: impl Into<Value>) -> Self {
        Self {
            status: Status::InternalError,
            result: json!({ "error": error.into() }),
        }
    }
}

impl Activation {
    /// Its record, as the REST interface has it.
    pub(crate) fn record(&self, namespace: &str) -> Value {
        let mut record = Map::new();
        record.insert("namespace".into(), namespace.into());
        record.insert("name".into(), self.name.clone().into());
        record.insert("version".into(), "0.0.1".into());
        record.insert("subject".into(), namespace.into());
        record.insert("activationId".into(), self.id.clone().into());
        record.insert("start".into(), self.start.into());
        record.insert("publish".into(), false.into());
        if let Some(ended) = &self.ended {
            let status = ended.outcome.status;
            let mut annotations = vec![json!({
                "key": "path", "value": format!("{namespace}/{}", self.name),
            })];
            annotations.extend(
                ended
                    .init_ms
                    .map(|took| json!({ "key": "initTime", "value": took })),
            );
            let zone = ended.zone.iter();
            annotations.extend(zone.map(|zone| json!({ "key": "zone", "value": zone })));
            record.insert("end".into(), ended.end.into());
            record.insert("duration".into(), (ended.end - self.start).into());
            record.insert("logs".into(), ended.logs.clone().into());
            record.insert("logsComplete".into(), ended.logs_complete.into());
            record.insert("annotations".into(), annotations.into());
            let run_us = ended.run.map(|run| run.as_micros());
            record.insert("runMicroseconds".into(), json!(run_us));
            record.insert(
                "response".into(),
                json!({
                    "status": status.text(),
                    "success": status == Status::Success,
                    "result": ended.outcome.result,
                }),
            );
        }
        Value::Object(record)
    }
}
