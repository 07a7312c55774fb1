//! What is wrong with a manifest, where, and how to mend it.

use std::fmt;

use super::{FUNCTION_NAME_BYTES_MAX, FUNCTIONS_MAX, MANIFEST_BYTES_MAX};

/// A list longer than this is read by nobody; the rest is only counted.
const PROBLEMS_MAX: usize = 32;

/// All that is wrong with a manifest: at least one problem. No manifest was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestProblems {
    problems: Vec<Problem>,
    left_out: usize,
}

impl ManifestProblems {
    /// The problems, in the order in which they were found; at most the first 32.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many more there are.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }
}

impl fmt::Display for ManifestProblems {
    /// One line for each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        match self.left_out {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for ManifestProblems {}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path of the offending key, as `count0.depends[1]`; empty for the whole text.
    pub path: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.kind)
        } else {
            write!(f, "{}: {}", self.path, self.kind)
        }
    }
}

/// What can be wrong. Each text says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The text is longer than [`MANIFEST_BYTES_MAX`].
    #[error("the manifest has {bytes} bytes: make it {MANIFEST_BYTES_MAX} at most")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The text is not JSON.
    #[error("not JSON: {what} at line {line}, column {column}")]
    Syntax {
        /// What was found or missed there.
        what: String,
        /// From one.
        line: usize,
        /// From one; zero before the line's first character.
        column: usize,
    },
    /// A value of another type.
    #[error("expected {wanted}, found {found}")]
    WrongType {
        /// What belongs there.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A number that is not whole or not within its limits.
    #[error("{found} is not a whole number from {min} to {max}")]
    OutOfRange {
        /// The number as JSON writes it.
        found: String,
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A key that stands twice in one object.
    #[error("the key is given twice: keep one")]
    DuplicateKey,
    /// A key that means nothing here.
    #[error("unknown key: {}", mend(near.as_deref(), "remove it"))]
    UnknownKey {
        /// The key that was perhaps meant.
        near: Option<String>,
    },
    /// No function at all.
    #[error("the manifest names no function: name at least one")]
    NoFunctions,
    /// More than [`FUNCTIONS_MAX`].
    #[error("the manifest names {count} functions: name {FUNCTIONS_MAX} at most")]
    TooManyFunctions {
        /// How many there are.
        count: usize,
    },
    /// A function whose name cannot be an entry point.
    #[error(transparent)]
    Name(#[from] NameProblem),
    /// A dependency that is no function of the manifest.
    #[error("unknown function {name:?}{}", near.as_ref().map_or_else(String::new, |near| format!("; did you mean {near:?}?")))]
    UnknownFunction {
        /// Its name.
        name: String,
        /// The function that was perhaps meant.
        near: Option<String>,
    },
    /// A dependency that the function already has.
    #[error("{name:?} is already in the list: remove it")]
    RepeatedDependency {
        /// Its name.
        name: String,
    },
    /// A function that needs its own value.
    #[error("the function depends on itself: remove it")]
    OwnDependency,
    /// Functions that wait for each other.
    #[error("a cycle: {}: remove one of these dependencies", round(functions))]
    Cycle {
        /// Each depends on the next, the last on the first.
        functions: Vec<String>,
    },
    /// Neither `file` nor `exec`.
    #[error("nothing to execute: give \"file\" or \"exec\"")]
    NoProgram,
    /// Both `file` and `exec`.
    #[error("two things to execute: give \"file\" or \"exec\", not both")]
    TwoPrograms,
    /// An `exec` without a program.
    #[error("the list is empty: give the program and its arguments")]
    EmptyExec,
    /// A path that a manifest may not name.
    #[error(transparent)]
    Path(#[from] PathProblem),
    /// A text that cannot be handed to a process.
    #[error("the text contains NUL, which no process can be given: remove it")]
    Nul,
    /// Attempts that would be repeated although the function must run once.
    #[error("a function with \"idempotent\": false runs once: remove \"retries\"")]
    RetriesOfOnce,
    /// A text that is no duration.
    #[error("{text:?} is no duration ({why}): write it as \"30s\", \"1m30s\" or \"250ms\"")]
    Duration {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A value that is no amount of memory.
    #[error("{text:?} is no amount of memory ({why}): write it as \"256m\", \"1GiB\" or in bytes")]
    Memory {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A variable that cannot be set.
    #[error(transparent)]
    Variable(#[from] VariableProblem),
}

/// Why a name cannot be a function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// It is empty.
    #[error("the name is empty: name the function's entry point")]
    Empty,
    /// It is longer than [`FUNCTION_NAME_BYTES_MAX`].
    #[error("the name is longer than {FUNCTION_NAME_BYTES_MAX} bytes: shorten it")]
    TooLong,
    /// It contains a control character, which no entry point has.
    #[error("the name contains a control character: remove it")]
    Control,
    /// It would be taken for something else among parameters or results.
    #[error("the name is reserved: choose another")]
    Reserved,
}

/// Why a path is not one of a file of the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// It is empty, or names a directory.
    #[error("the path names no file: give one in the action's directory")]
    NoFile,
    /// It begins at the root.
    #[error("the path is absolute: give it relative to the action's directory")]
    Absolute,
    /// It has a component `..`.
    #[error("the path contains \"..\": give one inside the action's directory")]
    Parent,
    /// It contains NUL.
    #[error("the path contains NUL: remove it")]
    Nul,
    /// The action has no such file.
    #[error("the action has no such file: add it or correct the path")]
    Missing,
}

/// Why a variable cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableProblem {
    /// Its name is empty.
    #[error("the variable's name is empty: name it")]
    Empty,
    /// Its name contains `=` or NUL.
    #[error("the variable's name contains \"=\" or NUL: rename it")]
    Malformed,
    /// Its name is one that Raptor sets.
    #[error("names that begin with \"RAPTOR_\" or \"__OW_\" are reserved: rename it")]
    Reserved,
}

fn mend(near: Option<&str>, otherwise: &str) -> String {
    near.map_or_else(
        || otherwise.to_owned(),
        |near| format!("did you mean {near:?}?"),
    )
}

fn round(functions: &[String]) -> String {
    let ring = functions.iter().chain(functions.first());
    ring.map(String::as_str).collect::<Vec<_>>().join(" -> ")
}

/// Where in the text: the path of a key.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(String);

impl Place {
    /// The member `key` of the object here. A key that is not plain stands in quotes.
    pub(super) fn key(&self, key: &str) -> Self {
        let plain = |c: char| c.is_alphanumeric() || "_-$".contains(c);
        let dot = if self.0.is_empty() { "" } else { "." };
        if !key.is_empty() && key.chars().all(plain) {
            Self(format!("{}{dot}{key}", self.0))
        } else {
            Self(format!("{}{dot}{key:?}", self.0))
        }
    }

    /// The item `at` of the list here.
    pub(super) fn item(&self, at: usize) -> Self {
        Self(format!("{}[{at}]", self.0))
    }
}

/// Problems as they are found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    problems: Vec<Problem>,
    left_out: usize,
}

impl Findings {
    /// Notes one more.
    pub(super) fn add(&mut self, place: &Place, kind: impl Into<ProblemKind>) {
        self.add_with(place, || kind.into());
    }

    /// Notes one more, whose description is dear: it is made only if it will be read.
    pub(super) fn add_with(&mut self, place: &Place, kind: impl FnOnce() -> ProblemKind) {
        if self.problems.len() == PROBLEMS_MAX {
            self.left_out += 1;
            return;
        }
        self.problems.push(Problem {
            path: place.0.clone(),
            kind: kind(),
        });
    }

    /// `made`, unless something was found.
    ///
    /// # Panics
    ///
    /// If nothing was found although nothing was made.
    pub(super) fn conclude<T>(self, made: Option<T>) -> Result<T, ManifestProblems> {
        if self.problems.is_empty() {
            return Ok(made.expect("what cannot be made has a problem"));
        }
        Err(ManifestProblems {
            problems: self.problems,
            left_out: self.left_out,
        })
    }
}
