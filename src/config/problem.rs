//! What is wrong with a configuration, and how to mend it.

use std::fmt;
use std::path::PathBuf;

use super::{ENVIRONMENT_PREFIX, ENVIRONMENT_SEPARATOR};

/// Where a key was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this file.
    File(PathBuf),
    /// By a variable of the environment.
    Environment,
    /// Nowhere: it has its default.
    Default,
}

impl Place {
    /// The key's own name in this place, with the place.
    fn name(&self, key: &str) -> String {
        match self {
            Self::File(file) => format!("{}: {key}", file.display()),
            Self::Environment => self.key(key),
            Self::Default => format!("{key} (by default)"),
        }
    }

    /// The key's own name in this place.
    pub(super) fn key(&self, key: &str) -> String {
        match self {
            Self::File(_) | Self::Default => key.to_owned(),
            Self::Environment => {
                let name = key.replace('.', ENVIRONMENT_SEPARATOR).to_uppercase();
                format!("{ENVIRONMENT_PREFIX}{ENVIRONMENT_SEPARATOR}{name}")
            }
        }
    }
}

/// One thing that is wrong. No value of the configuration is used while there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The operating system does not give the file.
    #[error("{}: cannot be read: {reason}", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file is not written in TOML; nothing of it is known.
    #[error("{}: is not TOML: {reason}", file.display())]
    NotToml {
        /// Which file.
        file: PathBuf,
        /// Where, and what was expected there.
        reason: String,
    },
    /// The environment holds text that is not Unicode; nothing of it is known.
    #[error("the environment: {reason}")]
    Environment {
        /// Which variable.
        reason: String,
    },
    /// There is no such key.
    #[error("{}: no such key; {hint}", place.name(key))]
    Unknown {
        /// Where it stands.
        place: Place,
        /// The key as it was written.
        key: String,
        /// Which one may have been meant.
        hint: String,
    },
    /// The key's value is of no use.
    #[error("{}: {reason}", place.name(key))]
    Refused {
        /// Where it stands.
        place: Place,
        /// Which key.
        key: String,
        /// What the key takes, and what it got.
        reason: String,
    },
}

/// All that is wrong with a configuration; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// None if there are none.
    pub(super) fn of(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// One by one: what cannot be read, then values in the order of the reference, then unknown
    /// keys.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    /// Fits after "failed to ...", with a line for each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "use the configuration:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}
