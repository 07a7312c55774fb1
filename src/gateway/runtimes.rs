//! The kinds of actions that this node's machine can run.

use std::path::Path;
use std::process::{Command, Stdio};

use super::entity::Malformed;

/// A language that actions are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Node,
}

/// The kinds of actions that this node's machine can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runtimes {
    /// Each kind, and what `:default` of its family means.
    kinds: Vec<Kind>,
    images: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    name: String,
    language: Language,
    is_default: bool,
}

impl Runtimes {
    /// What is installed: the interpreters are asked for their versions.
    pub(crate) fn installed(python: &Path, node: &Path, images: &[String]) -> Self {
        let python = version_of(python).map(|(major, minor)| {
            let of = |name: String, is_default| Kind {
                name,
                language: Language::Python,
                is_default,
            };
            [
                of(format!("python:{major}.{minor}"), true),
                of(format!("python:{major}"), false),
            ]
        });
        let node = version_of(node).map(|(major, _)| Kind {
            name: format!("nodejs:{major}"),
            language: Language::Node,
            is_default: true,
        });
        Self {
            kinds: python.into_iter().flatten().chain(node).collect(),
            images: images.to_vec(),
        }
    }

    /// One kind of Python, for tests.
    #[cfg(test)]
    pub(crate) fn with(python: &str) -> Self {
        Self {
            kinds: vec![Kind {
                name: python.to_owned(),
                language: Language::Python,
                is_default: true,
            }],
            images: Vec::new(),
        }
    }

    /// The kind that a name means, `:default` being that of the family.
    ///
    /// # Errors
    ///
    /// If there is none, with all that there are.
    pub(crate) fn resolve(&self, name: &str) -> Result<String, Malformed> {
        let family = name.strip_suffix(":default");
        let is_meant = |kind: &&Kind| match family {
            Some(family) => kind.is_default && kind.family() == family,
            None => kind.name == name,
        };
        if let Some(kind) = self.kinds.iter().find(is_meant) {
            return Ok(kind.name.clone());
        }
        let known = self.kinds.iter().flat_map(|kind| {
            let default = kind
                .is_default
                .then(|| format!("'{}:default'", kind.family()));
            default.into_iter().chain([format!("'{}'", kind.name)])
        });
        let intrinsic = ["'sequence'", "'blackbox'"].map(str::to_owned);
        let known: Vec<_> = known.chain(intrinsic).collect();
        Err(Malformed::refused(format!(
            "The specified runtime '{name}' is not supported by this platform. Valid values are: \
             {}.",
            known.join(", ")
        )))
    }

    /// The language of a kind.
    pub(crate) fn language(&self, kind: &str) -> Option<Language> {
        let found = self.kinds.iter().find(|known| known.name == kind)?;
        Some(found.language)
    }

    /// Refuses a blackbox action of an image that is not allowed.
    pub(crate) fn check_image(&self, image: &str) -> Result<(), Malformed> {
        let bare = |image: &str| image.strip_suffix(":latest").unwrap_or(image).to_owned();
        if self.images.iter().any(|known| bare(known) == bare(image)) {
            return Ok(());
        }
        Err(Malformed::refused(format!(
            "Blackbox actions of the image '{image}' are not supported: this platform runs actions \
             as processes, not as containers. gateway.blackbox of its configuration can allow it."
        )))
    }

    /// The names of all kinds.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(|kind| kind.name.as_str())
    }
}

impl Kind {
    fn family(&self) -> &str {
        self.name.split(':').next().unwrap_or_default()
    }
}

/// Major and minor version of an interpreter, if there is one.
fn version_of(program: &Path) -> Option<(u32, u32)> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    let said = command.output().ok().filter(|said| said.status.success())?;
    parse_version(&String::from_utf8_lossy(&said.stdout))
}

/// From "Python 3.11.7" or "v20.20.2".
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let number = text.trim().rsplit([' ', 'v']).next()?;
    let mut parts = number.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtimes() -> Runtimes {
        let of = |name: &str, language, is_default| Kind {
            name: name.to_owned(),
            language,
            is_default,
        };
        Runtimes {
            kinds: vec![
                of("python:3.11", Language::Python, true),
                of("python:3", Language::Python, false),
                of("nodejs:20", Language::Node, true),
            ],
            images: vec!["openwhisk/dockerskeleton".to_owned()],
        }
    }

    #[test]
    fn a_default_is_that_of_its_family() {
        let runtimes = runtimes();
        for (name, kind) in [
            ("python:default", "python:3.11"),
            ("python:3", "python:3"),
            ("nodejs:default", "nodejs:20"),
        ] {
            assert_eq!(runtimes.resolve(name).as_deref(), Ok(kind));
        }
        assert_eq!(runtimes.language("python:3"), Some(Language::Python));
    }

    #[test]
    fn an_unknown_kind_is_refused_with_all_that_there_are() {
        let refused = runtimes().resolve("cobol:85").unwrap_err().to_string();
        assert_eq!(
            refused,
            "The specified runtime 'cobol:85' is not supported by this platform. Valid values are: \
             'python:default', 'python:3.11', 'python:3', 'nodejs:default', 'nodejs:20', \
             'sequence', 'blackbox'."
        );
    }

    #[test]
    fn an_image_is_taken_only_if_it_is_listed() {
        let runtimes = runtimes();
        assert_eq!(
            runtimes.check_image("openwhisk/dockerskeleton:latest"),
            Ok(())
        );
        assert!(runtimes.check_image("alpine").is_err());
    }

    #[test]
    fn versions_are_read_from_what_interpreters_say() {
        assert_eq!(parse_version("Python 3.11.7\n"), Some((3, 11)));
        assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(parse_version("what?"), None);
    }
}
