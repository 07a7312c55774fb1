//! Files that come with an action.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A file in the action's directory or below it, by its path from there: functions run there.
///
/// Parameters may name one, and whoever invokes an action is not to read what else the machine
/// has. So a path that leaves the directory is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ActionFile(String);

impl ActionFile {
    /// What it holds, if that is not more than `bytes_max`.
    pub(crate) fn read(&self, bytes_max: u64) -> Result<Vec<u8>, ActionFileError> {
        self.read_in(Path::new(""), bytes_max)
    }

    /// As [`ActionFile::read`], for tests that run elsewhere.
    pub(crate) fn read_in(
        &self,
        directory: &Path,
        bytes_max: u64,
    ) -> Result<Vec<u8>, ActionFileError> {
        let path = directory.join(&self.0);
        read_bounded(&path, bytes_max).map_err(|source| ActionFileError::Unreadable {
            file: self.clone(),
            source,
        })
    }

    /// Whether its name ends so: `.gz`.
    pub(crate) fn ends_with(&self, ending: &str) -> bool {
        self.0.ends_with(ending)
    }
}

fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?
        .take(bytes_max + 1)
        .read_to_end(&mut content)?;
    if content.len() as u64 > bytes_max {
        let told = format!("it is longer than {} MiB", bytes_max >> 20);
        return Err(io::Error::other(told));
    }
    Ok(content)
}

impl FromStr for ActionFile {
    type Err = ActionFileError;

    fn from_str(path: &str) -> Result<Self, ActionFileError> {
        Self::try_from(path.to_owned())
    }
}

impl TryFrom<String> for ActionFile {
    type Error = ActionFileError;

    fn try_from(path: String) -> Result<Self, ActionFileError> {
        let mut components = Path::new(&path).components();
        let stays = components.all(|it| matches!(it, Component::Normal(_)));
        if path.is_empty() || !stays {
            return Err(ActionFileError::Leaves { path: path.into() });
        }
        Ok(Self(path))
    }
}

impl From<ActionFile> for String {
    fn from(file: ActionFile) -> Self {
        file.0
    }
}

impl fmt::Display for ActionFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why there is no such file. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActionFileError {
    /// The path names nothing in the directory.
    #[error("use the path {path:?}: it must name a file in the action's directory, without \"..\"")]
    Leaves {
        /// What was named.
        path: PathBuf,
    },
    /// The operating system refused, or it is too long.
    #[error("read {file}: {source} (paths begin at the action's directory)")]
    Unreadable {
        /// What was named.
        file: ActionFile,
        /// Why.
        source: io::Error,
    },
}

#[cfg(test)]
#[path = "action_file_tests.rs"]
mod tests;
