//! From a function of a manifest to the process that runs it.
//!
//! A function names either a source `file`, which the launcher of its language runs, or an `exec`,
//! the argument vector of a native program. Both become a [`Launch`]: what to execute, with which
//! arguments and environment, where, and in which form the parameters go to its standard input.
//! Nothing is started here, and only the existence of files is looked at.
//!
//! | the function has | what is executed |
//! | --- | --- |
//! | `file` ending in `.py` | the [Python launcher](python) |
//! | `file` ending in `.js`, `.cjs`, `.mjs` | the [Node.js launcher](node) |
//! | `exec` with `raptor` first | this node's own program |
//! | `exec` with a path first (`bin/count`, `/bin/sh`) | that, seen from the action's directory |
//! | `exec` with a name first | the action's file of that name, else the first in the search path |

mod error;
mod input;
pub mod node;
pub mod python;

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{self, Component, Path, PathBuf};
use std::{env, fs};

use raptor_core::manifest::{self, Function};
use raptor_sys::Program;

pub use error::LaunchError;
pub use input::Input;

/// The first word of an `exec` that means the node's own program.
const OWN_PROGRAM_NAME: &str = "raptor";

/// With this variable, of value 1, our launchers send one 0x00 byte when they have loaded their
/// file, or cannot: the process contract (`ARCHITECTURE.md`) lets them.
pub(crate) const READY_VARIABLE: &str = "RAPTOR_LAUNCHER_READY";

/// Linux takes no longer argument than this (`MAX_ARG_STRLEN`, execve(2)).
const ARGUMENT_BYTES_MAX: usize = 128 << 10;

/// Where this node finds what it executes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launchers {
    /// The Python interpreter: a path, or a name to be found in `search_path`. That of a virtual
    /// environment brings the packages installed there.
    pub python: PathBuf,
    /// The Node.js interpreter: a path, or a name to be found in `search_path`.
    pub nodejs: PathBuf,
    /// Directories with programs. Functions get it as their `PATH`; a name is looked up in it as
    /// the user that the function runs as, who may not see all that the node sees.
    pub search_path: OsString,
}

/// A process to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// What to execute. It existed and was executable a moment ago.
    pub program: Program,
    /// The argument vector, beginning with the word that the program is called by.
    pub argv: Vec<OsString>,
    /// All of the environment but what the node adds for each attempt (`__OW_*`, `RAPTOR_*`).
    pub env: Vec<(OsString, OsString)>,
    /// The form of the line that standard input takes.
    pub input: Input,
}

/// What a launcher of ours speaks.
#[derive(Clone, Copy)]
enum Language {
    Python,
    NodeJs,
}

impl Language {
    fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            python::ENDING => Some(Self::Python),
            ending if node::ENDINGS.contains(&ending) => Some(Self::NodeJs),
            _ => None,
        }
    }

    /// Whether a function can be called that.
    fn has_name(self, name: &str) -> bool {
        match self {
            Self::Python => python::is_identifier(name),
            Self::NodeJs => node::is_name(name),
        }
    }
}

impl Launchers {
    /// What this process itself would find: what is in its `PATH`.
    pub fn of_this_process(python: impl Into<PathBuf>, nodejs: impl Into<PathBuf>) -> Self {
        Self {
            python: python.into(),
            nodejs: nodejs.into(),
            search_path: env::var_os("PATH").unwrap_or_default(),
        }
    }

    /// How to run `function` of the action whose files are in `directory`, an absolute path, if it
    /// has any.
    ///
    /// # Errors
    /// The function cannot be run on this node. Nothing was started.
    pub fn launch(
        &self,
        function: &Function,
        directory: Option<&Path>,
    ) -> Result<Launch, LaunchError> {
        let (program, argv, input) = match &function.program {
            manifest::Program::File(file) => self.launcher(function, file, directory)?,
            manifest::Program::Exec(argv) => self.native(&function.name, argv, directory)?,
        };
        let path = (OsString::from("PATH"), self.search_path.clone());
        let own = function
            .env
            .iter()
            .map(|(key, value)| (key.into(), value.into()));
        Ok(Launch {
            program,
            argv,
            env: std::iter::once(path).chain(own).collect(),
            input,
        })
    }

    fn launcher(
        &self,
        function: &Function,
        file: &str,
        directory: Option<&Path>,
    ) -> Result<(Program, Vec<OsString>, Input), LaunchError> {
        let name = &function.name;
        let missing = || LaunchError::file_missing(name, file);
        let path = directory.ok_or_else(missing)?.join(within(name, file)?);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let language = match ending.and_then(Language::of_ending) {
            Some(language) => language,
            None => return Err(LaunchError::ending_unknown(name, file)),
        };
        if !language.has_name(name) {
            return Err(LaunchError::NameNotIdentifier {
                function: name.clone(),
            });
        }
        if !path.is_file() {
            return Err(missing());
        }
        let (interpreter, argv) = match language {
            Language::Python => (&self.python, python::argv(&self.python, &path, name)),
            Language::NodeJs => (&self.nodejs, node::argv(&self.nodejs, &path, name)),
        };
        Ok((self.found(name, interpreter)?, argv, Input::ActionLoop))
    }

    fn native(
        &self,
        name: &str,
        argv: &[String],
        directory: Option<&Path>,
    ) -> Result<(Program, Vec<OsString>, Input), LaunchError> {
        let Some(word) = argv.first() else {
            return Err(LaunchError::ExecEmpty {
                function: name.to_owned(),
            });
        };
        let program = if word == OWN_PROGRAM_NAME {
            Program::Own
        } else {
            let inside = within(name, word)?;
            match directory.map(|directory| directory.join(inside)) {
                Some(own) if word.contains('/') || own.is_file() => executable(name, own)?,
                None if word.contains('/') => return Err(LaunchError::file_missing(name, word)),
                Some(_) | None => self.found(name, inside)?,
            }
        };
        let argv = argv.iter().map(OsString::from).collect();
        Ok((program, argv, Input::Parameters))
    }

    /// `program` itself if it is a path, else any of that name in the search path.
    fn found(&self, name: &str, program: &Path) -> Result<Program, LaunchError> {
        if program.components().count() > 1 {
            // The process starts in the action's directory, from which a relative path is another.
            let program = path::absolute(program).unwrap_or_else(|_| program.to_path_buf());
            return executable(name, program);
        }
        let mut candidates = env::split_paths(&self.search_path).map(|dir| dir.join(program));
        if candidates.any(|candidate| is_executable(&candidate)) {
            Ok(Program::Named(program.into()))
        } else {
            Err(LaunchError::program_missing(
                name,
                program,
                &self.search_path,
            ))
        }
    }
}

/// `path`, which must stay inside the directory that it is seen from.
fn within<'a>(function: &str, path: &'a str) -> Result<&'a Path, LaunchError> {
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    inside
        .then_some(Path::new(path))
        .ok_or_else(|| LaunchError::Outside {
            function: function.to_owned(),
            path: path.to_owned(),
        })
}

fn executable(function: &str, program: PathBuf) -> Result<Program, LaunchError> {
    if is_executable(&program) {
        Ok(Program::Named(program.into()))
    } else {
        Err(LaunchError::NotExecutable {
            function: function.to_owned(),
            program,
        })
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests;
