//! An action's directory.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use raptor_core::manifest::{Manifest, ManifestProblems};

use super::{BUNDLE_BYTES_MAX, BUNDLE_FILES_MAX, Contents, File, MANIFEST_FILE};

/// What a file costs in a bundle beside its path and content.
const ENTRY_BYTES: usize = 16;

/// Why a directory is no action. Each fits after "failed to read the action: ". Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Something in it cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not there.
    #[error("there is no directory {}", path.display())]
    Missing {
        /// What was named.
        path: PathBuf,
    },
    /// It has no manifest.
    #[error(
        "{} has no {MANIFEST_FILE}: put one there, which names the action's functions, or name \
         another directory",
        path.display()
    )]
    NoManifest {
        /// The directory.
        path: PathBuf,
    },
    /// Its manifest is refused.
    #[error("{}:{}", path.display(), listed(problems))]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it, all at once.
        problems: ManifestProblems,
    },
    /// It holds more than a bundle may.
    #[error(
        "{} holds more than {} MiB or {BUNDLE_FILES_MAX} files: take out what the functions do not \
         need",
        path.display(), bytes_max >> 20
    )]
    TooLarge {
        /// The directory.
        path: PathBuf,
        /// How much it may hold.
        bytes_max: usize,
    },
    /// It holds what is neither a file nor a directory.
    #[error("{} is neither a file nor a directory: put a copy in its place", path.display())]
    NotCarried {
        /// What.
        path: PathBuf,
    },
    /// A name in it is not UTF-8.
    #[error("{} has a name that is not UTF-8: rename it", path.display())]
    NotUtf8 {
        /// What.
        path: PathBuf,
    },
}

/// One problem a line, below the file that has them.
fn listed(problems: &ManifestProblems) -> String {
    let problems = problems.to_string();
    problems
        .lines()
        .map(|problem| format!("\n  {problem}"))
        .collect()
}

/// Reads the action in `directory`.
pub(super) fn read(directory: &Path) -> Result<(Contents, Manifest), BundleError> {
    let path = directory.join(MANIFEST_FILE);
    let manifest = fs::read_to_string(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound if directory.is_dir() => BundleError::NoManifest {
            path: directory.to_owned(),
        },
        io::ErrorKind::NotFound => BundleError::Missing {
            path: directory.to_owned(),
        },
        _ => BundleError::Unreadable {
            path: path.clone(),
            source,
        },
    })?;
    let parsed = match parse(&manifest, directory) {
        Ok(parsed) => parsed,
        Err(problems) => return Err(BundleError::Manifest { path, problems }),
    };
    let contents = Contents {
        files: walk(directory, manifest.len())?,
        manifest,
        is_single: false,
    };
    Ok((contents, parsed))
}

/// Reads the action in `directory`, of which only `function` is said, as in a manifest.
pub(super) fn read_single(
    directory: &Path,
    name: &str,
    function: &str,
) -> Result<Contents, BundleError> {
    let manifest = format!("{{{}:{function}}}", serde_json::Value::from(name));
    if let Err(problems) = parse(&manifest, directory) {
        let path = directory.to_owned();
        return Err(BundleError::Manifest { path, problems });
    }
    Ok(Contents {
        files: walk(directory, manifest.len())?,
        manifest,
        is_single: true,
    })
}

fn parse(manifest: &str, directory: &Path) -> Result<Manifest, ManifestProblems> {
    let parsed = Manifest::parse(manifest)?;
    let is_there = |file: &str| directory.join(file).is_file();
    parsed.check_files(is_there)?;
    Ok(parsed)
}

/// All files in a directory and below it but the manifest, which takes `bytes`.
fn walk(directory: &Path, bytes: usize) -> Result<Vec<File>, BundleError> {
    let mut walk = Walk {
        root: directory,
        files: Vec::new(),
        bytes,
    };
    walk.enter(directory)?;
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.files)
}

/// A walk over a directory that gathers its files.
struct Walk<'a> {
    root: &'a Path,
    files: Vec<File>,
    bytes: usize,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Path) -> Result<(), BundleError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| BundleError::Unreadable { path, source }
        };
        for entry in fs::read_dir(directory).map_err(unreadable(directory))? {
            let path = entry.map_err(unreadable(directory))?.path();
            let kind = path.symlink_metadata().map_err(unreadable(&path))?;
            if kind.is_dir() {
                self.enter(&path)?;
            } else if !kind.is_file() {
                return Err(BundleError::NotCarried { path });
            } else if path != self.root.join(MANIFEST_FILE) {
                // Looked at before it is read: a huge file must not fill the memory first.
                self.bytes = self.bytes.saturating_add(kind.len() as usize);
                self.bytes += path.as_os_str().len() + ENTRY_BYTES;
                self.take(path, kind.permissions().mode() & 0o111 != 0)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: PathBuf, executable: bool) -> Result<(), BundleError> {
        if self.bytes > BUNDLE_BYTES_MAX || self.files.len() == BUNDLE_FILES_MAX {
            return Err(BundleError::TooLarge {
                path: self.root.to_owned(),
                bytes_max: BUNDLE_BYTES_MAX,
            });
        }
        let inside = path
            .strip_prefix(self.root)
            .expect("the walk stays below its root");
        let Some(name) = inside.to_str() else {
            return Err(BundleError::NotUtf8 { path });
        };
        let name = name.to_owned();
        let content = fs::read(&path).map_err(|source| BundleError::Unreadable { path, source })?;
        self.files.push(File {
            path: name,
            executable,
            content: content.into(),
        });
        Ok(())
    }
}
