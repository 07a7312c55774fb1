//! The subcommands.

pub(crate) mod admin;
pub(crate) mod check;
pub(crate) mod health;
pub(crate) mod invoke;
pub(crate) mod key;
pub(crate) mod node;
pub(crate) mod run;
pub(crate) mod runtime;

mod interrupts;
mod reach;
mod request;

use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;

use raptor_cluster::security::Security;

use crate::cli::Credentials;
use crate::key_file;

/// Exit statuses. A function's own never becomes the program's.
mod status {
    /// The flight failed, or something else did.
    pub(super) const FAILED: u8 = 1;
    /// The command line, the configuration or the manifest is wrong.
    pub(super) const USAGE: u8 = 2;
    /// The activation timed out, as `timeout(1)` says it.
    pub(super) const TIMED_OUT: u8 = 124;
    /// The user ended it with Ctrl-C, as shells say it.
    pub(super) const INTERRUPTED: u8 = 130;
}

/// How a command proves to a node that it may ask it something.
fn security(credentials: &Credentials) -> Result<Security, ExitCode> {
    if credentials.no_key {
        return Ok(Security::None);
    }
    let Some(file) = &credentials.key else {
        return Err(fail(
            status::USAGE,
            "find a key: name its file with --key FILE, or say --no-key if the cluster has none",
        ));
    };
    match key_file::read(file) {
        Ok(ring) => Ok(Security::Keys(ring)),
        Err(error) => Err(fail(status::USAGE, format_args!("read the keys: {error}"))),
    }
}

/// Says on standard error what could not be done.
fn fail(status: u8, failure: impl Display) -> ExitCode {
    eprintln!("raptor: failed to {failure}");
    ExitCode::from(status)
}

/// Runs a subcommand's future on this thread.
fn block_on(command: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => fail(status::FAILED, format_args!("start a runtime: {error}")),
    }
}
