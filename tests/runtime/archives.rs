//! Code that comes as an archive.

use serde_json::{Value, json};

use crate::support::{BASH_LOOP, Container, base64, has_nodejs, has_python, tarball, zip};

fn binary(main: &str, archive: &[u8]) -> Value {
    json!({ "name": "test", "main": main, "binary": true, "code": base64(archive) })
}

/// Initializes an action from an archive and runs it.
fn result(kind: &str, main: &str, archive: &[u8]) -> Value {
    let container = Container::start(kind);
    let answer = container.init_value(&binary(main, archive));
    assert_eq!(answer.status, 200, "{answer:?} {:?}", container.log());
    container.run(&json!({ "name": "you" })).json()
}

/// What is said of an archive that cannot be run.
fn refusal(kind: &str, archive: &[u8]) -> String {
    let container = Container::start(kind);
    let answer = container.init_value(&binary("main", archive));
    assert_eq!(answer.status, 502);
    assert_eq!(container.log().sentinels(), (1, 1));
    answer.error()
}

#[test]
fn python_archives_have_modules_and_packages() {
    if !has_python() {
        return;
    }
    let files = [
        (
            "__main__.py",
            "from lib import greet\nimport other\n\
             def main(args):\n    return {'text': greet(args['name']) + other.END}\n",
        ),
        (
            "lib/__init__.py",
            "def greet(name):\n    return 'hello ' + name\n",
        ),
        ("other.py", "END = '!'\n"),
    ];
    let expected = json!({ "text": "hello you!" });
    assert_eq!(result("python:3", "main", &zip(&files)), expected);
    assert_eq!(result("python:3", "main", &tarball(&files)), expected);
}

#[test]
fn python_archives_may_call_their_main_file_otherwise() {
    if !has_python() {
        return;
    }
    const CODE: &str = "def go(args):\n    return {'file': __name__}\n";
    for name in ["__main__.py", "main__.py", "main.py", "exec"] {
        let said = result("python:3", "go", &zip(&[(name, CODE)]));
        assert!(said["file"].is_string(), "{name}: {said}");
    }
    assert!(refusal("python:3", &zip(&[("a.py", CODE)])).contains("Zip file does not include"));
}

#[test]
fn python_finds_the_packages_of_its_virtual_environment() {
    if !has_python() {
        return;
    }
    let files = [
        (
            "__main__.py",
            "import deep\ndef main(args):\n    return {'deep': deep.VALUE}\n",
        ),
        ("virtualenv/bin/activate_this.py", ""),
        (
            "virtualenv/lib/python3.11/site-packages/deep.py",
            "VALUE = 7\n",
        ),
    ];
    assert_eq!(
        result("python:3", "main", &zip(&files)),
        json!({ "deep": 7 })
    );
}

#[test]
fn files_of_the_archive_are_in_the_working_directory() {
    if !has_python() {
        return;
    }
    let files = [
        (
            "__main__.py",
            "def main(args):\n    return {'read': open('data/a.txt').read()}\n",
        ),
        ("data/a.txt", "content"),
    ];
    assert_eq!(
        result("python:3", "main", &zip(&files)),
        json!({ "read": "content" })
    );
}

#[test]
fn nodejs_archives_have_a_package_or_an_index() {
    if !has_nodejs() {
        return;
    }
    const LIB: (&str, &str) = (
        "lib/greet.js",
        "exports.greet = (name) => 'hello ' + name;\n",
    );
    const MAIN: &str = "const { greet } = require('./lib/greet');\n\
                        exports.main = (args) => ({ text: greet(args.name) });\n";
    const SOURCE: &str = "const { greet } = require('../lib/greet.js');\n\
                          exports.main = (args) => ({ text: greet(args.name) });\n";
    let expected = json!({ "text": "hello you" });
    assert_eq!(
        result("nodejs:20", "main", &zip(&[("index.js", MAIN), LIB])),
        expected
    );
    let package = ("package.json", r#"{"name":"a","main":"src/app.js"}"#);
    let files = [package, ("src/app.js", SOURCE), LIB];
    assert_eq!(result("nodejs:20", "main", &tarball(&files)), expected);
    let package = ("package.json", r#"{"name":"a","main":"./src"}"#);
    let files = [package, ("src/index.js", SOURCE), LIB];
    assert_eq!(result("nodejs:20", "main", &zip(&files)), expected);
    let package = ("package.json", r#"{"name":"a"}"#);
    let files = [package, ("index.js", MAIN), LIB];
    assert_eq!(result("nodejs:20", "main", &zip(&files)), expected);
}

#[test]
fn nodejs_archives_may_hold_modules_of_either_form() {
    if !has_nodejs() {
        return;
    }
    let package = ("package.json", r#"{"type":"module","main":"index.js"}"#);
    let files = [
        package,
        (
            "index.js",
            "export const main = () => ({ form: 'module' });\n",
        ),
    ];
    assert_eq!(
        result("nodejs:20", "main", &zip(&files)),
        json!({ "form": "module" })
    );
    let files = [
        ("index.js", ""),
        ("lib/other.js", "exports.go = () => ({ from: 'other' });\n"),
    ];
    assert_eq!(
        result("nodejs:20", "lib/other.go", &zip(&files)),
        json!({ "from": "other" })
    );
}

#[test]
fn nodejs_archives_without_a_main_file_are_refused() {
    let said = refusal("nodejs:20", &zip(&[("other.js", "")]));
    assert!(said.contains("either package.json or index.js"), "{said}");
    let package = ("package.json", r#"{"main":"gone.js"}"#);
    let said = refusal("nodejs:20", &zip(&[package]));
    assert!(said.contains("gone.js"), "{said}");
}

#[test]
fn programs_may_come_in_an_archive_as_exec() {
    for archive in [zip(&[("exec", BASH_LOOP)]), tarball(&[("exec", BASH_LOOP)])] {
        let said = result("exec", "main", &archive);
        assert_eq!(said["value"], json!({ "name": "you" }));
    }
    let said = refusal("actionloop", &zip(&[("run", BASH_LOOP)]));
    assert!(said.contains("exec"), "{said}");
}

#[test]
fn hostile_archives_are_refused() {
    let said = refusal("python:3", b"PK\x03\x04 and nothing else");
    assert!(said.contains("unpack"), "{said}");
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(encoder);
    builder
        .append_link(&mut link, "etc", "/etc")
        .expect("it is memory");
    let encoder = builder.into_inner().expect("it is memory");
    let said = refusal("python:3", &encoder.finish().expect("it is memory"));
    assert!(said.contains("neither a file nor a directory"), "{said}");
}
