//! Why an archive is refused.

use std::io;
use std::path::PathBuf;

use super::{ENTRIES_COUNT_MAX, UNPACKED_BYTES_MAX};

/// An archive was not unpacked; nothing of it is left. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It begins like neither a zip nor a gzip.
    #[error("unpack the archive: it is neither a zip nor a gzipped tar")]
    Unknown,
    /// It is damaged, cut off, or uses what this cannot read.
    #[error("unpack the archive: {reason}")]
    Broken {
        /// What was found.
        reason: String,
    },
    /// A name is absolute, has `..`, or names nothing.
    #[error("unpack the archive: the name {name:?} leaves its directory, or names nothing in it")]
    Outside {
        /// The name.
        name: String,
    },
    /// A link or a device.
    #[error(
        "unpack the archive: {name:?} is neither a file nor a directory; put a copy in its place"
    )]
    NotCarried {
        /// Its name.
        name: String,
    },
    /// Two entries have this name, or one is a file where another needs a directory.
    #[error("unpack the archive: {name:?} is in it twice")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A file is encrypted.
    #[error("unpack the archive: {name:?} is encrypted")]
    Encrypted {
        /// Its name.
        name: String,
    },
    /// More than [`UNPACKED_BYTES_MAX`].
    #[error("unpack the archive: it holds more than {} MiB", UNPACKED_BYTES_MAX >> 20)]
    TooLarge,
    /// More than [`ENTRIES_COUNT_MAX`].
    #[error("unpack the archive: it names more than {ENTRIES_COUNT_MAX} files and directories")]
    TooMany,
    /// The disk does not take it.
    #[error("write {}: {source}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
}

impl ArchiveError {
    pub(super) fn broken(reason: impl ToString) -> Self {
        Self::Broken {
            reason: reason.to_string(),
        }
    }
}
