//! Faults on demand, for tests of those who must bear them.

use std::env;

use clap::Args;
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};
use serde_json::json;

use crate::command::Ending;

/// Where a node tells an attempt which member it belongs to.
const MEMBER_VARIABLE: &str = "RAPTOR_MEMBER";

/// Fails in exactly one way.
#[derive(Args, Clone, Debug)]
pub(crate) struct Fail {
    #[command(flatten)]
    way: Way,
    /// Fail only as this member of the flight; the others give `{"member": ...}`.
    #[arg(long, value_name = "INDEX")]
    on_member: Option<u16>,
}

#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct Way {
    /// End with this exit status and no result.
    #[arg(long, value_name = "STATUS")]
    exit: Option<u8>,
    /// Give an application error with this text.
    #[arg(long, value_name = "TEXT")]
    error: Option<String>,
    /// End by this signal, such as 11.
    #[arg(long, value_name = "NUMBER")]
    signal: Option<i32>,
}

impl Fail {
    /// Fails, or says which member it is.
    pub(crate) fn run(&self) -> Result<Ending, FailError> {
        let member = env::var(MEMBER_VARIABLE).ok();
        let member = member.as_deref().and_then(|text| text.parse::<u16>().ok());
        if self.on_member.is_some() && self.on_member != member {
            return Ok(Ending::Gave(json!({ "member": member })));
        }
        self.way.take()
    }
}

impl Way {
    fn take(&self) -> Result<Ending, FailError> {
        match (self.exit, &self.error, self.signal) {
            (Some(status), _, _) => Ok(Ending::Exited(status)),
            (None, Some(text), _) => Ok(Ending::Gave(json!({ "error": text }))),
            (None, None, Some(number)) => {
                let refused = |why| FailError { number, why };
                let signal = Signal::try_from(number).map_err(refused)?;
                // The first SIGSEGV or SIGBUS goes to Rust's own handler, which looks for an
                // overflow of the stack, finds none, and steps back for the next.
                for _ in 0..2 {
                    raise(signal).map_err(refused)?;
                }
                // A signal such as SIGCHLD or SIGCONT ends nobody.
                Err(refused(Errno::UnknownErrno))
            }
            (None, None, None) => unreachable!("clap asks for one of the three"),
        }
    }
}

/// The signal did not end the process, which goes on.
#[derive(Debug, thiserror::Error)]
#[error("end by signal {number}: {why}")]
pub(crate) struct FailError {
    number: i32,
    why: Errno,
}
