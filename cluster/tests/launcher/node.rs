//! The Node.js launcher with a real interpreter.

use serde_json::{Value, json};

use super::action::{Action, answers, log};

/// None if there is no Node.js on this machine.
fn action(source: &str) -> Option<Action> {
    Action::of("action.js", source)
}

#[test]
fn a_function_that_is_exported_or_not_gets_the_parameters_and_gives_an_object() {
    for source in [
        "exports.add = ({ a, b }) => ({ sum: a + b })",
        "module.exports = function add({ a, b }) { return { sum: a + b } }",
        "exports.default = { add: ({ a, b }) => ({ sum: a + b }) }",
        "function add({ a, b }) { return { sum: a + b } }",
        "const add = ({ a, b }) => ({ sum: a + b }) // the last line is a comment",
        "'use strict'; let add = async ({ a, b }) => ({ sum: a + b })",
        "add = function ({ a, b }) { return { sum: a + b } }",
    ] {
        let Some(action) = action(source) else {
            return;
        };
        let result = action.result("add", &json!({ "a": 1, "b": 2 }));
        assert_eq!(result, json!({ "sum": 3 }), "{source}");
    }
}

#[test]
fn modules_are_loaded_as_node_would() {
    let module = "\
import { basename } from 'node:path';
export const named = () => ({ name: basename(import.meta.url), require: typeof require });
export default function main() { return { is: 'default' } }
";
    let Some(action) = Action::of("action.mjs", module) else {
        return;
    };
    assert_eq!(
        action.result("named", &json!({})),
        json!({ "name": "action.mjs", "require": "undefined" })
    );
    assert_eq!(
        action.result("main", &json!({})),
        json!({ "is": "default" })
    );

    let action = Action::of("action.js", module).expect("there is Node.js");
    action.add("package.json", r#"{ "type": "module" }"#);
    assert_eq!(
        action.result("main", &json!({})),
        json!({ "is": "default" })
    );

    let source = "exports.f = () => ({ fs: typeof fs, beside: require('./beside').VALUE })";
    let action = Action::of("action.cjs", source).expect("there is Node.js");
    action.add("beside.js", "exports.VALUE = 3");
    let expected = json!({ "fs": "undefined", "beside": 3 });
    assert_eq!(action.result("f", &json!({})), expected);
}

#[test]
fn a_name_may_be_dotted() {
    let source = "exports.a = { b: { c: () => ({ is: 'abc' }) } }; const d = { e: () => ({}) };";
    let Some(action) = action(source) else {
        return;
    };
    assert_eq!(action.result("a.b.c", &json!({})), json!({ "is": "abc" }));
    assert_eq!(action.result("d.e", &json!({})), json!({}));
}

#[test]
fn a_name_that_the_file_does_not_define_is_an_error_even_if_node_does() {
    let Some(action) = action("function main() { return {} }") else {
        return;
    };
    for name in ["mian", "fetch", "setTimeout"] {
        let text = format!("TypeError: Action entrypoint '{name}' is not a function.");
        assert_eq!(action.result(name, &json!({})), json!({ "error": text }));
    }
}

#[test]
fn nothing_is_an_empty_object_and_arrays_pass() {
    let source = "\
exports.nothing = () => {};
exports.later = () => new Promise((done) => setTimeout(done, 1));
exports.reverse = (args) => args.reverse();
";
    let Some(action) = action(source) else {
        return;
    };
    assert_eq!(action.result("nothing", &json!({})), json!({}));
    assert_eq!(action.result("later", &json!({})), json!({}));
    assert_eq!(action.result("reverse", &json!([1, 2])), json!([2, 1]));
}

#[test]
fn what_is_neither_object_nor_array_is_an_error_in_the_words_of_openwhisk() {
    for result in [
        "null",
        "7",
        "'text'",
        "(() => 1)",
        "new Date(0)",
        "Symbol()",
    ] {
        let Some(action) = action(&format!("exports.f = async () => {result}")) else {
            return;
        };
        assert_eq!(
            action.result("f", &json!({})),
            json!({ "error": "The action did not return a dictionary or array." }),
            "{result}"
        );
    }
}

#[test]
fn an_object_that_is_not_json_is_an_error() {
    let Some(action) = action("exports.f = () => ({ a: 1n })") else {
        return;
    };
    let error = action.result("f", &json!({}));
    let text = error["error"].as_str().unwrap();
    assert!(text.starts_with("the result of 'f' is not JSON:"), "{text}");
}

#[test]
fn what_is_thrown_is_an_application_error_with_its_stack_in_the_log() {
    let source = "\
function inner() { throw new RangeError('too far') }
function outer() { return inner() }
";
    let Some(action) = action(source) else {
        return;
    };
    let output = action.run("outer", &json!({}));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(answers(&output), [r#"{"error":"RangeError: too far"}"#]);
    let log = log(&output);
    assert!(
        log.starts_with("RangeError: too far\n    at inner ("),
        "{log}"
    );
    assert!(log.contains("action.js:1:"), "{log}");
    assert!(!log.contains("[eval]"), "no frame of the launcher: {log}");
}

#[test]
fn what_a_promise_is_rejected_with_is_the_error() {
    let source = "\
exports.f = (args) => Promise.reject(args.why);
exports.g = async () => { throw new TypeError('no') };
";
    let Some(action) = action(source) else {
        return;
    };
    for (why, error) in [
        (json!({ "code": 4 }), json!({ "code": 4 })),
        (json!("text"), json!("text")),
        (Value::Null, json!({})),
    ] {
        let result = action.result("f", &json!({ "why": why }));
        assert_eq!(result, json!({ "error": error }));
    }
    let error = action.result("g", &json!({}))["error"].take();
    assert_eq!(
        (&error["name"], &error["message"]),
        (&json!("TypeError"), &json!("no"))
    );
}

#[test]
fn a_promise_that_nothing_can_settle_ends_the_process_without_a_result() {
    let Some(action) = action("exports.f = () => new Promise(() => {})") else {
        return;
    };
    let output = action.run("f", &json!({}));
    assert_eq!(
        (output.status.code(), answers(&output).len()),
        (Some(13), 0)
    );
    assert!(
        log(&output).contains("nothing can settle"),
        "{}",
        log(&output)
    );
}

#[test]
fn an_exit_status_is_passed_on_without_a_result() {
    let Some(action) = action("exports.f = () => process.exit(5)") else {
        return;
    };
    let output = action.run("f", &json!({}));
    assert_eq!((output.status.code(), answers(&output).len()), (Some(5), 0));
}

#[test]
fn what_still_runs_does_not_keep_the_process() {
    let Some(action) = action("exports.f = () => { setInterval(() => {}, 60000) }") else {
        return;
    };
    assert_eq!(action.result("f", &json!({})), json!({}));
}

#[test]
fn every_line_is_a_call_and_sets_its_variables_until_the_end() {
    let source = "\
let calls = 0;
exports.f = async ({ fail }) => {
  calls += 1;
  if (fail) throw fail;
  const names = ['__OW_ACTIVATION_ID', '__OW_DEADLINE', 'RAPTOR_FLIGHT', 'RAPTOR_ATTEMPT'];
  return { calls, seen: names.map((name) => process.env[name] ?? null) };
};
";
    let Some(action) = action(source) else {
        return;
    };
    let input = r#"{"value":{},"activation_id":"1","raptor_flight":"f","raptor_attempt":"x"}
{"value":{"fail":"x"},"activation_id":"2"}
{"activation_id":"3","deadline":7}
"#;
    let output = action.feed("f", &[], input);
    assert!(output.status.success(), "{}", log(&output));
    let expected = [
        r#"{"calls":1,"seen":["1",null,"f",null]}"#,
        r#"{"error":"x"}"#,
        r#"{"calls":3,"seen":["3","7","f",null]}"#,
    ];
    assert_eq!(answers(&output), expected, "{}", log(&output));
}

#[test]
fn text_of_all_scripts_and_large_lines_arrive_whole() {
    let Some(action) = action("exports.f = ({ t }) => ({ t: t.repeat(2) })") else {
        return;
    };
    let t = "\u{1f9a4}\n\u{2028}".repeat(100_000);
    assert_eq!(action.result("f", &json!({ "t": t }))["t"], t.repeat(2));
}

#[test]
fn who_waits_for_it_is_told_that_the_file_is_loaded_or_why_not() {
    let waits = [("__OW_WAIT_FOR_ACK", "1")];
    let Some(good) = action("exports.f = () => {}") else {
        return;
    };
    let output = good.feed("f", &waits, "{}\n");
    assert_eq!(answers(&output), [r#"{"ok":true}"#, "{}"]);

    let bad = action("exports.f = () => {\n").expect("there is Node.js");
    let output = bad.feed("f", &waits, "{}\n");
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_str(answers(&output)[0]).unwrap();
    assert_eq!(answer["ok"], json!(false));
    let text = answer["error"].as_str().unwrap();
    assert!(
        text.contains("SyntaxError") && text.contains("action.js"),
        "{text}"
    );
    assert!(!text.contains("raptor"), "nothing of the launcher: {text}");
    assert!(log(&output).contains("SyntaxError"), "{}", log(&output));
}

#[test]
fn an_answer_after_which_the_process_is_of_no_use_is_marked_for_those_who_look() {
    let source = "exports.f = (args) => { if (args.n) return args.n; throw new Error('no') }";
    let Some(action) = action(source) else {
        return;
    };
    let input = "{\"value\":{}}\n{\"value\":{\"n\":1}}\n{\"value\":{\"n\":[]}}\n";
    let output = action.feed("f", &[("RAPTOR_LAUNCHER_FATAL", "1")], input);
    let expected = [
        r#"!{"error":"An error has occurred: Error: no"}"#,
        r#"!{"error":"The action did not return a dictionary or array."}"#,
        "[]",
    ];
    assert_eq!(answers(&output), expected);
    let output = action.feed("f", &[("RAPTOR_LAUNCHER_FATAL", "key")], input);
    let expected = [
        r#"{"error":"An error has occurred: Error: no","raptor_fatal":true}"#,
        r#"{"error":"The action did not return a dictionary or array.","raptor_fatal":true}"#,
        "[]",
    ];
    assert_eq!(answers(&output), expected);
    let output = action.feed("g", &[("RAPTOR_LAUNCHER_FATAL", "key")], "{}\n");
    let why =
        "Initialization has failed due to: TypeError: Action entrypoint 'g' is not a function.";
    let expected = json!({ "error": why, "raptor_fatal": true });
    assert_eq!(answers(&output), [expected.to_string()]);
}

#[test]
fn a_child_does_not_hold_the_result_open() {
    let source = "\
const { execSync } = require('child_process');
const script = 'true 2>/dev/null <&3 && echo open || echo closed';
exports.f = () => ({ open: execSync(script).toString() });
";
    let Some(action) = action(source) else {
        return;
    };
    let result = action.result("f", &json!({}));
    assert_eq!(result, json!({ "open": "closed\n" }));
}

#[test]
fn where_calls_may_overlap_answers_come_as_they_come_with_the_numbers_of_their_lines() {
    let source = "\
let go, count = 0;
const all = new Promise((done) => { go = done });
exports.f = ({ n }) => {
  if (n < 0) throw new Error('no');
  if (++count === 3) go();
  return n === 9 ? Promise.reject({ n }) : all.then(() => ({ n, id: process.env.__OW_ID }));
};
";
    let Some(action) = action(source) else {
        return;
    };
    let lines = [5, 9, -1, 6].map(|n| format!("{{\"value\":{{\"n\":{n}}},\"id\":\"{n}\"}}\n"));
    let env = [
        ("RAPTOR_LAUNCHER_CONCURRENT", "1"),
        ("RAPTOR_LAUNCHER_FATAL", "1"),
    ];
    let output = action.feed("f", &env, &lines.concat());
    assert!(output.status.success(), "{}", log(&output));
    let mut answers = answers(&output);
    answers.sort_unstable();
    let expected = [
        r#"0 {"n":5,"id":"6"}"#,
        r#"1 {"error":{"n":9}}"#,
        r#"2 !{"error":"An error has occurred: Error: no"}"#,
        r#"3 {"n":6,"id":"6"}"#,
    ];
    assert_eq!(answers, expected, "{}", log(&output));
}

#[test]
fn overlapping_calls_that_nothing_can_settle_do_not_keep_it() {
    let source = "exports.f = ({ n }) => n ? { n } : new Promise(() => {})";
    let Some(action) = action(source) else {
        return;
    };
    let input = "{\"value\":{}}\n{\"value\":{\"n\":1}}\n";
    let output = action.feed("f", &[("RAPTOR_LAUNCHER_CONCURRENT", "1")], input);
    assert_eq!(output.status.code(), Some(13));
    assert_eq!(answers(&output), [r#"1 {"n":1}"#]);
}
