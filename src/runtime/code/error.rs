//! Why code cannot be run.

use std::io;
use std::path::{Path, PathBuf};

use raptor_sys::SpawnError;

use crate::archive::ArchiveError;

/// Nothing runnable was made of an action's code. What was made is left in the container's
/// directory, and is not looked at again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("Zip file does not include __main__.py, main__.py or main.py")]
    NoPythonMain,
    #[error("Zipped actions must contain either package.json or index.js at the root.")]
    NoNodeMain,
    #[error("read package.json: {reason}")]
    PackageUnreadable { reason: String },
    #[error("package.json names {main:?} as its main file, which is not there")]
    PackageMainMissing { main: String },
    #[error("the archive has no file called exec")]
    NoExec,
    #[error("read the launcher {}: {source}", path.display())]
    Launcher { path: PathBuf, source: io::Error },
    #[error("{0}")]
    CompilerSpawn(#[from] SpawnError),
    /// Whatever a compiler says is an error: success is silent.
    #[error("{said}")]
    CompilerSpoke { said: String },
    #[error("the compiler ended with {how}")]
    CompilerFailed { how: String },
    #[error("cannot compile")]
    NotCompiled,
    #[error("read the execution environment that the action is for: {source}")]
    NoExecutionEnv { source: io::Error },
    #[error("Execution environment version mismatch. See logs for details.")]
    ExecutionEnvMismatch,
    /// Work for the disk was not done.
    #[error("unpack the code: {reason}")]
    Interrupted { reason: String },
}

impl CodeError {
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}
