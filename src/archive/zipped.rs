//! Zip (PKWARE's APPNOTE), as crate `zip` reads it.

use std::io::Cursor;

use zip::ZipReadOptions;
use zip::read::{Config, ZipFileEntry};
use zip::unstable::read::ZipIterable;

use super::tree::{Tree, shown};
use super::{ArchiveError, ENTRIES_COUNT_MAX};

/// The bits of a mode that say what a thing is, and some of what they say (`inode(7)`).
const KIND: u32 = 0o170_000;
const KIND_UNSAID: u32 = 0;
const KIND_DIRECTORY: u32 = 0o040_000;
const KIND_FILE: u32 = 0o100_000;

/// The owner may execute it.
const EXECUTABLE: u32 = 0o100;

/// Unpacks it entry by entry: an index in memory would be as large as its maker likes.
pub(super) fn unpack(bytes: &[u8], tree: &mut Tree) -> Result<(), ArchiveError> {
    let mut archive = ZipIterable::try_new(Cursor::new(bytes), Config::default())
        .map_err(ArchiveError::broken)?;
    // Before anything is written.
    if archive.len() > ENTRIES_COUNT_MAX {
        return Err(ArchiveError::TooMany);
    }
    let entries = archive.files().map_err(ArchiveError::broken)?;
    for entry in entries {
        add(entry.map_err(ArchiveError::broken)?, bytes, tree)?;
    }
    Ok(())
}

fn add(entry: ZipFileEntry<'_>, bytes: &[u8], tree: &mut Tree) -> Result<(), ArchiveError> {
    let name = entry.name_raw().to_owned();
    let mode = entry.unix_mode().unwrap_or(KIND_UNSAID);
    let is_directory = match mode & KIND {
        KIND_DIRECTORY => true,
        // Not every program writes modes, or those of directories.
        KIND_UNSAID | KIND_FILE => entry.is_dir(),
        _ => return Err(ArchiveError::NotCarried { name: shown(&name) }),
    };
    if is_directory {
        return tree.add_directory(&name);
    }
    if entry.encrypted() {
        return Err(ArchiveError::Encrypted { name: shown(&name) });
    }
    let mut reader = Cursor::new(bytes);
    let content = entry.with_reader(&mut reader, ZipReadOptions::new());
    let mut content = content.map_err(ArchiveError::broken)?;
    tree.add_file(&name, mode & EXECUTABLE != 0, &mut content)
}
