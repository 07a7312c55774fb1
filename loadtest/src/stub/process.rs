//! The stub's process, as those who start it see it.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::{Stall, WORD};

/// A stub that listens. Dropping it ends it; it ends with this program, too.
#[derive(Debug)]
pub(crate) struct Stub {
    child: Child,
    url: String,
}

/// It does not start. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error(
    "start the stub: {0}: it needs one more process of this program, and a free port of 127.0.0.1"
)]
pub(crate) struct StubError(#[from] io::Error);

impl Stub {
    /// Starts one, on the processors that this thread has.
    ///
    /// # Errors
    ///
    /// If this program is not started anew, or does not listen.
    pub(crate) fn start(stall: Stall) -> Result<Self, StubError> {
        let mut child = Command::new("/proc/self/exe")
            .args([WORD, &stall.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().expect("it is piped");
        let mut stub = Self {
            child,
            url: String::new(),
        };
        BufReader::new(output).read_line(&mut stub.url)?;
        stub.url.truncate(stub.url.trim_end().len());
        match stub.url.is_empty() {
            false => Ok(stub),
            true => Err(io::Error::other("it has ended without saying where it listens").into()),
        }
    }

    /// Where it is reached: `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
