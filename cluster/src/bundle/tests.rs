//! Bundles: from a directory, and into one.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::cache::ACTIONS_MAX;
use super::*;
use crate::envelope::Envelope;

const MANIFEST: &str = r#"{"main": {"depends": [], "exec": ["true"]}}"#;

/// A directory with a manifest.
fn action() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join(MANIFEST_FILE), MANIFEST).unwrap();
    directory
}

fn read(directory: &TempDir) -> Result<Bundle, String> {
    let read = Bundle::from_directory(directory.path());
    read.map(|(bundle, _)| bundle)
        .map_err(|error| error.to_string())
}

/// What is said of a directory that is refused.
fn refusal(directory: &TempDir) -> String {
    read(directory).expect_err("it should be refused")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn file(path: &str) -> File {
    File {
        path: path.to_owned(),
        executable: false,
        content: Bytes::from_static(b"x"),
    }
}

fn bundle(files: Vec<File>) -> Bundle {
    let manifest = MANIFEST.to_owned();
    Bundle::pack(&Contents {
        manifest,
        is_single: false,
        files,
    })
}

/// A bundle that differs from those of other numbers.
fn numbered(number: usize) -> Bundle {
    bundle(vec![file(&format!("f{number}"))])
}

#[test]
fn a_directory_comes_out_as_it_went_in() {
    let source = action();
    let deep = source.path().join("lib/deep");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("data"), b"\x00\xff").unwrap();
    fs::write(source.path().join("run"), "#!/bin/sh").unwrap();
    fs::set_permissions(source.path().join("run"), Permissions::from_mode(0o700)).unwrap();
    let bundle = read(&source).unwrap();

    let base = TempDir::new().unwrap();
    let mut cache = BundleCache::new(base.path().to_owned());
    let action = cache.put(bundle.clone()).unwrap();
    let unpacked = action.directory.as_deref().expect("it has files");
    assert_eq!(
        fs::read(unpacked.join("lib/deep/data")).unwrap(),
        b"\x00\xff"
    );
    assert_eq!(fs::read(unpacked.join("run")).unwrap(), b"#!/bin/sh");
    assert_eq!(cache.get(bundle.digest()).unwrap().bundle, bundle);
}

#[test]
fn functions_of_any_user_can_read_it_and_not_change_it() {
    let base = TempDir::new().unwrap();
    let mut cache = BundleCache::new(base.path().to_owned());
    let run = File {
        executable: true,
        ..file("bin/run")
    };
    let action = cache.put(bundle(vec![run, file("data")])).unwrap();
    let unpacked = action.directory.as_deref().expect("it has files");
    assert_eq!(mode(unpacked), 0o755);
    assert_eq!(mode(&unpacked.join("bin")), 0o755);
    assert_eq!(mode(&unpacked.join("bin/run")), 0o755);
    assert_eq!(mode(&unpacked.join("data")), 0o644);
}

#[test]
fn the_same_files_are_the_same_bundle() {
    let (one, other) = (action(), action());
    for directory in [&one, &other] {
        fs::write(directory.path().join("b"), "b").unwrap();
        fs::write(directory.path().join("a"), "a").unwrap();
    }
    assert_eq!(read(&one).unwrap(), read(&other).unwrap());
    fs::write(other.path().join("a"), "c").unwrap();
    assert_ne!(read(&one).unwrap().digest(), read(&other).unwrap().digest());
}

#[test]
fn a_link_is_refused_by_name() {
    let directory = action();
    symlink("/etc/passwd", directory.path().join("shadow")).unwrap();
    let why = refusal(&directory);
    assert!(
        why.contains("shadow is neither a file nor a directory"),
        "{why}"
    );
}

#[test]
fn more_than_a_bundle_holds_is_refused_before_it_is_read() {
    let directory = action();
    let sparse = fs::File::create(directory.path().join("huge")).unwrap();
    // A terabyte that takes no room, and would take a while to read.
    sparse.set_len(1 << 40).unwrap();
    let why = refusal(&directory);
    assert!(why.contains("holds more than 64 MiB"), "{why}");
}

#[test]
fn the_parts_of_a_full_bundle_fit_into_envelopes_and_make_the_whole() {
    let directory = action();
    let room = BUNDLE_BYTES_MAX - MANIFEST.len() - (1 << 10);
    fs::write(directory.path().join("data"), vec![b'x'; room]).unwrap();
    let bundle = read(&directory).unwrap();
    let (mut arrivals, mut offset) = (Arrivals::default(), 0);
    let whole = loop {
        let envelope = Envelope::of_code(&bundle, offset).expect("it goes on");
        assert!(crate::wire::encode(&envelope).len() <= crate::link::ENVELOPE_BYTES_MAX);
        let Envelope::BundlePart {
            digest,
            total,
            offset: at,
            body,
        } = envelope
        else {
            panic!("it is too long for one: {envelope:?}");
        };
        match arrivals.take(digest, total, at, &body) {
            Step::Next(next) => offset = next,
            Step::Whole(whole) => break whole,
            Step::Nothing => panic!("the part at {at} fits"),
        }
    };
    assert_eq!(Bundle::from_bytes(whole), bundle);
    assert_eq!(Envelope::of_code(&bundle, room as u64 + (1 << 20)), None);
}

#[test]
fn an_action_without_a_manifest_is_its_one_function() {
    let directory = TempDir::new().unwrap();
    fs::write(
        directory.path().join("__main__.py"),
        "def main(args): return args",
    )
    .unwrap();
    let function = r#"{"depends": [], "file": "__main__.py"}"#;
    let bundle = Bundle::single(directory.path(), "main", function).unwrap();
    let base = TempDir::new().unwrap();
    let mut cache = BundleCache::new(base.path().to_owned());
    assert!(cache.put(bundle).unwrap().manifest.is_single());
    let missing = r#"{"depends": [], "file": "gone.py"}"#;
    let refused = Bundle::single(directory.path(), "main", missing).unwrap_err();
    assert!(refused.to_string().contains("no such file"), "{refused}");
}

#[test]
fn a_name_that_is_not_utf_8_is_refused() {
    let directory = action();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::write(directory.path().join(name), "x").unwrap();
    let why = refusal(&directory);
    assert!(why.contains("not UTF-8"), "{why}");
}

#[test]
fn what_is_wrong_with_a_manifest_is_said_with_its_file() {
    let directory = action();
    let path = directory.path().join(MANIFEST_FILE);
    fs::write(
        &path,
        r#"{"main": {"depends": ["nobody"], "exec": ["true"]}}"#,
    )
    .unwrap();
    let why = refusal(&directory);
    assert!(why.contains(path.to_str().unwrap()), "{why}");
    assert!(why.contains("nobody"), "{why}");
}

#[test]
fn a_manifest_that_names_a_missing_file_is_refused() {
    let directory = action();
    let path = directory.path().join(MANIFEST_FILE);
    fs::write(&path, r#"{"main": {"depends": [], "file": "gone.py"}}"#).unwrap();
    let why = refusal(&directory);
    assert!(
        why.contains("main.file: the action has no such file"),
        "{why}"
    );
}

#[test]
fn a_directory_without_a_manifest_says_what_to_do() {
    let why = refusal(&TempDir::new().unwrap());
    assert!(why.contains("put one there"), "{why}");
}

#[test]
fn paths_that_leave_the_directory_are_refused_and_leave_nothing() {
    let base = TempDir::new().unwrap();
    let inside = base.path().join("bundles");
    fs::create_dir(&inside).unwrap();
    for path in ["../out", "/tmp/raptor-out", "a/../../out", "./a", ".."] {
        let mut cache = BundleCache::new(inside.clone());
        let refused = cache.put(bundle(vec![file("good"), file(path)]));
        assert!(
            matches!(refused, Err(UnpackError::PathLeaves(_))),
            "{path}: {refused:?}"
        );
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 0, "{path}");
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1, "{path}");
    }
}

#[test]
fn paths_that_cannot_be_written_are_refused_and_leave_nothing() {
    let base = TempDir::new().unwrap();
    let long = "x".repeat(300);
    for paths in [
        ["a", "a/b"],
        ["a", "a"],
        ["", "a"],
        ["a\0b", "a"],
        [&*long, "a"],
    ] {
        let mut cache = BundleCache::new(base.path().to_owned());
        let refused = cache.put(bundle(paths.map(file).to_vec()));
        assert!(refused.is_err(), "{paths:?}");
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0, "{paths:?}");
    }
}

#[test]
fn what_is_no_bundle_is_refused() {
    let base = TempDir::new().unwrap();
    let mut cache = BundleCache::new(base.path().to_owned());
    let refused = cache.put(Bundle::from_bytes(Bytes::from_static(b"no bundle")));
    assert!(
        matches!(refused, Err(UnpackError::Malformed(_))),
        "{refused:?}"
    );
    let manifest = "{".to_owned();
    let files = Vec::new();
    let contents = Contents {
        manifest,
        is_single: false,
        files,
    };
    let refused = cache.put(Bundle::pack(&contents));
    assert!(
        matches!(refused, Err(UnpackError::Manifest(_))),
        "{refused:?}"
    );
}

#[test]
fn the_least_recently_used_action_that_is_idle_makes_room() {
    let base = TempDir::new().unwrap();
    let mut cache = BundleCache::new(base.path().to_owned());
    let in_flight = cache.put(numbered(0)).unwrap();
    for number in 1..ACTIONS_MAX {
        cache.put(numbered(number)).unwrap();
    }
    cache.get(numbered(1).digest()).expect("it is at hand");
    let newest = cache.put(numbered(ACTIONS_MAX)).unwrap();
    for kept in [0, 1, 3, ACTIONS_MAX] {
        assert!(cache.get(numbered(kept).digest()).is_some(), "{kept}");
    }
    assert!(cache.get(numbered(2).digest()).is_none());
    let count = fs::read_dir(base.path()).unwrap().count();
    assert_eq!(count, ACTIONS_MAX, "its files have gone as well");
    assert!(!Arc::ptr_eq(&in_flight, &newest));
}

#[test]
fn an_action_that_made_room_can_come_back() {
    let base = TempDir::new().unwrap();
    let mut cache = BundleCache::new(base.path().to_owned());
    for number in 0..=ACTIONS_MAX {
        cache.put(numbered(number)).unwrap();
    }
    let action = cache.put(numbered(0)).unwrap();
    let unpacked = action.directory.as_deref().expect("it has files");
    assert!(unpacked.join("f0").is_file());
}
