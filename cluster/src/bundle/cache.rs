//! The actions that a node has at hand.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use raptor_core::Digest;
use raptor_core::manifest::{Manifest, ManifestProblems};

use super::{BUNDLE_BYTES_MAX, Bundle, Content, Contents, InPlace};
use crate::wire;

/// How many actions a node has at hand.
pub(super) const ACTIONS_MAX: usize = 64;

/// How many bytes of actions that are not in flight a node has at hand, in memory and unpacked on
/// its disk: a few of the longest.
const ACTIONS_BYTES_MAX: usize = 4 * BUNDLE_BYTES_MAX;

/// An action, ready to fly.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) bundle: Bundle,
    pub(crate) manifest: Arc<Manifest>,
    /// Where its files are, if it has any.
    pub(crate) directory: Option<PathBuf>,
}

impl Action {
    /// Reads a bundle, and writes its files into a directory of its own below `base`, unless they
    /// stay where they are.
    pub(crate) fn unpack(bundle: Bundle, base: &Path) -> Result<Self, UnpackError> {
        let bytes = match &bundle.content {
            Content::Packed(bytes) => bytes,
            Content::InPlace(place) => {
                let InPlace {
                    directory,
                    manifest,
                } = &**place;
                return Ok(Self {
                    manifest: Arc::clone(manifest),
                    directory: Some(directory.clone()),
                    bundle,
                });
            }
        };
        let Contents {
            manifest,
            is_single,
            files,
        } = wire::decode_bundle(bytes)?;
        let manifest = Manifest::parse(&manifest)?;
        let manifest = Arc::new(match is_single {
            true if manifest.len() != 1 => return Err(UnpackError::NotSingle),
            true => manifest.alone(),
            false => manifest,
        });
        let directory = base.join(bundle.digest().to_string());
        let directory = if files.is_empty() {
            None
        } else {
            // What an earlier failure may have left there, and could not remove.
            let _ = fs::remove_dir_all(&directory);
            unpack(&directory, &files).inspect_err(|_| {
                // Whatever of it was written is of no use; failing to remove it changes nothing.
                let _ = fs::remove_dir_all(&directory);
            })?;
            Some(directory)
        };
        Ok(Self {
            bundle,
            manifest,
            directory,
        })
    }
}

/// Why a bundle could not be used. Nothing of it stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("its bytes are no bundle: {0}")]
    Malformed(#[from] wire::DecodeError),
    #[error("its manifest is refused: {0}")]
    Manifest(#[from] ManifestProblems),
    #[error("it is said to have no manifest, and has several functions")]
    NotSingle,
    #[error("it holds the path {0:?}, which leaves the action's directory")]
    PathLeaves(String),
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// The actions that a node has at hand, by their hashes; the least recently used one that is not
/// in flight makes room for the next.
#[derive(Debug)]
pub(crate) struct BundleCache {
    directory: PathBuf,
    actions: BTreeMap<Digest, (u64, Arc<Action>)>,
    uses: u64,
}

impl BundleCache {
    /// An empty cache that unpacks below `directory`, which is the node's own.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            actions: BTreeMap::new(),
            uses: 0,
        }
    }

    /// The action of that hash, if it is at hand.
    pub(crate) fn get(&mut self, digest: Digest) -> Option<Arc<Action>> {
        self.uses += 1;
        let (used, action) = self.actions.get_mut(&digest)?;
        *used = self.uses;
        Some(Arc::clone(action))
    }

    /// Below what it unpacks.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Unpacks a bundle and keeps it.
    pub(crate) fn put(&mut self, bundle: Bundle) -> Result<Arc<Action>, UnpackError> {
        match self.get(bundle.digest()) {
            Some(action) => Ok(action),
            None => Ok(self.keep(Action::unpack(bundle, &self.directory)?)),
        }
    }

    /// Keeps an action that was unpacked below [`BundleCache::directory`].
    pub(crate) fn keep(&mut self, action: Action) -> Arc<Action> {
        self.make_room(action.bundle.size_bytes());
        let action = Arc::new(action);
        self.uses += 1;
        self.actions
            .insert(action.bundle.digest(), (self.uses, Arc::clone(&action)));
        action
    }

    fn make_room(&mut self, bytes: usize) {
        let mut left = usize::MAX;
        while self.is_full(bytes) && self.actions.len() < left {
            left = self.actions.len();
            self.drop_oldest();
        }
    }

    /// Whether there is no room for another action of so many bytes.
    fn is_full(&self, bytes: usize) -> bool {
        let actions = self.actions.values();
        let kept: usize = actions.map(|(_, action)| action.bundle.size_bytes()).sum();
        self.actions.len() >= ACTIONS_MAX || kept + bytes > ACTIONS_BYTES_MAX
    }

    /// Drops the least recently used action that is not in flight, if there is one.
    fn drop_oldest(&mut self) {
        let idle = self
            .actions
            .iter()
            .filter(|(_, (_, action))| Arc::strong_count(action) == 1);
        let oldest = idle
            .min_by_key(|(_, (used, _))| *used)
            .map(|(digest, _)| *digest);
        if let Some((_, action)) = oldest.and_then(|digest| self.actions.remove(&digest))
            && action.bundle.bytes().is_some()
            && let Some(directory) = &action.directory
        {
            // The node's directory goes as a whole at its end, with whatever could not go now.
            let _ = fs::remove_dir_all(directory);
        }
    }
}

/// Writes an action's files so that functions, whatever their uid, can read and not change them.
fn unpack(directory: &Path, files: &[super::File]) -> Result<(), UnpackError> {
    make_directory(directory)?;
    for file in files {
        let inside = Path::new(&file.path);
        if !inside
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(UnpackError::PathLeaves(file.path.clone()));
        }
        let mut parent = directory.to_owned();
        for part in inside.parent().into_iter().flat_map(Path::components) {
            parent.push(part);
            make_directory(&parent)?;
        }
        write(&directory.join(inside), file)?;
    }
    Ok(())
}

fn make_directory(path: &Path) -> Result<(), UnpackError> {
    let made = match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made,
    };
    let open = made.and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)));
    open.map_err(|source| UnpackError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, file: &super::File) -> Result<(), UnpackError> {
    let mode = if file.executable { 0o755 } else { 0o644 };
    let written = (fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path))
    .and_then(|mut out| {
        io::Write::write_all(&mut out, &file.content)?;
        // The mode of creation is cut by the process's umask.
        out.set_permissions(fs::Permissions::from_mode(mode))
    });
    written.map_err(|source| UnpackError::Unwritable {
        path: path.to_owned(),
        source,
    })
}
