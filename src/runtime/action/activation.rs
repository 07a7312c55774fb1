//! What an activation is to the action.

use std::borrow::Cow;

use bytes::Bytes;
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

/// What an activation that finds its process gone, without having been read, is tried with again.
/// A second one that is gone at once is no accident.
pub(super) const TRIES_MAX: usize = 2;

/// How an activation ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With an object or an array of JSON.
    Answered(Bytes),
    /// With an object that tells an error after which the process that said it is not used again.
    Broken(Bytes),
    /// With something else than an object or an array.
    Misshapen,
    /// The process ended on the way.
    Exited,
    /// No process could be started for it.
    NotStarted(super::StartError),
    /// It was ended after its deadline, or left to those it shares its process with.
    Late,
}

impl Outcome {
    /// What a process's answer says; `is_marked` if its launcher marks answers after which it
    /// should not be used.
    pub(super) fn of(line: Bytes, is_marked: bool) -> Self {
        if is_marked && line.first() == Some(&b'!') {
            return Self::Broken(line.slice(1..));
        }
        let is_shaped = matches!(line.trim_ascii_start().first(), Some(b'{' | b'['));
        if is_shaped && serde_json::from_slice::<&RawValue>(&line).is_ok() {
            Self::Answered(line)
        } else {
            Self::Misshapen
        }
    }
}
