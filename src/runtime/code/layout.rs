//! The files of an action.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use raptor_cluster::launcher;

use super::content::is_executable;
use super::recipe::{Launcher, Recipe};
use super::{CodeError, package};
use crate::archive::{self, Format};
use crate::runtime::{Kind, Settings};

/// The action's program, in the words of the ActionLoop proxy.
const EXEC: &str = "exec";

/// What a Python action's source is called in OpenWhisk's image.
const PYTHON_MAIN: &str = "main__.py";

/// The line of OpenWhisk's Python launcher that names the function.
const STOCK_IMPORT: &str = "from main__ import main as main";

/// A launcher that looks at this variable acknowledges.
const ACK_VARIABLE: &str = "__OW_WAIT_FOR_ACK";

/// An action's code in a directory.
pub(super) struct Layout {
    pub(super) settings: Arc<Settings>,
    /// Where the code is.
    pub(super) source: PathBuf,
    /// The entry point.
    pub(super) main: String,
}

impl Layout {
    /// Writes the code: the files of an archive, or one file. Blocks.
    pub(super) fn unpack(&self, content: &[u8]) -> Result<(), CodeError> {
        if let Some(jar) = self.jar(content) {
            return self.write(&jar, content, 0o644);
        }
        if Format::of(content).is_some() {
            archive::unpack(content, &self.source)?;
            return Ok(());
        }
        let (name, mode) = match self.settings.kind {
            Kind::Python => (PYTHON_MAIN, 0o644),
            Kind::Node => (package::INDEX, 0o644),
            Kind::Exec | Kind::ActionLoop => (EXEC, 0o755),
        };
        self.write(name.as_ref(), content, mode)
    }

    fn write(&self, name: &Path, content: &[u8], mode: u32) -> Result<(), CodeError> {
        let path = self.source.join(name);
        fs::create_dir(&self.source).map_err(CodeError::write(&self.source))?;
        fs::write(&path, content).map_err(CodeError::write(&path))?;
        make_executable(&path, mode)
    }

    /// As what a jar is to be kept, if it is one and is to be kept.
    fn jar(&self, content: &[u8]) -> Option<PathBuf> {
        const JAR_MANIFEST: &[u8] = b"META-INF/MANIFEST.MF";
        let name = self.settings.variables.jar.as_ref()?;
        let is_asked = self.settings.kind == Kind::ActionLoop;
        let is_jar = || {
            Format::of(content) == Some(Format::Zip)
                && content
                    .windows(JAR_MANIFEST.len())
                    .any(|window| window == JAR_MANIFEST)
        };
        (is_asked && is_jar()).then(|| PathBuf::from(name))
    }

    /// Whether the compiler has work: what can be executed is not compiled.
    pub(super) fn is_to_be_compiled(&self) -> bool {
        let is_asked = self.settings.kind == Kind::ActionLoop
            && self.settings.launcher.is_none()
            && self.settings.variables.compiler.is_some();
        is_asked && !begins_executable(&self.source.join(EXEC))
    }

    /// How the code is run as it is.
    pub(super) fn recipe(&self) -> Result<Recipe, CodeError> {
        let kind = self.settings.kind;
        match &self.settings.launcher {
            Some(launcher) if kind == Kind::Python && is_python(launcher) => {
                self.stock_python(launcher)
            }
            Some(launcher) => self.launched(launcher),
            None => match kind {
                Kind::Python => {
                    let file = self.python_main()?;
                    let python = &self.settings.python;
                    let argv = launcher::python::argv(python, &file, &self.main);
                    Ok(self.own(argv, false))
                }
                Kind::Node => {
                    let (file, function) = self.node_main()?;
                    let nodejs = &self.settings.nodejs;
                    let argv = launcher::node::argv(nodejs, &file, &function);
                    Ok(self.own(argv, self.settings.variables.allows_concurrency))
                }
                Kind::Exec | Kind::ActionLoop => self.bare(&self.source),
            },
        }
    }

    /// A program called `exec` that speaks the protocol itself.
    pub(super) fn bare(&self, directory: &Path) -> Result<Recipe, CodeError> {
        let program = directory.join(EXEC);
        if !program.is_file() {
            return Err(CodeError::NoExec);
        }
        if let Some(expected) = &self.settings.variables.execution_env
            && self.settings.kind == Kind::ActionLoop
        {
            check_execution_env(directory, expected)?;
        }
        make_executable(&program, 0o755)?;
        Ok(Recipe {
            program: program.into(),
            args: Vec::new(),
            directory: directory.to_owned(),
            launcher: self.stock(),
        })
    }

    fn launched(&self, launcher: &Path) -> Result<Recipe, CodeError> {
        let (file, function) = match self.settings.kind {
            Kind::Python => (self.python_main()?, self.main.clone()),
            Kind::Node => self.node_main()?,
            Kind::Exec | Kind::ActionLoop => (self.source.join(EXEC), self.main.clone()),
        };
        Ok(Recipe {
            program: launcher.into(),
            args: vec![file.into(), function.into()],
            directory: self.source.clone(),
            launcher: self.stock(),
        })
    }

    /// What OpenWhisk's Python image does with its launcher.
    fn stock_python(&self, launcher: &Path) -> Result<Recipe, CodeError> {
        const COPY: &str = "exec__.py";
        let main = self.python_main()?;
        let expected = self.source.join(PYTHON_MAIN);
        if main != expected {
            fs::rename(&main, &expected).map_err(CodeError::write(&expected))?;
        }
        let text = fs::read_to_string(launcher).map_err(|source| CodeError::Launcher {
            path: launcher.to_owned(),
            source,
        })?;
        let import = format!("from main__ import {} as main", self.main);
        let copy = self.source.join(COPY);
        let changed = text.replace(STOCK_IMPORT, &import);
        fs::write(&copy, changed).map_err(CodeError::write(&copy))?;
        Ok(Recipe {
            program: self.settings.python.clone().into(),
            args: vec![COPY.into()],
            directory: self.source.clone(),
            launcher: Launcher::Stock {
                acknowledges: text.contains(ACK_VARIABLE),
            },
        })
    }

    fn stock(&self) -> Launcher {
        Launcher::Stock {
            acknowledges: self.settings.variables.wait_for_ack.is_some(),
        }
    }

    fn own(&self, argv: Vec<OsString>, overlaps: bool) -> Recipe {
        let mut argv = argv.into_iter();
        Recipe {
            program: argv.next().expect("it begins with the program"),
            args: argv.collect(),
            directory: self.source.clone(),
            launcher: Launcher::Own { overlaps },
        }
    }

    fn python_main(&self) -> Result<PathBuf, CodeError> {
        let exec = self.source.join(EXEC);
        let is_there = |name: &str| {
            let path = self.source.join(name);
            path.is_file().then_some(path)
        };
        if let Some(main) = is_there("__main__.py").or_else(|| is_there(PYTHON_MAIN)) {
            return Ok(main);
        }
        // As OpenWhisk's image: a source called like a program.
        if exec.is_file() {
            let main = self.source.join(PYTHON_MAIN);
            fs::rename(&exec, &main).map_err(CodeError::write(&main))?;
            return Ok(main);
        }
        is_there("main.py").ok_or(CodeError::NoPythonMain)
    }

    fn node_main(&self) -> Result<(PathBuf, String), CodeError> {
        package::main(&self.source, &self.main)
    }
}

/// What was compiled for another environment is refused.
fn check_execution_env(directory: &Path, expected: &OsStr) -> Result<(), CodeError> {
    let found = fs::read_to_string(directory.join("exec.env"));
    let found = found.map_err(|source| CodeError::NoExecutionEnv { source })?;
    if OsStr::new(found.trim()) == expected {
        return Ok(());
    }
    println!("Expected exec.env should start with {}", expected.display());
    println!("Actual value: {}", found.trim());
    Err(CodeError::ExecutionEnvMismatch)
}

fn is_python(launcher: &Path) -> bool {
    launcher.extension().is_some_and(|ending| ending == "py")
}

fn begins_executable(path: &Path) -> bool {
    use std::io::Read;
    let mut magic = Vec::with_capacity(4);
    let read = fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut magic));
    read.is_ok() && is_executable(&magic)
}

fn make_executable(path: &Path, mode: u32) -> Result<(), CodeError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(CodeError::write(path))
}
