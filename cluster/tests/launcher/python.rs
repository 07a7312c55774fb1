//! The Python launcher with a real interpreter.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::action::{Action, answers, files, interpreter, log};

/// None if there is no Python on this machine.
fn action(source: &str) -> Option<Action> {
    Action::of("action.py", source)
}

#[test]
fn a_function_gets_a_dictionary_and_gives_one() {
    let Some(action) = action("def add(args):\n  return {'sum': args['a'] + args['b']}\n") else {
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
    let Some(action) = action(source) else {
        return;
    };
    assert_eq!(action.result("count1", &json!({})), json!({ "i": 1 }));
}

#[test]
fn a_key_that_the_file_does_not_define_is_an_error_even_if_there_is_a_main() {
    let Some(action) = action("def main(args): return {}\n") else {
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
    let Some(action) = action(source) else {
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
    let Some(action) = action("print('loading')\ndef say(args):\n  print('said')\n  return {}\n")
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
    let Some(action) = action(source) else {
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
    let Some(action) = action("def f(args):\n  return {\n") else {
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
fn what_is_neither_dictionary_nor_array_is_an_error_in_the_words_of_openwhisk() {
    for result in ["None", "'text'", "7"] {
        let Some(action) = action(&format!("def f(args): return {result}\n")) else {
            return;
        };
        assert_eq!(
            action.result("f", &json!({})),
            json!({ "error": "The action did not return a dictionary or array." })
        );
    }
}

#[test]
fn a_dictionary_that_is_not_json_is_an_error() {
    for result in ["{'a': {1, 2}}", "{'a': float('nan')}", "{'a': '\\ud800'}"] {
        let Some(action) = action(&format!("def f(args): return {result}\n")) else {
            return;
        };
        let error = action.result("f", &json!({}));
        let text = error["error"].as_str().unwrap();
        assert!(text.starts_with("the result of 'f' is not JSON:"), "{text}");
    }
}

#[test]
fn text_of_all_scripts_and_large_results_arrive_whole() {
    let Some(action) = action("def f(args): return {'t': args['t'] * 200000}\n") else {
        return;
    };
    let t = "\u{1f9a4}\n\u{2028}";
    assert_eq!(
        action.result("f", &json!({ "t": t }))["t"],
        t.repeat(200_000)
    );
}

#[test]
fn lists_and_tuples_are_arrays_and_so_may_parameters_be() {
    for result in ["args[::-1]", "tuple(args[::-1])"] {
        let Some(action) = action(&format!("def f(args): return {result}\n")) else {
            return;
        };
        assert_eq!(action.result("f", &json!([1, 2])), json!([2, 1]));
    }
}

#[test]
fn every_line_is_a_call_and_sets_its_variables_until_the_end() {
    let source = "\
import os
calls = 0
def f(args):
  global calls
  calls += 1
  if 'fail' in args: raise KeyError(args['fail'])
  names = ('__OW_ACTIVATION_ID', '__OW_DEADLINE', 'RAPTOR_FLIGHT', 'RAPTOR_ATTEMPT')
  return {'call': calls, 'seen': [os.environ.get(name) for name in names]}
";
    let Some(action) = action(source) else {
        return;
    };
    let input = r#"{"value":{},"activation_id":"1","raptor_flight":"f","raptor_attempt":"x"}
{"value":{"fail":"x"},"activation_id":"2","a=b":"no variable","c":"\u0000"}
{"activation_id":"3","deadline":7}
"#;
    let output = action.feed("f", &[], input);
    assert!(output.status.success(), "{}", log(&output));
    let lines = answers(&output);
    let expected = [
        r#"{"call":1,"seen":["1",null,"f",null]}"#,
        r#"{"error": "KeyError: 'x'"}"#,
        r#"{"call":3,"seen":["3","7","f",null]}"#,
    ];
    assert_eq!(lines, expected, "{}", log(&output));
    assert!(log(&output).contains("raise KeyError"), "{}", log(&output));
}

#[test]
fn who_waits_for_it_is_told_that_the_file_is_loaded() {
    let Some(action) = action("import os\ndef f(args): return {}\n") else {
        return;
    };
    let output = action.feed("f", &[("__OW_WAIT_FOR_ACK", "1")], "");
    assert_eq!(answers(&output), [r#"{"ok":true}"#]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn who_waits_for_it_is_told_why_the_file_cannot_be_loaded() {
    let Some(action) = action("import nothing_of_that_name\n") else {
        return;
    };
    let output = action.feed("f", &[("__OW_WAIT_FOR_ACK", "1")], "{}\n");
    let answer: Value = serde_json::from_str(answers(&output)[0]).unwrap();
    let why = "ModuleNotFoundError: No module named 'nothing_of_that_name'";
    assert_eq!(answer, json!({ "ok": false, "error": why }));
    assert_eq!(output.status.code(), Some(1));
    assert!(log(&output).contains("Traceback"), "{}", log(&output));
}

#[test]
fn an_answer_after_which_the_process_is_of_no_use_is_marked_for_those_who_look() {
    let Some(action) = action("def f(args): return args.get('give')\n") else {
        return;
    };
    let input = "{\"value\":{}}\n{\"value\":{\"give\":[]}}\n";
    let output = action.feed("f", &[("RAPTOR_LAUNCHER_FATAL", "1")], input);
    let fatal = r#"!{"error": "The action did not return a dictionary or array."}"#;
    assert_eq!(answers(&output), [fatal, "[]"]);
    let output = action.feed("f", &[("RAPTOR_LAUNCHER_FATAL", "key")], input);
    let fatal =
        r#"{"error": "The action did not return a dictionary or array.", "raptor_fatal": true}"#;
    assert_eq!(answers(&output), [fatal, "[]"]);
    let output = action.feed("g", &[("RAPTOR_LAUNCHER_FATAL", "key")], "{}\n");
    let answer: Value = serde_json::from_str(answers(&output)[0]).unwrap();
    assert_eq!(answer["raptor_fatal"], true, "{answer}");
}

#[test]
fn parameters_that_are_nested_too_deep_for_python_are_an_error_and_the_next_are_not() {
    let Some(action) = action("def f(args): return args\n") else {
        return;
    };
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let input = format!("{{\"value\":{{\"a\":{deep}}}}}\n{{\"value\":{{\"a\":1}}}}\n");
    let output = action.feed("f", &[], &input);
    let answers = answers(&output);
    assert!(answers[0].contains("RecursionError"), "{}", answers[0]);
    assert_eq!(answers[1], r#"{"a":1}"#);
}

#[test]
fn standard_input_is_empty_for_the_function() {
    let source = "import sys\ndef f(args): return {'read': sys.stdin.read()}\n";
    let Some(action) = action(source) else {
        return;
    };
    let output = action.feed("f", &[], "{}\n{}\n");
    assert_eq!(answers(&output), [r#"{"read":""}"#, r#"{"read":""}"#]);
}

#[test]
fn threads_and_what_is_to_be_done_at_exit_are_waited_for() {
    let source = "\
import atexit, threading, time
atexit.register(print, 'at exit')
def f(args):
  def work():
    time.sleep(0.1)
    print('worked')
  threading.Thread(target=work).start()
  return {}
";
    let Some(action) = action(source) else {
        return;
    };
    let output = action.run("f", &json!({}));
    assert_eq!(
        (output.status.code(), answers(&output)),
        (Some(0), vec!["{}"])
    );
    assert_eq!(log(&output), "worked\nat exit\n");
}

#[test]
fn an_exit_status_is_passed_on_without_a_result() {
    let Some(action) = action("import sys\ndef f(args): sys.exit(5)\n") else {
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
    let Some(action) = action(source) else {
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
    let Some(action) = action(source) else {
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
    let Some(action) = action(source) else {
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
    let Some(mut action) = action(source) else {
        return;
    };
    let environment = TempDir::new().unwrap();
    make_environment(&action, environment.path());
    action.launchers.python = environment.path().join("bin/python");
    assert_eq!(action.result("f", &json!({})), json!({ "version": 9 }));
}

#[test]
fn packages_of_a_virtual_environment_beside_the_file_are_found_before_others() {
    let source = "\
import installed, sys
def f(args): return {'version': installed.VERSION, 'after': sys.path.index(args['path']) == 1}
";
    let Some(action) = action(source) else {
        return;
    };
    let environment = action.directory.path().join("virtualenv");
    make_environment(&action, &environment);
    let packages = packages(&environment);
    assert_eq!(
        action.result("f", &json!({ "path": packages })),
        json!({ "version": 9, "after": true })
    );
}

fn make_environment(action: &Action, environment: &Path) {
    let python = interpreter(&action.launchers.search_path, "python3").unwrap();
    let made = Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(environment)
        .status()
        .unwrap();
    assert!(made.success());
    install(environment, "VERSION = 9\n");
}

fn install(environment: &Path, source: &str) {
    fs::write(packages(environment).join("installed.py"), source).unwrap();
}

fn packages(environment: &Path) -> PathBuf {
    let mut versions = fs::read_dir(environment.join("lib")).unwrap();
    let version = versions.next().unwrap().unwrap().path();
    version.join("site-packages")
}

#[test]
fn the_example_diamond_describes_ten_numbers() {
    let Some(action) = action(include_str!("../../../examples/diamond/summary.py")) else {
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
