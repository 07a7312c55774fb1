//! Where a node keeps what it unpacks.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use raptor_core::NodeRecord;
use raptor_sys::{DirectoryLock, DirectoryLockError, SweepError, sweep_unlocked};

/// Why a node has no directory of its own. What was made of it is removed at the next start.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    /// It cannot be made.
    #[error("make {}: {source}", path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else has made it, who could change what functions are run from.
    #[error("use {}: it belongs to user {owner}; remove it, or set another directory", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// It cannot be locked.
    #[error(transparent)]
    Lock(#[from] DirectoryLockError),
    /// What dead nodes left behind cannot be removed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

/// Each failure takes another node that ends at this very moment.
const TRIES_MAX: u32 = 10;

/// A node's own directory: locked while the node lives, removed with all that is in it at its end.
/// What a node left that was killed, the next one that starts beside it removes.
#[derive(Debug)]
pub(crate) struct StateDir {
    lock: DirectoryLock,
    /// Where it lies, if nobody has named that place: then it goes with the last node there.
    unnamed_base: Option<PathBuf>,
}

impl StateDir {
    /// Sweeps `base`, then makes the node's own directory in it.
    pub(crate) fn make(base: Option<&Path>, record: &NodeRecord) -> Result<Self, StateDirError> {
        let mut tries = 1;
        loop {
            match Self::try_make(base, record) {
                // The last node there has just taken the base with it.
                Err(StateDirError::Make { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && tries < TRIES_MAX =>
                {
                    tries += 1;
                }
                made => return made,
            }
        }
    }

    fn try_make(base: Option<&Path>, record: &NodeRecord) -> Result<Self, StateDirError> {
        let unnamed_base = base.is_none().then(default_base);
        let base = base.map_or_else(default_base, Path::to_owned);
        // Functions run as another user: they may pass through, and see what is shown to them.
        make(&base, 0o755)?;
        sweep_unlocked(&base)?;
        let own = base.join(format!("{}-{}", record.node, record.incarnation.0));
        let made = Self {
            lock: DirectoryLock::acquire(&own)?,
            unnamed_base,
        };
        open(&own, 0o711)?;
        make(&made.attempts(), 0o711)?;
        make(&made.bundles(), 0o711)?;
        Ok(made)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.lock.directory()
    }

    /// Where attempts have their directories.
    pub(crate) fn attempts(&self) -> PathBuf {
        self.lock.directory().join("attempts")
    }

    /// Where actions are unpacked.
    pub(crate) fn bundles(&self) -> PathBuf {
        self.lock.directory().join("bundles")
    }
}

impl Drop for StateDir {
    fn drop(&mut self) {
        // What stays is swept by the next node that starts here.
        let _ = fs::remove_dir_all(self.lock.directory());
        if let Some(base) = &self.unnamed_base {
            // Not while others are there.
            let _ = fs::remove_dir(base);
        }
    }
}

/// One directory per user, so that users do not meet.
fn default_base() -> PathBuf {
    std::env::temp_dir().join(format!("raptor-{}", raptor_sys::effective_uid()))
}

fn make(path: &Path, mode: u32) -> Result<(), StateDirError> {
    let made = DirBuilder::new().recursive(true).mode(mode).create(path);
    made.map_err(|source| StateDirError::Make {
        path: path.to_owned(),
        source,
    })?;
    open(path, mode)?;
    let owner = fs::symlink_metadata(path).map(|directory| directory.uid());
    let owner = owner.map_err(|source| StateDirError::Make {
        path: path.to_owned(),
        source,
    })?;
    if owner == raptor_sys::effective_uid() {
        Ok(())
    } else {
        Err(StateDirError::Foreign {
            path: path.to_owned(),
            owner,
        })
    }
}

fn open(path: &Path, mode: u32) -> Result<(), StateDirError> {
    let opened = fs::set_permissions(path, Permissions::from_mode(mode));
    opened.map_err(|source| StateDirError::Make {
        path: path.to_owned(),
        source,
    })
}
