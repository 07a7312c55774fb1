//! How attempts end.

use std::fmt;
use std::time::Duration;

use crate::Value;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The function gave a value.
    Value(Value),
    /// It did not.
    Fault(Fault),
    /// The attempt was preempted: what it may have given is not believed.
    Stopped {
        /// What it died of; `None` if it never ran or exited by itself.
        signal: Option<Signal>,
    },
}

/// Why an attempt gave no value, and what its function had to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub kind: FaultKind,
    /// The end of what the function wrote to stderr: at most [`FAULT_LOG_BYTES_MAX`] bytes.
    pub log: String,
}

/// Faults travel to every member and to the client: the last lines of a trace are enough there.
pub const FAULT_LOG_BYTES_MAX: usize = 4_096;

/// A message quotes this much of an application's error; the whole of it is in the value.
const QUOTE_CHARS_MAX: usize = 256;

impl Fault {
    /// A fault whose log is the last [`FAULT_LOG_BYTES_MAX`] bytes of `log`, in whole characters.
    pub fn new(kind: FaultKind, log: impl Into<String>) -> Self {
        let mut log = log.into();
        let excess = log.len().saturating_sub(FAULT_LOG_BYTES_MAX);
        log.drain(..log.ceil_char_boundary(excess));
        Self { kind, log }
    }
}

impl From<FaultKind> for Fault {
    /// A fault about which the function wrote nothing.
    fn from(kind: FaultKind) -> Self {
        Self {
            kind,
            log: String::new(),
        }
    }
}

impl fmt::Display for Fault {
    /// The kind, and the last line of the log if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match self.log.trim_end().lines().next_back() {
            Some(line) => write!(f, " (its log ends: {line})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// Why an attempt gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The process exited with this status, which is not zero.
    Exited(i32),
    /// The process died of this signal, which was none of ours.
    Signalled(i32),
    /// The function was still running after this long, its limit.
    TimedOut(Duration),
    /// What it gave is not one JSON object or array; the text says what it is.
    Invalid(String),
    /// It gave an object with the key `error`: this one.
    Application(Value),
    /// No process could be started; the text says why.
    NotStarted(String),
    /// Sight of the process was lost, as when the fork server died; the text says why.
    Lost(String),
    /// The node's queue for slots was full.
    Busy,
    /// It gave more bytes than a value may have.
    Oversized {
        /// How many it may have.
        bytes_max: usize,
    },
}

impl fmt::Display for FaultKind {
    /// Worded to stand after a function's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with status {code}"),
            Self::Signalled(signal) => write!(f, "was killed by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "was still running after its timeout of {limit:?}"),
            Self::Invalid(what) => write!(f, "gave no valid result: {what}"),
            Self::Application(value) => write!(f, "gave an error: {}", quote(value)),
            Self::NotStarted(why) => write!(f, "could not be started: {why}"),
            Self::Lost(why) => write!(f, "was lost sight of: {why}"),
            Self::Busy => write!(f, "found the node's queue for slots full"),
            Self::Oversized { bytes_max } => {
                write!(f, "gave a result of more than {bytes_max} bytes")
            }
        }
    }
}

/// The beginning of a value's text.
fn quote(value: &Value) -> String {
    let text = String::from_utf8_lossy(value.body());
    let mut quoted: String = text.chars().take(QUOTE_CHARS_MAX).collect();
    if quoted.len() < text.len() {
        quoted.push_str("...");
    }
    quoted
}

/// What is sent to the process group of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// SIGTERM: end, please.
    Terminate,
    /// SIGCONT: a stopped process must run to see the SIGTERM.
    Continue,
    /// SIGKILL: end.
    Kill,
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
