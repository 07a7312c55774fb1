//! Why a process does not run, or no longer.

use std::io;

use raptor_sys::SpawnError;

/// A process was not started, or did not come up; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("open its pipes: {0}")]
    Pipe(#[source] io::Error),
    #[error("{0}")]
    Spawn(#[from] SpawnError),
    #[error("command exited")]
    Exited,
    #[error("Command exited abruptly during initialization.")]
    ExitedAbruptly,
    /// It says that it cannot load the action; what, if it says that too.
    #[error("{0}")]
    Refused(String),
    #[error("The action did not initialize properly: {0:?} is no acknowledgement")]
    NoAcknowledgement(String),
    #[error("The action did not initialize before its deadline.")]
    Late,
}

/// A process gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It was gone before it could have read the activation.
    Untouched,
    /// It ended on the way.
    Exited,
    /// Its answer has no end.
    TooLong,
}
