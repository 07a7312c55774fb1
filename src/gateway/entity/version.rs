//! Versions of entities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Malformed;

/// `major.minor.patch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Version(u32, u32, u32);

impl Version {
    /// What an entity begins with.
    pub(crate) const FIRST: Self = Self(0, 0, 1);

    /// What it has after its next change.
    pub(crate) const fn next(self) -> Self {
        Self(self.0, self.1, self.2.saturating_add(1))
    }
}

impl FromStr for Version {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
        let version = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), minor, patch, None) => {
                let or_zero = |part: Option<Option<u32>>| part.map_or(Some(0), |part| part);
                or_zero(minor)
                    .zip(or_zero(patch))
                    .map(|(minor, patch)| Self(major, minor, patch))
            }
            _ => None,
        };
        version
            .filter(|version| *version != Self(0, 0, 0))
            .ok_or_else(|| Malformed::new(format!("bad semantic version {text}")))
    }
}

impl TryFrom<String> for Version {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
