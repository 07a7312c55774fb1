use std::time::Duration;

use super::super::FUNCTION_NAME_BYTES_MAX;
use super::*;

const WORD_COUNT: &str = r#"{
    "split":  { "depends": [],        "file": "wc.py" },
    "count0": { "depends": ["split"], "file": "wc.py" },
    "count1": { "depends": ["split"], "file": "wc.py" },
    "reduce": { "depends": ["count0", "count1"], "file": "wc.py" },
    "__OW_NUM_CONCURRENCY": 3
}"#;

/// The problems of a text, a line each.
#[track_caller]
fn problems(text: &str) -> Vec<String> {
    let problems = Manifest::parse(text).expect_err("it should be refused");
    problems.to_string().lines().map(str::to_owned).collect()
}

/// The problems of a manifest whose one function `f` has these members.
#[track_caller]
fn problems_of(members: &str) -> Vec<String> {
    problems(&format!(r#"{{ "f": {{ {members} }} }}"#))
}

#[test]
fn the_manifest_of_the_paper_parses() {
    let manifest = Manifest::parse(WORD_COUNT).expect("it is valid");
    let names: Vec<_> = manifest.functions().iter().map(|f| &f.name).collect();
    assert_eq!(names, ["split", "count0", "count1", "reduce"]);
    assert_eq!(manifest.flight_size(), 3);
    assert_eq!(manifest.sinks(), [FunctionIndex(3)]);
    assert_eq!(
        manifest.function(FunctionIndex(3)).depends,
        [1, 2].map(FunctionIndex)
    );
    let split = Function::new("split", vec![], Program::File("wc.py".into()));
    assert_eq!(manifest.function(FunctionIndex(0)), &split);
}

#[test]
fn every_key_of_a_function_is_read() {
    let manifest = Manifest::parse(
        r#"{
            "a": { "exec": ["./bin/a", "-x", ""], "timeout": "1m30s", "retries": 2,
                   "env": { "LANG": "C", "EMPTY": "" }, "memory": "256m", "nice": 5,
                   "slots_weight": 2, "params": true },
            "b": { "depends": ["a"], "exec": ["sort"], "idempotent": false, "retries": 0,
                   "memory": 1048576 }
        }"#,
    )
    .expect("it is valid");
    let a = Function {
        timeout: Some(Duration::from_secs(90)),
        retries: 2,
        env: vec![("LANG".into(), "C".into()), ("EMPTY".into(), "".into())],
        memory_bytes_max: Some(256 << 20),
        nice: 5,
        slots_weight: 2,
        params: true,
        ..Function::new("a", vec![], exec(&["./bin/a", "-x", ""]))
    };
    let b = Function {
        idempotent: false,
        memory_bytes_max: Some(1 << 20),
        ..Function::new("b", vec![FunctionIndex(0)], exec(&["sort"]))
    };
    assert_eq!(manifest.functions(), [a, b]);
    assert_eq!(manifest.flight_size(), 1);
}

fn exec(argv: &[&str]) -> Program {
    Program::Exec(argv.iter().map(|&text| text.to_owned()).collect())
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    let found = problems(
        r#"{
            "split":  { "file": "../wc.py", "depend": [] },
            "count0": { "depends": ["split", "splitt", 7], "file": "wc.py", "nice": 20 },
            "count0": {},
            "__OW_NUM_CONCURENCY": 3
        }"#,
    );
    assert_eq!(
        found,
        [
            r#"count0: the key is given twice: keep one"#,
            r#"__OW_NUM_CONCURENCY: unknown key: did you mean "__OW_NUM_CONCURRENCY"?"#,
            r#"split.depend: unknown key: did you mean "depends"?"#,
            r#"split.file: the path contains "..": give one inside the action's directory"#,
            r#"count0.depends[2]: expected the name of a function, found a number"#,
            r#"count0.nice: 20 is not a whole number from 0 to 19"#,
            r#"count0.depends[1]: unknown function "splitt"; did you mean "split"?"#,
        ]
    );
}

#[test]
fn texts_that_are_no_object_are_refused() {
    assert_eq!(problems("[]"), ["expected an object, found a list"]);
    assert_eq!(
        problems("{}"),
        ["the manifest names no function: name at least one"]
    );
    assert_eq!(
        problems("{\n  \"f\": {,\n}"),
        ["not JSON: key must be a string at line 2, column 9"]
    );
    assert_eq!(
        problems(r#"{} {}"#),
        ["not JSON: trailing characters at line 1, column 4"]
    );
    assert_eq!(
        problems(r#"{ "f": 3 }"#),
        ["f: expected an object, found a number"]
    );
}

#[test]
fn texts_and_manifests_beyond_their_limits_are_refused() {
    let long = " ".repeat(MANIFEST_BYTES_MAX + 1);
    assert_eq!(
        problems(&long),
        ["the manifest has 1048577 bytes: make it 1048576 at most"]
    );
    let functions = (0..=FUNCTIONS_MAX).map(|at| format!(r#""f{at}": {{ "exec": ["f"] }}"#));
    let many = functions.collect::<Vec<_>>().join(",");
    assert_eq!(
        problems(&format!("{{{many}}}")),
        ["the manifest names 1025 functions: name 1024 at most"]
    );
}

#[test]
fn a_flood_of_problems_is_cut() {
    let functions = (0..100).map(|at| format!(r#""f{at}": 0"#));
    let many = functions.collect::<Vec<_>>().join(",");
    let found = problems(&format!("{{{many}}}"));
    assert_eq!(found.len(), 33);
    assert_eq!(found[32], "and 68 more");
}

#[test]
fn names_that_cannot_be_entry_points_are_refused() {
    let long = "x".repeat(FUNCTION_NAME_BYTES_MAX + 1);
    let refused = [
        ("", "the name is empty: name the function's entry point"),
        (&long, "the name is longer than 256 bytes: shorten it"),
        (
            "a\\u0000b",
            "the name contains a control character: remove it",
        ),
        ("$params", "the name is reserved: choose another"),
        ("error", "the name is reserved: choose another"),
        ("__OW_ACTION", "unknown key: remove it"),
    ];
    for (name, problem) in refused {
        let found = problems(&format!(
            r#"{{ "f": {{"exec":["f"]}}, "{name}": {{"exec":["f"]}} }}"#
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(problem), "{found:?}");
    }
}

#[test]
fn a_size_outside_its_limits_is_refused() {
    let function = r#""f": { "exec": ["f"] }"#;
    for (size, found) in [
        ("0", "0 is not a whole number from 1 to 128"),
        ("129", "129 is not a whole number from 1 to 128"),
        ("-1", "-1 is not a whole number from 1 to 128"),
        ("2.5", "2.5 is not a whole number from 1 to 128"),
        ("\"2\"", "expected a whole number, found a text"),
    ] {
        let text = format!(r#"{{ {function}, "__OW_NUM_CONCURRENCY": {size} }}"#);
        assert_eq!(problems(&text), [format!("__OW_NUM_CONCURRENCY: {found}")]);
    }
}

#[test]
fn cycles_are_named() {
    let found = problems(
        r#"{
            "a": { "depends": ["c"], "exec": ["a"] },
            "b": { "depends": ["a"], "exec": ["b"] },
            "c": { "depends": ["b"], "exec": ["c"] },
            "d": { "depends": ["d"], "exec": ["d"] }
        }"#,
    );
    assert_eq!(
        found,
        [
            "d.depends[0]: the function depends on itself: remove it",
            "a.depends: a cycle: a -> c -> b -> a: remove one of these dependencies",
        ]
    );
}

#[test]
fn a_dependency_that_is_named_twice_is_refused() {
    let found = problems(r#"{ "a": {"exec":["a"]}, "b": {"exec":["b"],"depends":["a","a"]} }"#);
    assert_eq!(
        found,
        [r#"b.depends[1]: "a" is already in the list: remove it"#]
    );
}

#[test]
fn a_function_has_one_program() {
    let both = problems_of(r#""file": "f.py", "exec": ["f"]"#);
    assert_eq!(
        both,
        [r#"f: two things to execute: give "file" or "exec", not both"#]
    );
    let none = problems_of("");
    assert_eq!(none, [r#"f: nothing to execute: give "file" or "exec""#]);
    let empty = problems_of(r#""exec": []"#);
    assert_eq!(
        empty,
        ["f.exec: the list is empty: give the program and its arguments"]
    );
    let nameless = problems_of(r#""exec": ["", "x"]"#);
    assert_eq!(
        nameless,
        ["f.exec[0]: the path names no file: give one in the action's directory"]
    );
    let outside = problems_of(r#""exec": ["bin/../../f"]"#);
    assert_eq!(
        outside,
        [r#"f.exec[0]: the path contains "..": give one inside the action's directory"#]
    );
    let absolute = problems_of(r#""file": "/f.py""#);
    assert_eq!(
        absolute,
        ["f.file: the path is absolute: give it relative to the action's directory"]
    );
    let nul = problems_of(r#""exec": ["f", "a\u0000b"]"#);
    assert_eq!(
        nul,
        ["f.exec[1]: the text contains NUL, which no process can be given: remove it"]
    );
}

#[test]
fn a_function_that_runs_once_has_no_retries() {
    let found = problems_of(r#""exec": ["f"], "retries": 1, "idempotent": false"#);
    assert_eq!(
        found,
        [r#"f.retries: a function with "idempotent": false runs once: remove "retries""#]
    );
}

#[test]
fn quantities_are_checked() {
    let found = problems_of(
        r#""exec": ["f"], "timeout": 30, "memory": "256x", "slots_weight": 0, "retries": 101,
           "params": 1"#,
    );
    assert_eq!(
        found,
        [
            "f.retries: 101 is not a whole number from 0 to 100",
            r#"f.timeout: expected a duration such as "30s", found a number"#,
            r#"f.memory: "256x" is no amount of memory ("x" is no unit): write it as "256m", "1GiB" or in bytes"#,
            "f.slots_weight: 0 is not a whole number from 1 to 65535",
            "f.params: expected true or false, found a number",
        ]
    );
    let found = problems_of(r#""exec": ["f"], "timeout": "0s""#);
    assert_eq!(
        found,
        [
            r#"f.timeout: "0s" is no duration (nothing ends in no time): write it as "30s", "1m30s" or "250ms""#
        ]
    );
}

#[test]
fn variables_that_cannot_be_set_are_refused() {
    let found = problems_of(
        r#""exec": ["f"], "env": { "": "", "A=B": "", "RAPTOR_FLIGHT": "", "__OW_KEY": "",
           "N": 1, "Z": "\u0000", "A": "", "A": "" }"#,
    );
    let reserved = r#"names that begin with "RAPTOR_" or "__OW_" are reserved: rename it"#;
    assert_eq!(
        found,
        [
            "f.env.A: the key is given twice: keep one".to_owned(),
            r#"f.env."": the variable's name is empty: name it"#.to_owned(),
            r#"f.env."A=B": the variable's name contains "=" or NUL: rename it"#.to_owned(),
            format!("f.env.RAPTOR_FLIGHT: {reserved}"),
            format!("f.env.__OW_KEY: {reserved}"),
            "f.env.N: expected a text, found a number".to_owned(),
            "f.env.Z: the text contains NUL, which no process can be given: remove it".to_owned(),
        ]
    );
}

#[test]
fn files_are_looked_for_but_searched_programs_are_not() {
    let manifest = Manifest::parse(
        r#"{ "a": { "file": "a.py" }, "b": { "exec": ["bin/b"] }, "c": { "exec": ["sort"] } }"#,
    )
    .expect("it is valid");
    assert_eq!(manifest.check_files(|path| path != "sort"), Ok(()));
    let found = manifest
        .check_files(|_| false)
        .expect_err("files are missing");
    assert_eq!(
        found.to_string(),
        "a.file: the action has no such file: add it or correct the path\n\
         b.exec[0]: the action has no such file: add it or correct the path"
    );
}
