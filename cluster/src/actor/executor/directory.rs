//! The directory of one process.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};

use raptor_sys::Credentials;
use tokio::runtime::Handle;

/// The directory of one process. Dropping it removes it with all that is in it, so it outlives the
/// process.
#[derive(Debug)]
pub(super) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Makes it, for whom the process runs as.
    pub(super) fn make(path: PathBuf, owner: Option<Credentials>) -> Result<Self, String> {
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        let made = made.map(|()| Self(path.clone())).and_then(|directory| {
            if let Some(Credentials { uid, gid }) = owner {
                chown(&path, Some(uid), Some(gid))?;
            }
            Ok(directory)
        });
        made.map_err(|error| format!("make its directory {}: {error}", path.display()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // Most processes leave nothing. What else there is may be much, and this thread has flights
        // to fly. The node's own directory goes as a whole at its end.
        if let Err(error) = fs::remove_dir(&self.0)
            && error.kind() == io::ErrorKind::DirectoryNotEmpty
            && let Ok(runtime) = Handle::try_current()
        {
            let path = std::mem::take(&mut self.0);
            runtime.spawn_blocking(|| fs::remove_dir_all(path));
        }
    }
}
