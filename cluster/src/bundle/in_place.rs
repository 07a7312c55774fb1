//! Actions whose files stay where they are.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hasher;
use raptor_core::Digest;
use raptor_core::manifest::{Function, Manifest, Program};

use super::{BUNDLE_FILES_MAX, BundleError, MANIFEST_FILE};

/// What OpenWhisk's runtimes unpack may be this large; it is read once, for its hash.
pub const IN_PLACE_BYTES_MAX: usize = 256 << 20;

/// An action whose files stay where they are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InPlace {
    /// An absolute path.
    pub(crate) directory: PathBuf,
    pub(crate) manifest: Arc<Manifest>,
}

/// Looks through the files in `directory`: the hash of the manifest and of all of them.
pub(super) fn look(directory: &Path, manifest: Manifest) -> Result<(Digest, InPlace), BundleError> {
    let unreadable = |source| BundleError::Unreadable {
        path: directory.to_owned(),
        source,
    };
    // Functions start elsewhere than this process.
    let directory = directory.canonicalize().map_err(unreadable)?;
    let is_there = |file: &str| directory.join(file).is_file();
    if let Err(problems) = manifest.check_files(is_there) {
        let path = directory.join(MANIFEST_FILE);
        return Err(BundleError::Manifest { path, problems });
    }
    let mut walk = Walk {
        root: &directory,
        paths: Vec::new(),
        bytes: 0,
    };
    walk.enter(&directory)?;
    let mut hasher = Hasher::new();
    hash_manifest(&mut hasher, &manifest);
    // The order in which a directory is listed differs from one copy of it to the next.
    walk.paths.sort();
    for path in &walk.paths {
        hash_file(&mut hasher, &directory, path)?;
    }
    let digest = Digest::from_bytes(*hasher.finalize().as_bytes());
    let manifest = Arc::new(manifest);
    Ok((
        digest,
        InPlace {
            directory,
            manifest,
        },
    ))
}

/// A walk over a directory that notes its files and links.
struct Walk<'a> {
    root: &'a Path,
    paths: Vec<PathBuf>,
    bytes: u64,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Path) -> Result<(), BundleError> {
        for entry in fs::read_dir(directory).map_err(unreadable(directory))? {
            let path = entry.map_err(unreadable(directory))?.path();
            let found = path.symlink_metadata().map_err(unreadable(&path))?;
            if found.is_dir() {
                self.enter(&path)?;
                continue;
            }
            if !found.is_file() && !found.is_symlink() {
                return Err(BundleError::NotCarried { path });
            }
            self.bytes = self.bytes.saturating_add(found.len());
            if self.bytes > IN_PLACE_BYTES_MAX as u64 || self.paths.len() == BUNDLE_FILES_MAX {
                return Err(BundleError::TooLarge {
                    path: self.root.to_owned(),
                    bytes_max: IN_PLACE_BYTES_MAX,
                });
            }
            self.paths.push(path);
        }
        Ok(())
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> BundleError + use<> {
    let path = path.to_owned();
    move |source| BundleError::Unreadable { path, source }
}

/// Its path inside the action, and what is in it; of a link, where it leads to.
fn hash_file(hasher: &mut Hasher, root: &Path, path: &Path) -> Result<(), BundleError> {
    let inside = path.strip_prefix(root);
    let inside = inside.expect("the walk stays below its root");
    hash_text(hasher, inside.as_os_str().as_bytes());
    if path.is_symlink() {
        let target = fs::read_link(path).map_err(unreadable(path))?;
        hasher.update(b"l");
        hash_text(hasher, target.as_os_str().as_bytes());
        return Ok(());
    }
    let mut content = Hasher::new();
    let file = fs::File::open(path).map_err(unreadable(path))?;
    content.update_reader(file).map_err(unreadable(path))?;
    hasher.update(b"f");
    hasher.update(content.finalize().as_bytes());
    Ok(())
}

/// All that a manifest says, in one form: it need not be that of any file.
fn hash_manifest(hasher: &mut Hasher, manifest: &Manifest) {
    hash_number(hasher, u64::from(manifest.flight_size()));
    hash_number(hasher, u64::from(manifest.is_single()));
    hash_number(hasher, manifest.len() as u64);
    for function in manifest.functions() {
        hash_function(hasher, function);
    }
}

fn hash_function(hasher: &mut Hasher, function: &Function) {
    let Function {
        name,
        depends,
        program,
        timeout,
        retries,
        idempotent,
        env,
        memory_bytes_max,
        nice,
        slots_weight,
        params,
    } = function;
    hash_text(hasher, name.as_bytes());
    hash_number(hasher, depends.len() as u64);
    for need in depends {
        hash_number(hasher, u64::from(need.0));
    }
    let (kind, words) = match program {
        Program::File(file) => (0, std::slice::from_ref(file)),
        Program::Exec(argv) => (1, &argv[..]),
    };
    hash_number(hasher, kind);
    hash_number(hasher, words.len() as u64);
    for word in words {
        hash_text(hasher, word.as_bytes());
    }
    hash_number(hasher, env.len() as u64);
    for (name, text) in env {
        hash_text(hasher, name.as_bytes());
        hash_text(hasher, text.as_bytes());
    }
    let timeout = timeout.map_or(u128::MAX, |timeout| timeout.as_micros());
    hasher.update(&timeout.to_le_bytes());
    hash_number(hasher, memory_bytes_max.unwrap_or(u64::MAX));
    hasher.update(&nice.to_le_bytes());
    hash_number(hasher, u64::from(*retries));
    hash_number(hasher, u64::from(*slots_weight));
    hash_number(hasher, u64::from(*idempotent));
    hash_number(hasher, u64::from(*params));
}

/// With its length, so that no two lists of texts are one.
fn hash_text(hasher: &mut Hasher, text: &[u8]) {
    hash_number(hasher, text.len() as u64);
    hasher.update(text);
}

fn hash_number(hasher: &mut Hasher, number: u64) {
    hasher.update(&number.to_le_bytes());
}

#[cfg(test)]
#[path = "in_place_tests.rs"]
mod tests;
