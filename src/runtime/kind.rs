//! In what an action is written.

use std::str::FromStr;

/// The language of a container's action. OpenWhisk's kinds carry a version, which the container's
/// image decides: only the family counts here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `python:3`: source, or an archive with a `__main__.py`.
    Python,
    /// `nodejs:20`: source, or an archive with a `package.json` or an `index.js`.
    Node,
    /// `exec`: a script with `#!`, an ELF executable, or an archive with one called `exec`. It
    /// speaks the ActionLoop protocol, as in OpenWhisk's bare `actionloop` image.
    Exec,
    /// `actionloop`: as `exec`, with OpenWhisk's variables for a compiler ([`super::Variables`]).
    ActionLoop,
}

/// There is no such kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no kind: there are python:3, nodejs:20, exec and actionloop")]
pub struct UnknownKind {
    /// What was asked for.
    pub name: String,
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let family = name.split_once(':').map_or(name, |(family, _)| family);
        match family {
            "python" => Ok(Self::Python),
            "nodejs" => Ok(Self::Node),
            "exec" => Ok(Self::Exec),
            "actionloop" => Ok(Self::ActionLoop),
            _ => Err(UnknownKind {
                name: name.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_decides_whatever_the_version() {
        for (name, kind) in [
            ("python:3", Kind::Python),
            ("python:3.11", Kind::Python),
            ("python", Kind::Python),
            ("nodejs:20", Kind::Node),
            ("exec", Kind::Exec),
            ("actionloop", Kind::ActionLoop),
        ] {
            assert_eq!(name.parse(), Ok(kind));
        }
    }

    #[test]
    fn others_are_refused_by_name() {
        let unknown = "java:8".parse::<Kind>().expect_err("there is no such kind");
        assert!(unknown.to_string().contains("java:8"));
    }
}
