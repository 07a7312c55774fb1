//! The directory that an archive becomes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use super::{ArchiveError, ENTRIES_COUNT_MAX, UNPACKED_BYTES_MAX};

/// How much is copied at once.
const COPY_BYTES: usize = 64 << 10;

/// What has a name in the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
}

/// A directory that only this writes to, and how much it may still take.
///
/// Everything in it was made by this tree, and there are no links among that, so a path below
/// its root stays below its root.
pub(super) struct Tree {
    root: PathBuf,
    known: HashMap<PathBuf, Kind>,
    entries_left: usize,
    bytes_left: u64,
    buffer: Vec<u8>,
}

impl Tree {
    /// Makes the root; it must not be there.
    pub(super) fn plant(root: &Path) -> Result<Self, ArchiveError> {
        let made = DirBuilder::new().mode(0o755).create(root);
        made.map_err(|source| unwritten(root, source))?;
        Ok(Self {
            root: root.to_owned(),
            known: HashMap::new(),
            entries_left: ENTRIES_COUNT_MAX,
            bytes_left: UNPACKED_BYTES_MAX,
            buffer: vec![0; COPY_BYTES],
        })
    }

    /// Makes a directory; one that is there already, as archives often say, is not made again.
    pub(super) fn add_directory(&mut self, name: &[u8]) -> Result<(), ArchiveError> {
        self.count_entry()?;
        match inside(name) {
            // The root itself, as `tar -C directory .` names it.
            Ok(path) if path.as_os_str().is_empty() => Ok(()),
            Ok(path) => self.make_directories(&path),
            Err(refused) => Err(refused),
        }
    }

    /// Makes a file of what `content` gives.
    pub(super) fn add_file(
        &mut self,
        name: &[u8],
        is_executable: bool,
        content: &mut impl Read,
    ) -> Result<(), ArchiveError> {
        self.count_entry()?;
        let path = inside(name)?;
        let Some(parent) = path.parent() else {
            return Err(outside(name));
        };
        self.make_directories(parent)?;
        if self.known.insert(path.clone(), Kind::File).is_some() {
            return Err(duplicate(&path));
        }
        let mode = if is_executable { 0o755 } else { 0o644 };
        let path = self.root.join(path);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode).open(&path);
        let mut file = file.map_err(|source| unwritten(&path, source))?;
        self.fill(&mut file, &path, content)
    }

    fn count_entry(&mut self) -> Result<(), ArchiveError> {
        let left = self.entries_left.checked_sub(1);
        self.entries_left = left.ok_or(ArchiveError::TooMany)?;
        Ok(())
    }

    fn make_directories(&mut self, path: &Path) -> Result<(), ArchiveError> {
        let mut ancestors: Vec<_> = path.ancestors().collect();
        // The root, which is there.
        ancestors.pop();
        for ancestor in ancestors.into_iter().rev() {
            match self.known.get(ancestor) {
                Some(Kind::Directory) => continue,
                Some(Kind::File) => return Err(duplicate(ancestor)),
                None => {}
            }
            // Whoever names `a/a/a/...` makes many of one entry.
            if self.known.len() == ENTRIES_COUNT_MAX {
                return Err(ArchiveError::TooMany);
            }
            self.known.insert(ancestor.to_owned(), Kind::Directory);
            let made = self.root.join(ancestor);
            let done = DirBuilder::new().mode(0o755).create(&made);
            done.map_err(|source| unwritten(&made, source))?;
        }
        Ok(())
    }

    /// Counts what is really there: archives can declare what they like.
    fn fill(
        &mut self,
        file: &mut File,
        path: &Path,
        content: &mut impl Read,
    ) -> Result<(), ArchiveError> {
        loop {
            let read = match content.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ArchiveError::broken(error)),
            };
            let left = self.bytes_left.checked_sub(read as u64);
            self.bytes_left = left.ok_or(ArchiveError::TooLarge)?;
            let written = file.write_all(&self.buffer[..read]);
            written.map_err(|source| unwritten(path, source))?;
        }
    }
}

/// The path that a name means below the root; empty for the root itself.
fn inside(name: &[u8]) -> Result<PathBuf, ArchiveError> {
    if name.is_empty() || name.contains(&0) {
        return Err(outside(name));
    }
    let mut path = PathBuf::new();
    for component in Path::new(OsStr::from_bytes(name)).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(outside(name));
            }
        }
    }
    Ok(path)
}

fn outside(name: &[u8]) -> ArchiveError {
    ArchiveError::Outside { name: shown(name) }
}

fn duplicate(path: &Path) -> ArchiveError {
    ArchiveError::Duplicate {
        name: path.to_string_lossy().into_owned(),
    }
}

fn unwritten(path: &Path, source: io::Error) -> ArchiveError {
    ArchiveError::Write {
        path: path.to_owned(),
        source,
    }
}

/// A name as errors show it.
pub(super) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
