//! What an OpenWhisk host says of an activation.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// How much of an error's text is kept: it may hold a whole result.
const ERROR_CHARS_MAX: usize = 500;

/// What a host says of an activation that has ended (`WhiskActivation.scala`).
#[derive(Clone, Debug)]
pub(crate) struct Activation {
    /// How long its container had it; whole milliseconds.
    pub(crate) duration: Duration,
    /// The zone of its container, where the host tells.
    pub(crate) zone: Option<String>,
    /// What it came to.
    pub(crate) end: End,
}

/// What an activation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its result: the text of a JSON object or array.
    Success(Bytes),
    /// It took longer than its action may.
    TimedOut,
    /// Its error, whoever's it was.
    Error(String),
}

/// The record, as the REST interface has it.
#[derive(Deserialize)]
struct Record<'a> {
    /// Milliseconds since the epoch.
    start: u64,
    /// There once it has ended.
    end: Option<u64>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    /// There once it has ended.
    #[serde(borrow)]
    response: Option<Response<'a>>,
}

#[derive(Deserialize)]
struct Annotation {
    key: String,
    value: Value,
}

#[derive(Deserialize)]
struct Response<'a> {
    success: bool,
    status: String,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

/// The name of an activation that goes on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    activation_id: String,
}

impl Activation {
    /// Reads a record; none if it is none, or is of an activation that goes on.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let record: Record<'_> = serde_json::from_slice(body).ok()?;
        let (end, response) = (record.end?, record.response?);
        let value_of = |key: &str| {
            let found = record.annotations.iter().find(|one| one.key == key);
            found.map(|one| &one.value)
        };
        let timed_out = value_of("timeout") == Some(&Value::Bool(true));
        let zone = value_of("zone").and_then(Value::as_str);
        Some(Self {
            duration: Duration::from_millis(end.saturating_sub(record.start)),
            zone: zone.map(str::to_owned),
            end: match response.success {
                true => End::Success(text(&response)),
                false if timed_out => End::TimedOut,
                false => End::Error(error(&response)),
            },
        })
    }
}

/// The name of an activation that goes on, where the host says that.
pub(super) fn accepted(body: &[u8]) -> Option<String> {
    let accepted: Accepted = serde_json::from_slice(body).ok()?;
    Some(accepted.activation_id)
}

fn text(response: &Response<'_>) -> Bytes {
    let result = response.result.map_or("{}", RawValue::get);
    Bytes::copy_from_slice(result.as_bytes())
}

/// The status, and what the result says of the error.
fn error(response: &Response<'_>) -> String {
    let result = response.result.map(RawValue::get).unwrap_or_default();
    let error = serde_json::from_str::<Value>(result).ok();
    let error = error.and_then(|mut result| result.get_mut("error").map(Value::take));
    let what = match error {
        Some(Value::String(text)) => text,
        Some(error) => error["message"]
            .as_str()
            .map_or_else(|| error.to_string(), str::to_owned),
        None => result.to_owned(),
    };
    let what: String = what.chars().take(ERROR_CHARS_MAX).collect();
    format!("{}: {what}", response.status)
}

#[cfg(test)]
#[path = "activation_tests.rs"]
mod tests;
