//! Keeping what a node knows from what it runs.

use std::io;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::Uid;
use serde::{Deserialize, Serialize};

/// Whom an attempt runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Credentials {
    /// Its real, effective and saved user.
    pub uid: u32,
    /// Its real, effective and saved group; it has no supplementary groups.
    pub gid: u32,
}

impl Credentials {
    /// The user and group `nobody`, who own no file.
    pub const NOBODY: Self = Self {
        uid: 65534,
        gid: 65534,
    };
}

/// Whom attempts run as if nothing else is said: nobody if this process is root, else (`None`)
/// as this process itself, which cannot change its user.
///
/// In a user namespace that maps no user 65534, root must name another user.
pub fn default_credentials() -> Option<Credentials> {
    Uid::effective().is_root().then_some(Credentials::NOBODY)
}

/// The user that this process acts as.
pub fn effective_uid() -> u32 {
    Uid::effective().as_raw()
}

/// The process could not be hardened; it may be so in part.
#[derive(Debug, thiserror::Error)]
pub enum HardenError {
    /// It is still dumpable: another process of its user can read its memory.
    #[error("make the process non-dumpable: {0}")]
    Dumpable(#[source] io::Error),
    /// It is non-dumpable, but what it executes may still leave core files.
    #[error("forbid core files: {0}")]
    Core(#[source] io::Error),
}

/// Shuts this process off from other processes of its user. A node calls it before it reads a key.
///
/// * `PR_SET_DUMPABLE` 0: nobody but root may attach a debugger, read `/proc/<pid>/mem`,
///   `environ` or `fd`, and no core file is written. A function that runs as the node's own user
///   cannot read the node's keys.
/// * `RLIMIT_CORE` 0: the same for every program that the node itself executes, since a program
///   is dumpable again after exec.
///
/// It holds for all threads, and is lost on exec.
///
/// # Errors
///
/// [`HardenError`] says which step the kernel refused.
pub fn harden_process() -> Result<(), HardenError> {
    prctl::set_dumpable(false).map_err(|errno| HardenError::Dumpable(errno.into()))?;
    forbid_core_files().map_err(|errno| HardenError::Core(errno.into()))
}

/// Neither this process nor what it executes writes a core file, and none can undo it.
pub(crate) fn forbid_core_files() -> Result<(), Errno> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
}
