//! A host that does nothing, and says so at once: what a harness can reach at most.
//!
//! It is a process of its own that speaks as much of OpenWhisk's REST interface as the target for
//! OpenWhisk hosts uses, and answers every blocking invocation when it has read it. For tests it
//! may stall: from some moment on it answers nobody for a while, and then all at once.

mod host;
mod process;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub(crate) use host::main;
pub(crate) use process::{Stub, StubError};

/// What stands on the command line of a process that is to be one; its [`Stall`] may follow.
pub(crate) const WORD: &str = "stub-host";

/// As long as a run takes where nothing is said, and far from where moments overflow.
const STALL_MAX: Duration = Duration::from_secs(3600);

/// When a stub answers nobody: `stall=2s&at=1s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stall {
    /// When it begins, counted from the first invocation.
    pub(crate) at: Duration,
    /// How long it lasts; zero is none.
    pub(crate) lasts: Duration,
}

/// A text is no stall. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use the stub with {text:?}: write \"stall=2s&at=1s\", each up to 1h, or nothing")]
pub(crate) struct StallError {
    text: String,
}

impl FromStr for Stall {
    type Err = StallError;

    fn from_str(text: &str) -> Result<Self, StallError> {
        let mut stall = Self::default();
        for pair in text.split('&').filter(|_| !text.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or_default();
            let lasts = humantime::parse_duration(value);
            let lasts = lasts.ok().filter(|lasts| *lasts <= STALL_MAX);
            match (key, lasts) {
                ("stall", Some(lasts)) => stall.lasts = lasts,
                ("at", Some(at)) => stall.at = at,
                _ => {
                    let text = text.to_owned();
                    return Err(StallError { text });
                }
            }
        }
        Ok(stall)
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lasts.is_zero() {
            return Ok(());
        }
        let [lasts, at] = [self.lasts, self.at].map(humantime::format_duration);
        // Durations of several units are written with spaces between, which URLs have none of.
        let text = format!("stall={lasts}&at={at}");
        f.write_str(&text.replace(' ', ""))
    }
}

#[cfg(test)]
mod tests;
