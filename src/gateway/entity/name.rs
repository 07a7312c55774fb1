//! Names of entities, and paths to actions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// As OpenWhisk has it (`EntityName.scala`, `ENTITY_NAME_MAX_LENGTH`).
const NAME_CHARS_MAX: usize = 256;

/// The name of an action, a package or a namespace: 1 to 256 characters, the first a letter, a
/// digit or `_`, then also `@`, `.`, `&`, `-` and blanks, of which none is the last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct EntityName(Arc<str>);

/// A text is no name. Each is worded as OpenWhisk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    #[error("Name segment longer than allowed: {chars} > {NAME_CHARS_MAX}.")]
    TooLong { chars: usize },
    #[error("The name of the entity contains illegal characters.")]
    Illegal,
    #[error(
        "The fully qualified name of the entity must contain at least the namespace and the name \
         of the entity."
    )]
    Unqualified,
}

impl EntityName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EntityName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let chars = text.chars().count();
        if chars > NAME_CHARS_MAX {
            return Err(NameError::TooLong { chars });
        }
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_inner = |byte: u8| is_word(byte) || b"@.&- ".contains(&byte);
        let [first, rest @ ..] = text.as_bytes() else {
            return Err(NameError::Illegal);
        };
        let ends_well = rest.last() != Some(&b' ');
        if is_word(*first) && rest.iter().copied().all(is_inner) && ends_well {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Illegal)
        }
    }
}

impl TryFrom<String> for EntityName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<EntityName> for String {
    fn from(name: EntityName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an action, or a package, is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct ActionPath {
    pub(crate) namespace: EntityName,
    pub(crate) package: Option<EntityName>,
    pub(crate) name: EntityName,
}

impl ActionPath {
    /// The namespace that entities of it say that they are in: with the package.
    pub(crate) fn space(&self) -> String {
        match &self.package {
            Some(package) => format!("{}/{package}", self.namespace),
            None => self.namespace.to_string(),
        }
    }

    /// With a slash before it, as sequences name their components.
    pub(crate) fn qualified(&self) -> String {
        format!("/{self}")
    }

    /// The package that it is in.
    pub(crate) fn package_path(&self) -> Option<Self> {
        Some(Self {
            namespace: self.namespace.clone(),
            package: None,
            name: self.package.clone()?,
        })
    }

    /// A path with its namespace, `/ns/name`, `ns/name` or `/ns/package/name`, where `_` is `own`.
    ///
    /// # Errors
    ///
    /// If it has no namespace, or a name that is none.
    pub(crate) fn parse_qualified(text: &str, own: &EntityName) -> Result<Self, NameError> {
        let parts: Vec<&str> = text.strip_prefix('/').unwrap_or(text).split('/').collect();
        let (namespace, package, name) = match parts[..] {
            [namespace, name] => (namespace, None, name),
            [namespace, package, name] => (namespace, Some(package), name),
            [_] => return Err(NameError::Unqualified),
            _ => return Err(NameError::Illegal),
        };
        Ok(Self {
            namespace: match namespace {
                "_" => own.clone(),
                other => other.parse()?,
            },
            package: package.map(str::parse).transpose()?,
            name: name.parse()?,
        })
    }

    /// A path as people write it: what does not begin with `/` is in the namespace `own`.
    ///
    /// # Errors
    ///
    /// If a name in it is none.
    pub(crate) fn resolve(text: &str, own: &EntityName) -> Result<Self, NameError> {
        if text.starts_with('/') {
            Self::parse_qualified(text, own)
        } else {
            Self::parse_qualified(&format!("/{own}/{text}"), own)
        }
    }
}

impl fmt::Display for ActionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.space(), self.name)
    }
}
