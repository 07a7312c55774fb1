//! A directory in which a test and its functions meet, and in which nodes keep their state.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{lines_of, until};

/// A directory that every user may write to: as root, functions run as nobody.
pub(crate) struct Stage {
    directory: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix("raptor-test-").expect("there is room");
        let stage = Self { directory };
        stage.open("", 0o777);
        stage
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        let parent = path.parent().expect("it is in the stage's directory");
        fs::create_dir_all(parent).expect("there is room");
        fs::write(&path, content).expect("there is room");
        path
    }

    /// Sets the mode of a file.
    pub(crate) fn open(&self, name: &str, mode: u32) {
        let mode = Permissions::from_mode(mode);
        fs::set_permissions(self.join(name), mode).expect("it is ours");
    }

    /// Waits until a function has written that many lines to a file, and gives them.
    pub(crate) async fn lines(&self, name: &str, count: usize) -> Vec<String> {
        let file = self.join(name);
        let enough = || Some(lines_of(&file)).filter(|lines| lines.len() >= count);
        until(&format!("{count} lines in {name}"), enough).await
    }
}
