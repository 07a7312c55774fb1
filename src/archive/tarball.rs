//! Tar in gzip, as crates `tar` and `flate2` read it.

use std::cell::Cell;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::ArchiveError;
use super::tree::{Tree, shown};

/// The most bytes of what stands between two files: headers, long names, PAX records. They are
/// kept in memory, and compress well.
const HEADERS_BYTES_MAX: u64 = 1 << 20;

/// The owner may execute it.
const EXECUTABLE: u32 = 0o100;

pub(super) fn unpack(bytes: &[u8], tree: &mut Tree) -> Result<(), ArchiveError> {
    let ration = Cell::new(HEADERS_BYTES_MAX);
    let mut archive = Archive::new(Rationed {
        source: MultiGzDecoder::new(bytes),
        ration: &ration,
    });
    for entry in archive.entries().map_err(ArchiveError::broken)? {
        let mut entry = entry.map_err(|error| match ration.get() {
            0 => ArchiveError::TooLarge,
            _ => ArchiveError::broken(error),
        })?;
        // The tree counts what files hold.
        ration.set(u64::MAX);
        add(&mut entry, tree)?;
        ration.set(HEADERS_BYTES_MAX);
    }
    Ok(())
}

fn add<R: Read>(entry: &mut Entry<'_, R>, tree: &mut Tree) -> Result<(), ArchiveError> {
    let name = entry.path_bytes().into_owned();
    let mode = entry.header().mode().map_err(ArchiveError::broken)?;
    match entry.header().entry_type() {
        // What `git archive` says of the archive as a whole.
        EntryType::XGlobalHeader => Ok(()),
        EntryType::Directory => tree.add_directory(&name),
        // As tars wrote directories before they had types.
        EntryType::Regular if name.ends_with(b"/") => tree.add_directory(&name),
        EntryType::Regular | EntryType::Continuous => {
            tree.add_file(&name, mode & EXECUTABLE != 0, entry)
        }
        _ => Err(ArchiveError::NotCarried { name: shown(&name) }),
    }
}

/// A reader that gives so much and no more.
struct Rationed<'a, R> {
    source: R,
    ration: &'a Cell<u64>,
}

impl<R: Read> Read for Rationed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ration = self.ration.get();
        if ration == 0 && !buffer.is_empty() {
            return Err(io::Error::other("its headers are too long"));
        }
        let wanted = buffer
            .len()
            .min(usize::try_from(ration).unwrap_or(usize::MAX));
        let read = self.source.read(&mut buffer[..wanted])?;
        self.ration.set(ration - read as u64);
        Ok(read)
    }
}
