//! The key of a namespace.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The key of a namespace, `uuid:key`, as `wsk property get --auth` prints it. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(super) user: String,
    pub(super) password: String,
}

/// Where a key is: a scenario never holds it, since reports quote scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyPlace {
    /// In this variable of the environment.
    Variable(String),
    /// In this file, alone.
    File(PathBuf),
}

/// There is no key. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The variable is not set, or not as text.
    #[error("read the key of the target: set the variable {0} (target.auth_env) to uuid:key")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("read the key of the target from {} (target.auth_file): {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is there is no key; it is not quoted, since it may be most of one.
    #[error("read the key of the target: what is in {0} is not of the form uuid:key")]
    Malformed(String),
}

impl KeyPlace {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// If nothing is there, or what is there is no key.
    pub(crate) fn read(&self) -> Result<Key, KeyError> {
        let (text, place) = match self {
            Self::Variable(name) => {
                let text = env::var(name).map_err(|_| KeyError::NoVariable(name.clone()))?;
                (text, format!("the variable {name}"))
            }
            Self::File(path) => (read(path)?, path.display().to_string()),
        };
        let key = text.trim().parse();
        key.map_err(|()| KeyError::Malformed(place))
    }
}

fn read(path: &Path) -> Result<String, KeyError> {
    fs::read_to_string(path).map_err(|source| KeyError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some((user, password)) if !user.is_empty() && !password.is_empty() => Ok(Self {
                user: user.to_owned(),
                password: password.to_owned(),
            }),
            Some(_) | None => Err(()),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
