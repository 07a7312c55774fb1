use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::super::{Action, Bundle};
use super::*;

fn manifest() -> Manifest {
    Manifest::single("main", Program::File("a.py".to_owned()))
}

fn action() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("a.py"), "def main(args): return {}").unwrap();
    fs::create_dir(directory.path().join("lib")).unwrap();
    fs::write(directory.path().join("lib/b"), "b").unwrap();
    directory
}

fn bundle(directory: &TempDir) -> Bundle {
    Bundle::in_place(directory.path(), manifest()).unwrap()
}

#[test]
fn two_copies_are_the_same_action_until_anything_differs() {
    let (one, other) = (action(), action());
    let digest = || bundle(&other).digest();
    let same = bundle(&one).digest();
    assert_eq!(digest(), same);
    let text = other.path().join("lib/b");
    fs::write(&text, "c").unwrap();
    assert_ne!(digest(), same);
    fs::rename(&text, other.path().join("b")).unwrap();
    fs::write(other.path().join("b"), "b").unwrap();
    assert_ne!(digest(), same);
    fs::rename(other.path().join("b"), &text).unwrap();
    assert_eq!(digest(), same);
    symlink("b", other.path().join("lib/c")).unwrap();
    assert_ne!(digest(), same);
    let larger = Bundle::in_place(one.path(), manifest().with_flight_size(2)).unwrap();
    assert_ne!(larger.digest(), same);
}

#[test]
fn its_files_are_used_where_they_are() {
    let directory = action();
    let nowhere = Path::new("/nowhere: nothing is unpacked");
    let action = Action::unpack(bundle(&directory), nowhere).unwrap();
    let place = directory.path().canonicalize().unwrap();
    assert_eq!(action.directory, Some(place));
    assert!(action.manifest.is_single());
    assert!(action.bundle.bytes().is_none());
}

#[test]
fn what_the_manifest_names_must_be_there() {
    let directory = action();
    fs::remove_file(directory.path().join("a.py")).unwrap();
    let refused = Bundle::in_place(directory.path(), manifest()).unwrap_err();
    assert!(refused.to_string().contains("main.file"), "{refused}");
    let gone = Bundle::in_place(Path::new("/nowhere"), manifest()).unwrap_err();
    assert!(matches!(gone, BundleError::Unreadable { .. }), "{gone}");
}

#[test]
fn more_than_it_may_have_is_refused_before_it_is_read() {
    let directory = action();
    let sparse = fs::File::create(directory.path().join("huge")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    let refused = Bundle::in_place(directory.path(), manifest()).unwrap_err();
    assert!(refused.to_string().contains("256 MiB"), "{refused}");
}
