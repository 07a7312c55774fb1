//! The Python launcher with a real interpreter.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use raptor_cluster::launcher::{Launch, Launchers};
use raptor_cluster::testing::gate;
use raptor_core::manifest::{Function, Program};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An action of one file, and how to call its functions.
struct Action {
    directory: TempDir,
    launchers: Launchers,
}

impl Action {
    /// None if there is no Python on this machine.
    fn of(source: &str) -> Option<Self> {
        let launchers = Launchers::of_this_process("python3");
        gate("python", interpreter(&launchers))?;
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("action.py"), source).unwrap();
        Some(Self {
            directory,
            launchers,
        })
    }

    fn add(&self, file: &str, source: &str) {
        fs::write(self.directory.path().join(file), source).unwrap();
    }

    fn launch(&self, name: &str) -> Launch {
        let function = function(name);
        self.launchers
            .launch(&function, Some(self.directory.path()))
            .unwrap()
    }

    fn run(&self, name: &str, parameters: &Value) -> Output {
        let launch = self.launch(name);
        let fields = [("activation_id", "0f0f"), ("deadline", "1700000000000")];
        let line = launch
            .input
            .line(parameters.to_string().as_bytes(), &fields);
        let mut child = command(&launch, self.directory.path()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&line).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What the function gave, being the one line that it sent.
    fn result(&self, name: &str, parameters: &Value) -> Value {
        let output = self.run(name, parameters);
        assert!(output.status.success(), "{}", log(&output));
        let lines: Vec<&str> = str::from_utf8(&output.stdout).unwrap().lines().collect();
        assert_eq!(lines.len(), 1, "{}", log(&output));
        serde_json::from_str(lines[0]).unwrap()
    }
}

fn interpreter(launchers: &Launchers) -> Result<PathBuf, String> {
    std::env::split_paths(&launchers.search_path)
        .map(|directory| directory.join("python3"))
        .find(|program| program.is_file())
        .ok_or_else(|| "there is no python3 in PATH".to_owned())
}

fn function(name: &str) -> Function {
    let mut function = Function::new(name, Vec::new(), Program::File("action.py".to_owned()));
    function.env = vec![("FROM_MANIFEST".to_owned(), "yes".to_owned())];
    function
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
        raptor_sys::Program::Own => panic!("Python is not this program"),
    }
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn files(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

#[test]
fn a_function_gets_a_dictionary_and_gives_one() {
    let Some(action) = Action::of("def add(args):\n  return {'sum': args['a'] + args['b']}\n")
    else {
        return;
    };
    assert_eq!(
        action.result("add", &json!({ "a": 1, "b": 2 })),
        json!({ "sum": 3 })
    );
}

#[test]
fn the_key_chooses_among_the_functions_of_one_file() {
    let source = "\
def count0(args): return {'i': 0}
def count1(args): return {'i': 1}
";
    let Some(action) = Action::of(source) else {
        return;
    };
    assert_eq!(action.result("count1", &json!({})), json!({ "i": 1 }));
}

#[test]
fn a_key_that_the_file_does_not_define_is_an_error_even_if_there_is_a_main() {
    let Some(action) = Action::of("def main(args): return {}\n") else {
        return;
    };
    let error = action.result("mian", &json!({}));
    assert_eq!(
        error,
        json!({ "error": "LookupError: action.py has no function 'mian'" })
    );
}

#[test]
fn the_environment_has_the_activation_and_what_the_manifest_adds() {
    let source = "\
import os
def see(args):
  return {k: os.environ.get(k) for k in ['__OW_ACTIVATION_ID', '__OW_DEADLINE', 'FROM_MANIFEST']}
";
    let Some(action) = Action::of(source) else {
        return;
    };
    assert_eq!(
        action.result("see", &json!({})),
        json!({
            "__OW_ACTIVATION_ID": "0f0f",
            "__OW_DEADLINE": "1700000000000",
            "FROM_MANIFEST": "yes",
        })
    );
}

#[test]
fn what_is_printed_is_the_log_and_not_the_result() {
    let Some(action) =
        Action::of("print('loading')\ndef say(args):\n  print('said')\n  return {}\n")
    else {
        return;
    };
    let output = action.run("say", &json!({}));
    assert_eq!(output.stdout, b"{}\n");
    assert_eq!(log(&output), "loading\nsaid\n");
}

#[test]
fn an_exception_is_an_application_error_with_its_traceback_in_the_log() {
    let source = "\
def inner(args):
  return 1 / args['n']
def divide(args):
  return {'q': inner(args)}
";
    let Some(action) = Action::of(source) else {
        return;
    };
    let output = action.run("divide", &json!({ "n": 0 }));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap(),
        json!({ "error": "ZeroDivisionError: division by zero" })
    );
    let log = log(&output);
    assert!(
        log.starts_with("Traceback (most recent call last):"),
        "{log}"
    );
    assert!(log.contains("action.py\", line 2, in inner"), "{log}");
    assert!(log.contains("return 1 / args['n']"), "{log}");
    assert!(!log.contains("<string>"), "no frame of the launcher: {log}");
}

#[test]
fn a_file_that_does_not_compile_says_where() {
    let Some(action) = Action::of("def f(args):\n  return {\n") else {
        return;
    };
    let output = action.run("f", &json!({}));
    let error: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = error["error"].as_str().unwrap();
    assert!(text.starts_with("SyntaxError:"), "{text}");
    assert!(
        log(&output).contains("action.py\", line 2"),
        "{}",
        log(&output)
    );
}

#[test]
fn what_is_no_dictionary_is_an_error_in_the_words_of_openwhisk() {
    for result in ["None", "[1]", "'text'", "7"] {
        let Some(action) = Action::of(&format!("def f(args): return {result}\n")) else {
            return;
        };
        assert_eq!(
            action.result("f", &json!({})),
            json!({ "error": "The action did not return a dictionary." })
        );
    }
}

#[test]
fn a_dictionary_that_is_not_json_is_an_error() {
    for result in ["{'a': {1, 2}}", "{'a': float('nan')}", "{'a': '\\ud800'}"] {
        let Some(action) = Action::of(&format!("def f(args): return {result}\n")) else {
            return;
        };
        let error = action.result("f", &json!({}));
        let text = error["error"].as_str().unwrap();
        assert!(text.starts_with("the result of 'f' is not JSON:"), "{text}");
    }
}

#[test]
fn text_of_all_scripts_and_large_results_arrive_whole() {
    let Some(action) = Action::of("def f(args): return {'t': args['t'] * 200000}\n") else {
        return;
    };
    let t = "\u{1f9a4}\n\u{2028}";
    assert_eq!(
        action.result("f", &json!({ "t": t }))["t"],
        t.repeat(200_000)
    );
}

#[test]
fn an_exit_status_is_passed_on_without_a_result() {
    let Some(action) = Action::of("import sys\ndef f(args): sys.exit(5)\n") else {
        return;
    };
    let output = action.run("f", &json!({}));
    assert_eq!(output.status.code(), Some(5));
    assert!(output.stdout.is_empty());
}

#[test]
fn modules_beside_the_file_come_first_but_not_for_the_launcher() {
    let source = "\
import json, shapes, sys, os
def f(args):
  return {'sides': shapes.SIDES, 'json': hasattr(json, 'dumps'), 'first': sys.path[0] == os.getcwd()}
";
    let Some(action) = Action::of(source) else {
        return;
    };
    action.add("shapes.py", "SIDES = 3\n");
    action.add(
        "json.py",
        "raise SystemError('this is not the module of that name')\n",
    );
    let result = action.result("f", &json!({}));
    assert_eq!(result, json!({ "sides": 3, "json": true, "first": true }));
    assert_eq!(files(action.directory.path()), 3, "no cache is left behind");
}

#[test]
fn what_the_file_defines_can_be_pickled() {
    let source = "\
import pickle
from dataclasses import dataclass
@dataclass
class Point:
  x: int
def f(args): return {'x': pickle.loads(pickle.dumps(Point(4))).x}
";
    let Some(action) = Action::of(source) else {
        return;
    };
    assert_eq!(action.result("f", &json!({})), json!({ "x": 4 }));
}

#[test]
fn a_child_that_stays_does_not_hold_the_result_open() {
    let source = "\
import os, subprocess
def f(args):
  pid = os.fork()
  if pid == 0:
    os.execvp('sh', ['sh', '-c', 'true <&3 && echo open || echo closed'])
  os.waitpid(pid, 0)
  return {}
";
    let Some(action) = Action::of(source) else {
        return;
    };
    let output = action.run("f", &json!({}));
    assert_eq!(output.stdout, b"{}\n");
    let log = log(&output);
    assert!(log.ends_with("closed\n"), "{log}");
}

#[test]
fn packages_installed_in_a_virtual_environment_are_found() {
    let source = "import installed\ndef f(args): return {'version': installed.VERSION}\n";
    let Some(mut action) = Action::of(source) else {
        return;
    };
    let environment = TempDir::new().unwrap();
    let python = interpreter(&action.launchers).unwrap();
    let made = Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(environment.path())
        .status()
        .unwrap();
    assert!(made.success());
    install(environment.path(), "VERSION = 9\n");
    action.launchers.python = environment.path().join("bin/python");
    assert_eq!(action.result("f", &json!({})), json!({ "version": 9 }));
}

fn install(environment: &Path, source: &str) {
    let mut versions = fs::read_dir(environment.join("lib")).unwrap();
    let version = versions.next().unwrap().unwrap().path();
    fs::write(version.join("site-packages/installed.py"), source).unwrap();
}

#[test]
fn the_example_diamond_describes_ten_numbers() {
    let Some(action) = Action::of(include_str!("../../examples/diamond/summary.py")) else {
        return;
    };
    let load = json!({ "load": action.result("load", &json!({})) });
    let join = json!({
        "centre": action.result("centre", &load),
        "spread": action.result("spread", &load),
    });
    assert_eq!(
        action.result("summary", &join),
        json!({ "text": "between 1 and 10, around 5.5 (median 5.5), give or take 2.87" })
    );
    let error = action.result("load", &json!({ "numbers": [] }));
    assert_eq!(
        error,
        json!({ "error": "ValueError: there are no numbers to describe" })
    );
}
