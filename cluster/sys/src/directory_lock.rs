//! Directories that belong to a living process.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The file in a directory on which its lock lies.
const LOCK_FILE: &str = ".lock";

/// How often a lock is looked at before it counts as held: a sweep holds it for as long as it
/// takes to move the directory aside, and a process that is forked just then, with a copy of the
/// sweep's descriptor, until it executes its program; on a busy machine that takes a while.
const HELD_LOOKS_MAX: u32 = 500;

/// The time between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// An exclusive advisory lock (`flock`) on a directory.
///
/// The kernel lets go of it when the process ends, however it ends; so a directory without a
/// holder was left behind. Dropping the lock leaves the directory where it is.
#[derive(Debug)]
pub struct DirectoryLock {
    directory: PathBuf,
    _file: File,
}

/// A directory was not locked; it may have been made.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryLockError {
    /// Another process, or another lock of this one, holds it.
    #[error("lock {}: it is in use", .directory.display())]
    Held {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory or its lock file cannot be made or opened.
    #[error("lock {}: {source}", .directory.display())]
    Io {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Unlocked directories were not, or not all, removed.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The parent cannot be listed: nothing was removed.
    #[error("sweep {}: {source}", .base.display())]
    List {
        /// The parent.
        base: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// One directory cannot be removed; those before it are gone.
    #[error("remove {}: {source}", .directory.display())]
    Remove {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl DirectoryLock {
    /// Makes `directory` (and its parents) if need be, and locks it.
    ///
    /// # Errors
    ///
    /// [`DirectoryLockError::Held`] after half a second or more if somebody has it.
    pub fn acquire(directory: &Path) -> Result<Self, DirectoryLockError> {
        let io = |source| DirectoryLockError::Io {
            directory: directory.to_owned(),
            source,
        };
        let mut looks = 0;
        loop {
            match try_acquire(directory).map_err(io)? {
                Trial::Locked(file) => {
                    return Ok(Self {
                        directory: directory.to_owned(),
                        _file: file,
                    });
                }
                Trial::Moved => {}
                Trial::Held if looks < HELD_LOOKS_MAX => {
                    looks += 1;
                    thread::sleep(LOOK_AGAIN);
                }
                Trial::Held => {
                    let directory = directory.to_owned();
                    return Err(DirectoryLockError::Held { directory });
                }
            }
        }
    }

    /// The directory that is locked.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Removes the directories directly in `base` whose [`DirectoryLock`] nobody holds, with all that
/// is in them, and returns their paths. Directories that never were locked stay, unless empty.
///
/// # Errors
///
/// [`SweepError`]; a `base` that does not exist is no error.
pub fn sweep_unlocked(base: &Path) -> Result<Vec<PathBuf>, SweepError> {
    let list = |source| SweepError::List {
        base: base.to_owned(),
        source,
    };
    let entries = match fs::read_dir(base) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(list(error)),
    };
    let mut removed = Vec::new();
    for entry in entries {
        let entry = entry.map_err(list)?;
        // The type of the entry itself: links are not followed.
        if !entry.file_type().map_err(list)?.is_dir() {
            continue;
        }
        let directory = entry.path();
        match remove_unlocked(&directory) {
            Ok(true) => removed.push(directory),
            Ok(false) => {}
            // Its holder, or another sweep, removed it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(SweepError::Remove { directory, source }),
        }
    }
    Ok(removed)
}

/// What came of one try to lock.
enum Trial {
    /// It is ours.
    Locked(File),
    /// Somebody has it.
    Held,
    /// A sweep took the directory away meanwhile.
    Moved,
}

fn try_acquire(directory: &Path) -> io::Result<Trial> {
    let path = directory.join(LOCK_FILE);
    let opened = fs::create_dir_all(directory).and_then(|()| {
        let mut options = File::options();
        options.write(true).create(true).truncate(false).open(&path)
    });
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Trial::Moved),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) if is_at(&file, &path)? => Ok(Trial::Locked(file)),
        Ok(()) => Ok(Trial::Moved),
        Err(TryLockError::WouldBlock) => Ok(Trial::Held),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes `directory` if nobody holds it, and says whether it did.
///
/// It is moved aside first: whoever makes it anew must not have his files removed.
fn remove_unlocked(directory: &Path) -> io::Result<bool> {
    let path = directory.join(LOCK_FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return remove_empty(directory),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) if is_at(&file, &path)? => {
            // No two files have one number, so no two of these directories have one name. If we
            // die before it is gone, it is an unlocked directory like others.
            let aside = directory.with_file_name(format!(".swept-{}", file.metadata()?.ino()));
            fs::rename(directory, &aside)?;
            fs::remove_dir_all(aside).map(|()| true)
        }
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What dies between making its directory and locking it leaves an empty one.
fn remove_empty(directory: &Path) -> io::Result<bool> {
    match fs::remove_dir(directory) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether `file` is the one that `path` names.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let named = match fs::metadata(path) {
        Ok(named) => named,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let held = file.metadata()?;
    Ok((held.dev(), held.ino()) == (named.dev(), named.ino()))
}

#[cfg(test)]
#[path = "directory_lock_tests.rs"]
mod tests;
