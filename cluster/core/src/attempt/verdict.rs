//! Whether what a process left behind is a value.

use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::manifest::one_line;
use crate::{FaultKind, Signal, Value};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// It died of this signal.
    Signal(i32),
}

impl Exit {
    /// Which of the ladder's signals it died of, if any.
    pub(super) const fn of_ours(self) -> Option<Signal> {
        // The numbers are the same on every Unix.
        match self {
            Self::Signal(15) => Some(Signal::Terminate),
            Self::Signal(9) => Some(Signal::Kill),
            Self::Signal(_) | Self::Code(_) => None,
        }
    }
}

/// Judges what a process gave by the process contract (`ARCHITECTURE.md`).
///
/// `result` is all that was read from descriptor 3; a leading 0x00 is the launcher saying that it
/// was ready. Status 0 and one JSON object or array is a value, made one line if it is not. An
/// object with the key `error` is an application error also with another status, for it says more.
///
/// # Errors
///
/// The fault that it is instead.
pub fn judge(exit: Exit, result: &Bytes, bytes_max: usize) -> Result<Value, FaultKind> {
    let code = match exit {
        Exit::Signal(signal) => return Err(FaultKind::Signalled(signal)),
        Exit::Code(code) => code,
    };
    if result.len() > bytes_max {
        return Err(FaultKind::Oversized { bytes_max });
    }
    let body = one_line(result.slice_ref(result.strip_prefix(b"\0").unwrap_or(result)));
    match (code, inspect(&body)) {
        (_, Ok(Content::Error)) => Err(FaultKind::Application(Value::new(body))),
        (0, Ok(Content::Value)) => Ok(Value::new(body)),
        (0, Err(why)) => Err(FaultKind::Invalid(why)),
        (code, Ok(Content::Value) | Err(_)) => Err(FaultKind::Exited(code)),
    }
}

/// What an object or array is.
enum Content {
    Value,
    /// It has the key `error`.
    Error,
}

/// Looks into a text without making a tree of it. If it is not one JSON object or array: what it
/// is.
fn inspect(body: &[u8]) -> Result<Content, String> {
    if body.is_empty() {
        return Err("nothing was written to descriptor 3".into());
    }
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        while let Some(IgnoredAny) = items.next_element()? {}
        Ok(Content::Value)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Content, A::Error> {
        let mut content = Content::Value;
        while let Some((key, IgnoredAny)) = members.next_entry::<String, _>()? {
            if key == "error" {
                content = Content::Error;
            }
        }
        Ok(content)
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
