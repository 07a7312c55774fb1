//! A directory in which a test and its functions meet, and in which nodes keep their state.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use raptor_cluster::security::{KeyRing, Security};
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
        let ring = KeyRing::generate().expect("the system has random numbers");
        let key_file = stage.write("raptor.key", ring.to_text());
        let of_the_owner = Permissions::from_mode(0o600);
        fs::set_permissions(key_file, of_the_owner).expect("it is ours");
        stage
    }

    /// The key of the nodes that are started by hand.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.join("raptor.key")
    }

    /// The same, for a client in this process.
    pub(crate) fn security(&self) -> Security {
        Security::Keys(KeyRing::read(&self.key_file()).expect("it was written"))
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
