//! Docker's command line, by which OpenWhisk's invoker speaks to the engine (`DockerClient.scala`).

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

/// The program.
pub(super) const DOCKER: &str = "docker";

/// Docker does not do what it is asked. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// There is no such program.
    #[error("start the program {DOCKER:?}: {0}")]
    Start(#[source] io::Error),
    /// It says why not.
    #[error("{command}: {said}")]
    Refused {
        /// The command's words, without its arguments.
        command: String,
        /// What it says.
        said: String,
    },
    /// A network in which containers could not reach the controller.
    #[error("find the gateway of the Docker network {0:?}: this host has no address in it")]
    NoGateway(String),
    /// It says something else than it should.
    #[error("understand what Docker says of the container {name}: {said:?}")]
    Unknown {
        /// Which container.
        name: String,
        /// What it says.
        said: String,
    },
}

/// Runs a command, `docker WORDS ARGUMENTS`, and gives what it prints. It keeps `hold` open until it
/// has ended, whatever becomes of this process.
pub(super) fn run<A: AsRef<OsStr>>(
    hold: Stdio,
    words: &[&str],
    arguments: impl IntoIterator<Item = A>,
) -> Result<String, DockerError> {
    let mut command = Command::new(DOCKER);
    command.args(words).args(arguments).stdin(hold);
    let output = command.output().map_err(DockerError::Start)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        return Err(DockerError::Refused {
            command: format!("{DOCKER} {}", words.join(" ")),
            said: text(&output.stderr),
        });
    }
    Ok(text(&output.stdout))
}
