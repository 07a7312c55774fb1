//! Why a function cannot be run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{node, python};

/// Why a function cannot be run on this node. Nothing was started and nothing changed.
///
/// All but [`ProgramMissing`](Self::ProgramMissing), which another node may not suffer from, are
/// mistakes in the action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// No launcher runs files with this ending.
    #[error(
        "launch {function:?}: nothing here runs {file:?}; a `file` ends in .{}, .{}, and any other \
         program is an `exec`",
        python::ENDING,
        node::ENDINGS.join(", .")
    )]
    EndingUnknown {
        /// Which function.
        function: String,
        /// What it names.
        file: String,
    },
    /// The action was packed without the file.
    #[error("launch {function:?}: the action contains no file {file:?}")]
    FileMissing {
        /// Which function.
        function: String,
        /// What it names.
        file: String,
    },
    /// The key is the entry point, but nothing in a file of its language can have this name.
    #[error(
        "launch {function:?}: the name is also that of the function in the file, so it must be an \
         identifier: letters, digits and '_', no digit first"
    )]
    NameNotIdentifier {
        /// Which function.
        function: String,
    },
    /// A path with `..`, or an absolute one where it must be relative.
    #[error("launch {function:?}: {path:?} leaves the action's directory")]
    Outside {
        /// Which function.
        function: String,
        /// What it names.
        path: String,
    },
    /// There is no program to execute.
    #[error("launch {function:?}: its `exec` is empty")]
    ExecEmpty {
        /// Which function.
        function: String,
    },
    /// The file is not there or not executable.
    #[error("launch {function:?}: {} is no executable file (chmod +x?)", program.display())]
    NotExecutable {
        /// Which function.
        function: String,
        /// What it names.
        program: PathBuf,
    },
    /// Neither the action nor the search path has such a program.
    #[error(
        "launch {function:?}: no program {} in the action, nor in the node's PATH ({search_path})",
        program.display()
    )]
    ProgramMissing {
        /// Which function.
        function: String,
        /// What it names.
        program: PathBuf,
        /// Where it was looked for.
        search_path: String,
    },
}

impl LaunchError {
    pub(super) fn ending_unknown(function: &str, file: &str) -> Self {
        Self::EndingUnknown {
            function: function.to_owned(),
            file: file.to_owned(),
        }
    }

    pub(super) fn file_missing(function: &str, file: &str) -> Self {
        Self::FileMissing {
            function: function.to_owned(),
            file: file.to_owned(),
        }
    }

    pub(super) fn program_missing(function: &str, program: &Path, search_path: &OsStr) -> Self {
        Self::ProgramMissing {
            function: function.to_owned(),
            program: program.to_path_buf(),
            search_path: search_path.to_string_lossy().into_owned(),
        }
    }
}
