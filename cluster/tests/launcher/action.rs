//! An action of one file, and how to call its functions.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use raptor_cluster::launcher::{Launch, Launchers};
use raptor_cluster::testing::gate;
use raptor_core::manifest::{Function, Program};
use serde_json::Value;
use tempfile::TempDir;

/// An action of one file, and how to call its functions.
pub(crate) struct Action {
    pub(crate) directory: TempDir,
    pub(crate) launchers: Launchers,
    file: String,
}

impl Action {
    /// None if there is no interpreter for it on this machine.
    pub(crate) fn of(file: &str, source: &str) -> Option<Self> {
        let launchers = Launchers::of_this_process("python3", "node");
        let (name, program) = if file.ends_with(".py") {
            ("python", "python3")
        } else {
            ("node", "node")
        };
        gate(name, interpreter(&launchers.search_path, program))?;
        let action = Self {
            directory: TempDir::new().unwrap(),
            launchers,
            file: file.to_owned(),
        };
        action.add(file, source);
        Some(action)
    }

    /// Puts a file beside it.
    pub(crate) fn add(&self, file: &str, source: &str) {
        fs::write(self.directory.path().join(file), source).unwrap();
    }

    fn launch(&self, name: &str) -> Launch {
        let mut function = Function::new(name, Vec::new(), Program::File(self.file.clone()));
        function.env = vec![("FROM_MANIFEST".to_owned(), "yes".to_owned())];
        self.launchers
            .launch(&function, Some(self.directory.path()))
            .unwrap()
    }

    /// Calls a function once.
    pub(crate) fn run(&self, name: &str, parameters: &Value) -> Output {
        let fields = [("activation_id", "0f0f"), ("deadline", "1700000000000")];
        let parameters = parameters.to_string();
        let input = self.launch(name).input.line(parameters.as_bytes(), &fields);
        self.feed(name, &[], str::from_utf8(&input).unwrap())
    }

    /// Gives a function's launcher these lines, in an environment with these variables.
    pub(crate) fn feed(&self, name: &str, env: &[(&str, &str)], input: &str) -> Output {
        let mut command = command(&self.launch(name), self.directory.path());
        let mut child = command.envs(env.iter().copied()).spawn().unwrap();
        // One that has ended already leaves it unread.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// What the function gave, being the one line that it sent.
    pub(crate) fn result(&self, name: &str, parameters: &Value) -> Value {
        let output = self.run(name, parameters);
        assert!(output.status.success(), "{}", log(&output));
        let lines = answers(&output);
        assert_eq!(lines.len(), 1, "{}", log(&output));
        serde_json::from_str(lines[0]).unwrap()
    }
}

/// The program of that name.
pub(crate) fn interpreter(search_path: &OsStr, name: &str) -> Result<PathBuf, String> {
    std::env::split_paths(search_path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .ok_or_else(|| format!("there is no {name} in PATH"))
}

/// Descriptor 3 becomes our pipe, and the log our standard error: the shell can do that safely.
fn command(launch: &Launch, directory: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "exec \"$@\" 3>&1 1>&2", "sh"])
        .arg(program(launch))
        .args(&launch.argv[1..])
        .env_clear()
        .envs(launch.env.iter().cloned())
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn program(launch: &Launch) -> &OsStr {
    match &launch.program {
        raptor_sys::Program::Named(name) => name,
        raptor_sys::Program::Own => panic!("an interpreter is not this program"),
    }
}

/// What it wrote on its standard output and standard error.
pub(crate) fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines that it sent.
pub(crate) fn answers(output: &Output) -> Vec<&str> {
    str::from_utf8(&output.stdout).unwrap().lines().collect()
}

/// How many files a directory has.
pub(crate) fn files(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}
