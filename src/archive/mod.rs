//! Archives of actions: zip, and tar in gzip. Whoever sends one is not trusted.
//!
//! What an archive may hold is files and directories below its own root, each once, so much and no
//! more. What it declares about sizes is not believed: bytes are counted as they are unpacked.

mod error;
mod tarball;
mod tree;
mod zipped;

#[cfg(test)]
mod tests;

pub use error::ArchiveError;

use std::fs;
use std::path::Path;

use tree::Tree;

/// The most bytes that an archive unpacks to: five times the code that OpenWhisk takes (48 MB).
pub const UNPACKED_BYTES_MAX: u64 = 256 << 20;

/// The most files and directories that an archive names. Each is an inode on the node's disk.
pub const ENTRIES_COUNT_MAX: usize = 10_000;

/// What begins a zip: a local file header, or the end of an archive without files.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// What begins a gzip (RFC 1952, 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// The form of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PKWARE's.
    Zip,
    /// A tar in gzip.
    Gzip,
}

impl Format {
    /// What `bytes` begin as; `None` if they are no archive.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if ZIP.iter().any(|magic| bytes.starts_with(magic)) {
            Some(Self::Zip)
        } else {
            bytes.starts_with(GZIP).then_some(Self::Gzip)
        }
    }
}

/// Unpacks an archive into `directory`, which this makes; its parent must be there.
///
/// Files get mode 0644, or 0755 where the archive says that their owner may execute them;
/// directories 0755. Owners, times and other modes of the archive are not kept. Blocks.
///
/// # Errors
///
/// The archive is refused or cannot be written; nothing of it is left, nor is the directory.
pub fn unpack(bytes: &[u8], directory: &Path) -> Result<(), ArchiveError> {
    let format = Format::of(bytes).ok_or(ArchiveError::Unknown)?;
    let mut tree = Tree::plant(directory)?;
    let unpacked = match format {
        Format::Zip => zipped::unpack(bytes, &mut tree),
        Format::Gzip => tarball::unpack(bytes, &mut tree),
    };
    if unpacked.is_err() {
        // Nobody else knows of it, so this fails only if the disk does.
        let _ = fs::remove_dir_all(directory);
    }
    unpacked
}
