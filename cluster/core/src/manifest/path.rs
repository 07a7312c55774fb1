//! Paths inside the action's directory.

use std::path::{Component, Path};

use super::PathProblem;

/// Checks that `path` names a file inside the action's directory, as far as its text can tell.
pub(super) fn check(path: &str) -> Result<(), PathProblem> {
    if path.contains('\0') {
        return Err(PathProblem::Nul);
    }
    if path.ends_with('/') && Path::new(path).is_relative() {
        return Err(PathProblem::NoFile);
    }
    let mut names_file = false;
    for component in Path::new(path).components() {
        match component {
            Component::Normal(_) => names_file = true,
            Component::CurDir => {}
            Component::ParentDir => return Err(PathProblem::Parent),
            Component::RootDir | Component::Prefix(_) => return Err(PathProblem::Absolute),
        }
    }
    if path.ends_with("/.") || !names_file {
        return Err(PathProblem::NoFile);
    }
    Ok(())
}

/// Whether a program is meant to be searched for in `PATH`, as a shell would.
pub(super) fn is_searched(program: &str) -> bool {
    !program.contains('/')
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
