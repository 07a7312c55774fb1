//! The code of actions, by its hash, on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use raptor_core::Digest;

use super::lock;

/// Code travels in parts of this many bytes, each asked for by itself.
pub(crate) const PART_BYTES_MAX: usize = 1 << 20;

/// Why code is not kept. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    /// All code together would be more than there may be.
    #[error(
        "keep code: all actions' together would be {bytes} bytes, and {bytes_max} are the most"
    )]
    Full { bytes: u64, bytes_max: u64 },
    /// The disk does not take it.
    #[error("keep code in {}: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// The code of actions, by its hash, below the node's own directory. All of this blocks.
#[derive(Debug)]
pub(crate) struct CodeShelf {
    directory: PathBuf,
    bytes_max: u64,
    /// How long each content is.
    contents: Mutex<BTreeMap<Digest, u64>>,
    written: AtomicU64,
}

impl CodeShelf {
    /// An empty shelf in `directory`, which this makes.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn make(directory: PathBuf, bytes_max: u64) -> Result<Self, CodeError> {
        let made = fs::create_dir_all(&directory);
        made.map_err(|source| CodeError::Unwritable {
            path: directory.clone(),
            source,
        })?;
        Ok(Self {
            directory,
            bytes_max,
            contents: Mutex::new(BTreeMap::new()),
            written: AtomicU64::new(0),
        })
    }

    pub(crate) fn has(&self, digest: Digest) -> bool {
        lock(&self.contents).contains_key(&digest)
    }

    /// Keeps a content under its hash.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub(crate) fn put(&self, digest: Digest, content: &[u8]) -> Result<(), CodeError> {
        let length = content.len() as u64;
        {
            let mut contents = lock(&self.contents);
            if contents.contains_key(&digest) {
                return Ok(());
            }
            let bytes = contents.values().sum::<u64>() + length;
            if bytes > self.bytes_max {
                let bytes_max = self.bytes_max;
                return Err(CodeError::Full { bytes, bytes_max });
            }
            // Its room is taken from now on; it can be read once it is written.
            contents.insert(digest, length);
        }
        self.write(digest, content).map_err(|source| {
            lock(&self.contents).remove(&digest);
            let path = self.path(digest);
            CodeError::Unwritable { path, source }
        })
    }

    /// A content, if it is here.
    pub(crate) fn get(&self, digest: Digest) -> Option<Vec<u8>> {
        fs::read(self.path(digest)).ok()
    }

    /// A part of a content, if it is here.
    pub(crate) fn part(&self, digest: Digest, offset: u64) -> Option<Vec<u8>> {
        let mut file = fs::File::open(self.path(digest)).ok()?;
        file.seek(SeekFrom::Start(offset)).ok()?;
        let mut part = Vec::new();
        file.take(PART_BYTES_MAX as u64)
            .read_to_end(&mut part)
            .ok()?;
        Some(part)
    }

    /// Drops all contents but these.
    pub(crate) fn retain(&self, wanted: &BTreeSet<Digest>) {
        let mut contents = lock(&self.contents);
        contents.retain(|digest, _| {
            let stays = wanted.contains(digest);
            if !stays {
                // What cannot go now goes with the node's directory.
                let _ = fs::remove_file(self.path(*digest));
            }
            stays
        });
    }

    /// Writes it beside its place first, so that whoever reads sees all of it or nothing.
    fn write(&self, digest: Digest, content: &[u8]) -> io::Result<()> {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let draft = self.directory.join(format!("draft-{number}"));
        fs::write(&draft, content)?;
        fs::rename(&draft, self.path(digest))
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.directory.join(digest.to_string())
    }
}
