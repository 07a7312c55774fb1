//! How a process of an action is started.

use std::ffi::OsString;
use std::path::PathBuf;

/// What starts a process that answers activations, any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// What to execute: a path, or a name to be found in `PATH`.
    pub(crate) program: OsString,
    pub(crate) args: Vec<OsString>,
    /// Its working directory.
    pub(crate) directory: PathBuf,
    pub(crate) launcher: Launcher,
}

/// Who wrote the launcher, which decides its environment and how it says that it is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Launcher {
    /// Raptor's: it acknowledges, marks answers after which it should not be used (`!`), and has
    /// `PATH`, `HOME` and `LANG`.
    Own {
        /// Whether it takes activations while others are under way, and numbers its answers.
        overlaps: bool,
    },
    /// Any other. It gets what the ActionLoop proxy gives, and acknowledges if that is so.
    Stock { acknowledges: bool },
}
