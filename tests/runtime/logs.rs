//! The container's log: what activations say, and where each ends.

use serde_json::json;

use crate::support::{Container, has_python, languages};

const PYTHON: &str = "import sys\ndef main(args):\n    print('out', args['n'])\n    \
                      print('err', args['n'], file=sys.stderr)\n    \
                      sys.stdout.write('no line break')\n    return {}\n";

const NODE: &str = "function main(args) { console.log('out', args.n);\n\
                    console.error('err', args.n);\n\
                    process.stdout.write('no line break'); return {}; }";

#[test]
fn all_that_an_activation_says_comes_before_its_end() {
    for (kind, code) in languages(PYTHON, NODE) {
        let container = Container::with(kind, code);
        let mut out = String::new();
        let mut err = String::new();
        for n in 0..3 {
            assert_eq!(container.run(&json!({ "n": n })).status, 200);
            out += &format!("out {n}\nno line break\nXXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n");
            err += &format!("err {n}\nXXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n");
            let log = container.log();
            // The end is a line of its own only where the activation ended its last one.
            assert_eq!(log.stdout.replace("breakXXX", "break\nXXX"), out, "{kind}");
            assert_eq!(log.stderr, err, "{kind}");
        }
    }
}

#[test]
fn an_activation_that_says_much_is_logged_as_a_whole() {
    if !has_python() {
        return;
    }
    let code =
        "def main(args):\n    for n in range(20000):\n        print('line', n)\n    return {}\n";
    let container = Container::with("python:3", code);
    assert_eq!(container.run(&json!({})).status, 200);
    let log = container.log();
    let lines: Vec<&str> = log.stdout.lines().collect();
    assert_eq!(lines.len(), 20_001);
    assert_eq!(lines[19_999], "line 19999");
    assert_eq!(log.sentinels(), (1, 1));
}

#[test]
fn the_runtime_itself_says_nothing() {
    let container = Container::with("exec", crate::support::BASH_LOOP);
    for _ in 0..3 {
        container.run(&json!({}));
        container.post("/run", "{");
        container.post("/nowhere", "{}");
    }
    assert_eq!(container.log().text(), "");
}
