//! Stock launchers in place of what a kind would start (`--launcher`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::actionloop::PYTHON_LAUNCHER;
use crate::support::{Container, base64, bash, has_python, zip};

/// A container whose launcher is this file.
fn container(kind: &str, name: &str, launcher: &str, mode: u32) -> (tempfile::TempDir, Container) {
    let directory = tempfile::tempdir().expect("there is room");
    let path = directory.path().join(name);
    fs::write(&path, launcher).expect("there is room");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
    let path = path.to_str().expect("it is text");
    let container = Container::start_with(kind, &["--launcher", path], &[]);
    (directory, container)
}

#[test]
fn a_launcher_is_started_where_the_action_is() {
    let launcher = bash(
        r#"echo "{\"file\":\"$1\",\"main\":\"$2\",\"here\":\"$PWD\",\"code\":\"$(<"$1")\"}" >&3"#,
    );
    let (_directory, container) = container("actionloop", "launch", &launcher, 0o755);
    let value = json!({ "main": "niam", "binary": false, "code": "any text" });
    assert_eq!(container.init_value(&value).status, 200);
    let said = container.run(&json!({})).json();
    let file = said["file"].as_str().expect("it is text");
    let here = said["here"].as_str().expect("it is text");
    assert_eq!(file, format!("{here}/exec"));
    assert_eq!(
        (said["main"].as_str(), said["code"].as_str()),
        (Some("niam"), Some("any text"))
    );
}

#[test]
fn the_official_python_launcher_works_unchanged() {
    if !has_python() {
        return;
    }
    // As it lies in its image: nobody has made it executable.
    let start = || container("python:3", "launcher.py", PYTHON_LAUNCHER, 0o644);
    let code = "def niam(args):\n    return {'text': args['text'] + '!'}\n";
    let (_directory, source) = start();
    let value = json!({ "main": "niam", "binary": false, "code": code });
    let answer = source.init_value(&value);
    assert_eq!(answer.status, 200, "{answer:?} {:?}", source.log());
    for _ in 0..3 {
        assert_eq!(
            source.run(&json!({ "text": "ünï" })).json(),
            json!({ "text": "ünï!" })
        );
    }
    let (_directory, archive) = start();
    let files = zip(&[("__main__.py", "from lib import niam\n"), ("lib.py", code)]);
    let value = json!({ "main": "niam", "binary": true, "code": base64(&files) });
    assert_eq!(archive.init_value(&value).status, 200);
    assert_eq!(
        archive.run(&json!({ "text": "a" })).json(),
        json!({ "text": "a!" })
    );
    let (_directory, broken) = start();
    let answer = broken.init("import nothing_like_it\n");
    assert_eq!(answer.status, 502);
    assert!(broken.log().stderr.contains("nothing_like_it"));
    assert_eq!(broken.log().sentinels(), (1, 1));
}

#[test]
fn a_launcher_that_cannot_be_executed_is_a_failure() {
    let (_directory, container) = container("exec", "launch", "#!/bin/bash\n", 0o644);
    let answer = container.init("any text");
    assert_eq!(answer.status, 502);
    assert!(answer.error().contains("launch"), "{answer:?}");
}
