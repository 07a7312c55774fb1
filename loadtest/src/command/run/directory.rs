//! The directory that a run is written into.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{getegid, geteuid};

/// Nothing can be written there. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(super) enum DirectoryError {
    /// It belongs to somebody else, as the mount of a container may.
    #[error(
        "write into {}: {source}: it belongs to user {owner} (mode {mode:o}), and this is user {user}: \
         run as its owner (in a container: --user {owner}:{group}), or give it to this user (chown \
         {user}:{own_group})",
        path.display()
    )]
    Strange {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
        /// Whose it is.
        owner: u32,
        /// Whose group's.
        group: u32,
        /// What they may do.
        mode: u32,
        /// Who this is.
        user: u32,
        /// Of which group.
        own_group: u32,
    },
    /// It is none, or cannot be made.
    #[error("write into {}: {source}: name a directory that can be written", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Makes it, if it is not there, and sees to it that files can be made in it: to hear the opposite
/// after the run would be too late.
///
/// # Errors
///
/// If there is none that can be written.
pub(super) fn make(path: &Path) -> Result<(), DirectoryError> {
    let made = fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path));
    made.map(drop).map_err(|source| refused(path, source))
}

fn refused(path: &Path, source: io::Error) -> DirectoryError {
    let path = path.to_owned();
    let is_forbidden = source.kind() == io::ErrorKind::PermissionDenied;
    match fs::metadata(&path) {
        Ok(known) if is_forbidden && known.is_dir() => DirectoryError::Strange {
            path,
            source,
            owner: known.uid(),
            group: known.gid(),
            mode: known.mode() & 0o7777,
            user: geteuid().as_raw(),
            own_group: getegid().as_raw(),
        },
        Ok(_) | Err(_) => DirectoryError::Unwritable { path, source },
    }
}
