use std::fs;

use super::*;

#[test]
fn a_locked_directory_is_refused_to_others_until_it_is_let_go() {
    let base = tempfile::tempdir().expect("a directory");
    let path = base.path().join("node");
    let lock = DirectoryLock::acquire(&path).expect("locks");
    let second = DirectoryLock::acquire(&path).expect_err("is held");
    assert!(matches!(second, DirectoryLockError::Held { .. }));
    drop(lock);
    DirectoryLock::acquire(&path).expect("locks again");
}

#[test]
fn a_sweep_removes_what_nobody_holds_and_nothing_else() {
    let base = tempfile::tempdir().expect("a directory");
    let at = |name: &str| base.path().join(name);
    let held = DirectoryLock::acquire(&at("held")).expect("locks");
    drop(DirectoryLock::acquire(&at("left")).expect("locks"));
    fs::create_dir_all(at("left").join("deep/er")).expect("fills it");
    fs::create_dir(at("empty")).expect("makes it");
    fs::create_dir_all(at("foreign").join("x")).expect("makes it");
    fs::write(at("file"), "").expect("writes it");

    let mut removed = sweep_unlocked(base.path()).expect("sweeps");
    removed.sort();
    assert_eq!(removed, [at("empty"), at("left")]);
    let stays = |name: &str| at(name).exists();
    assert!(stays("held") && stays("foreign") && stays("file"));
    drop(held);
    assert_eq!(sweep_unlocked(base.path()).expect("sweeps"), [at("held")]);
}

#[test]
fn a_sweep_follows_no_link() {
    let base = tempfile::tempdir().expect("a directory");
    let elsewhere = tempfile::tempdir().expect("a directory");
    drop(DirectoryLock::acquire(&elsewhere.path().join("left")).expect("locks"));
    std::os::unix::fs::symlink(elsewhere.path().join("left"), base.path().join("link"))
        .expect("links");
    assert!(sweep_unlocked(base.path()).expect("sweeps").is_empty());
    assert!(elsewhere.path().join("left").exists());
}

#[test]
fn sweeping_nowhere_is_no_error() {
    let base = tempfile::tempdir().expect("a directory");
    let nowhere = base.path().join("nowhere");
    assert!(sweep_unlocked(&nowhere).expect("sweeps").is_empty());
}

#[test]
fn acquiring_survives_a_sweep_at_the_same_time() {
    let base = tempfile::tempdir().expect("a directory");
    let path = base.path().join("node");
    std::thread::scope(|scope| {
        let sweeps = scope.spawn(|| {
            for _ in 0..500 {
                sweep_unlocked(base.path()).expect("sweeps");
            }
        });
        while !sweeps.is_finished() {
            // A sweep that looks at the lock holds it for a moment.
            if let Ok(lock) = DirectoryLock::acquire(&path) {
                assert!(path.join(LOCK_FILE).exists(), "a held directory is there");
                drop(lock);
            }
        }
    });
}
