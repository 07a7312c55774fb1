//! What an activation is to the action.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

/// One run of the action.
#[derive(Debug)]
pub(crate) struct Activation<'a> {
    /// The parameters: a JSON object or array.
    pub(crate) value: &'a RawValue,
    /// What else the platform says of it, by names as `activation_id`. Only texts.
    pub(crate) fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// All of this as the line that an ActionLoop process reads.
    pub(crate) line: Vec<u8>,
    /// When nobody waits for it any more.
    pub(crate) deadline: Option<Instant>,
}

impl<'a> Activation<'a> {
    /// One with these parameters and fields. Fields that have the name of the parameters are left
    /// out of the line.
    pub(crate) fn new(
        value: &'a RawValue,
        fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
        deadline: Option<Instant>,
    ) -> Self {
        let line = line(json(value, &fields).as_bytes());
        Self {
            value,
            fields,
            line,
            deadline,
        }
    }
}

/// Name of the parameters in the line.
const VALUE: &str = "value";

fn json(value: &RawValue, fields: &[(Cow<'_, str>, Cow<'_, str>)]) -> String {
    let mut json = format!("{{\"{VALUE}\":{}", value.get());
    for (name, text) in fields.iter().filter(|(name, _)| name != VALUE) {
        let (name, text) = (Value::from(&**name), Value::from(&**text));
        json += &format!(",{name}:{text}");
    }
    json + "}"
}

/// JSON as one line: between its own signs line breaks mean nothing, and inside texts there are
/// none.
pub(crate) fn line(json: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(json.len() + 1);
    for part in json.split(|byte| *byte == b'\n') {
        line.extend_from_slice(part);
    }
    line.push(b'\n');
    line
}

/// How an activation ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With an object or an array of JSON.
    Answered(bytes::Bytes),
    /// With an object that tells an error after which the process that said it is not used again.
    Broken(bytes::Bytes),
    /// With something else than an object or an array.
    Misshapen,
    /// The process ended on the way.
    Exited,
    /// No process could be started for it.
    NotStarted(super::StartError),
    /// It was ended after its deadline.
    Late,
}
