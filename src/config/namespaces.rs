//! The namespaces of a gateway, and the file that they may stand in.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{NamespaceKey, NamespaceKeyError};
use crate::secret_file;

/// Namespaces with their keys, in the order in which they were added. Each is there once, and so is each
/// key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces(Vec<NamespaceKey>);

/// A namespace cannot stand beside others. The secrets are not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamespaceConflict {
    /// It has a key already.
    #[error("the namespace {0:?} is there twice")]
    Namespace(String),
    /// Its key would open two.
    #[error("the key of {0:?} is another namespace's too")]
    Key(String),
}

/// The text of a file with namespaces was refused. It fits after the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamespacesTextError {
    /// A line is something else.
    #[error("line {line} {source}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What it takes.
        source: NamespaceKeyError,
    },
    /// A line cannot stand beside those before it.
    #[error("line {line}: {source}")]
    Conflict {
        /// Which, from 1.
        line: usize,
        /// Why not.
        source: NamespaceConflict,
    },
}

/// A file with namespaces was refused. It fits after "failed to read the namespaces:".
#[derive(Debug, thiserror::Error)]
pub enum NamespacesFileError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It says nothing sensible.
    #[error("{}: {source}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: NamespacesTextError,
    },
}

impl Namespaces {
    /// Reads a file: a namespace with its key a line, as `gateway.namespaces` takes them; blank lines,
    /// and lines that begin with `#`, say nothing. Warns if others can read it too.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds anything else.
    pub fn read(path: &Path) -> Result<Self, NamespacesFileError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| NamespacesFileError::Unreadable {
            path: path.into(),
            source,
        })?;
        let namespaces = text.parse();
        let namespaces = namespaces.map_err(|source| NamespacesFileError::Text {
            path: path.into(),
            source,
        })?;
        secret_file::warn_if_shared(path);
        Ok(namespaces)
    }

    /// Adds a namespace.
    ///
    /// # Errors
    ///
    /// If it, or its key, is there already; nothing is changed then.
    pub fn add(&mut self, added: NamespaceKey) -> Result<(), NamespaceConflict> {
        let NamespaceKey {
            namespace, uuid, ..
        } = &added;
        if self.get(namespace).is_some() {
            return Err(NamespaceConflict::Namespace(namespace.clone()));
        }
        if self.0.iter().any(|known| known.uuid == *uuid) {
            return Err(NamespaceConflict::Key(namespace.clone()));
        }
        self.0.push(added);
        Ok(())
    }

    /// The key of a namespace.
    pub fn get(&self, namespace: &str) -> Option<&NamespaceKey> {
        self.0.iter().find(|known| known.namespace == namespace)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &NamespaceKey> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the text of a file. It tells the secrets.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for known in &self.0 {
            let (namespace, credentials) = (&known.namespace, known.credentials());
            writeln!(text, "{namespace}={credentials}").expect("strings take everything");
        }
        text
    }
}

impl FromStr for Namespaces {
    type Err = NamespacesTextError;

    fn from_str(text: &str) -> Result<Self, NamespacesTextError> {
        let mut namespaces = Self::default();
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let key = text
                .parse()
                .map_err(|source| NamespacesTextError::Line { line, source })?;
            namespaces
                .add(key)
                .map_err(|source| NamespacesTextError::Conflict { line, source })?;
        }
        Ok(namespaces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_namespace_a_line_and_comments() {
        let text = "# of the shop\n\n shop=u-1:k#1 \nbank=u-2:k=2\n";
        let namespaces: Namespaces = text.parse().expect("it is one");
        let names: Vec<_> = namespaces.iter().map(|key| &*key.namespace).collect();
        assert_eq!(names, ["shop", "bank"]);
        let key = |name| namespaces.get(name).map(NamespaceKey::credentials);
        assert_eq!(key("shop").as_deref(), Some("u-1:k#1"));
        assert_eq!(key("bank").as_deref(), Some("u-2:k=2"));
        assert_eq!(key("other"), None);
        assert_eq!(namespaces.to_text().parse(), Ok(namespaces));
        assert_eq!("# nobody\n".parse(), Ok(Namespaces::default()));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_line_and_without_its_secrets() {
        let refused = |text: &str| {
            let refused = text.parse::<Namespaces>().expect_err("it is none");
            let refused = refused.to_string();
            assert!(!refused.contains("secret"), "{refused}");
            refused
        };
        let line = "line 2 takes namespaces with their keys, such as \"shop=UUID:KEY\"";
        for second in [
            "shop",
            "shop=secret",
            "=u:secret",
            "_=u:secret",
            "-=u:secret",
        ] {
            assert_eq!(refused(&format!("a=u:k\n{second}\n")), line);
        }
        assert_eq!(
            refused("\na=u:secret\na=v:secret\n"),
            "line 3: the namespace \"a\" is there twice"
        );
        assert_eq!(
            refused("a=u:secret\nb=u:secret\n"),
            "line 2: the key of \"b\" is another namespace's too"
        );
    }
}
