use std::io::Read;

use raptor_core::manifest::Manifest;
use zip::ZipArchive;

use super::*;

/// An action of two functions, with a program of its own in a directory.
const ACTION: &str = r#"{ "__OW_NUM_CONCURRENCY": 4,
    "a": { "depends": [], "exec": ["./bin/run"], "retries": 2 },
    "b": { "depends": ["a"], "file": "b.py", "params": true } }"#;

/// Its directory.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a disk");
    let program = directory.path().join("bin/run");
    fs::create_dir(directory.path().join("bin")).expect("a disk");
    fs::write(&program, "#!/bin/sh\n").expect("a disk");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    fs::write(directory.path().join("b.py"), "def b(p): return p\n").expect("a disk");
    fs::write(directory.path().join(MANIFEST_FILE), ACTION).expect("a disk");
    directory
}

fn manifest(zip: &[u8]) -> Manifest {
    let mut zip = ZipArchive::new(Cursor::new(zip)).expect("it is an archive");
    let mut text = String::new();
    let mut file = zip.by_name(MANIFEST_FILE).expect("it is there");
    file.read_to_string(&mut text).expect("it is text");
    Manifest::parse(&text).expect("it is a manifest")
}

#[test]
fn a_flight_has_the_size_that_was_asked_for_and_all_files_as_they_are() {
    let directory = directory();
    let archive = Archive::of(ACTION, Some(directory.path())).expect("it is an action");
    let zip = archive.flight(3).expect("it fits into memory");
    assert_eq!(manifest(&zip).flight_size(), 3);
    assert_eq!(manifest(&zip).len(), 2);
    let mut zip = ZipArchive::new(Cursor::new(zip)).expect("it is an archive");
    let mode = |zip: &mut ZipArchive<_>, name: &str| {
        let file = zip.by_name(name).expect("it is there");
        file.unix_mode().expect("it has one") & 0o777
    };
    assert_eq!(mode(&mut zip, "bin/run"), 0o755);
    assert_eq!(mode(&mut zip, "b.py"), 0o644);
}

#[test]
fn a_function_alone_depends_on_nothing_and_keeps_all_else() {
    let directory = directory();
    let archive = Archive::of(ACTION, Some(directory.path())).expect("it is an action");
    for (name, retries) in [("a", 2), ("b", 0)] {
        let alone = manifest(&archive.function(name).expect("it fits into memory"));
        assert_eq!((alone.len(), alone.flight_size()), (1, 1));
        let function = &alone.functions()[0];
        assert_eq!(function.name, name);
        assert_eq!(function.retries, retries);
        assert!(function.depends.is_empty());
    }
}

#[test]
fn what_is_no_action_is_named() {
    let nowhere = Path::new("/nonexistent/action");
    let error = Archive::of(ACTION, Some(nowhere)).expect_err("there is none");
    assert!(error.to_string().contains("/nonexistent/action"), "{error}");
}
