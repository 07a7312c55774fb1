//! Where a run leaves its report.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::{NOOP, scenario};

/// Nobody's, of Debian and of most images.
const NOBODY: u32 = 65534;

/// A mount of a container belongs to whoever made it on the host.
#[test]
fn a_directory_of_somebody_else_is_refused_before_the_run_with_what_helps() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: only root can be somebody else");
        return;
    }
    let (directory, path) = scenario(&[NOOP, "[load]\nclients = 1\n"].concat());
    for readable in [directory.path(), &path] {
        fs::set_permissions(readable, Permissions::from_mode(0o755)).unwrap();
    }
    // The program may stand where nobody else may go.
    let program = directory.path().join("loadtest");
    fs::copy(env!("CARGO_BIN_EXE_loadtest"), &program).unwrap();
    let out = directory.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, Permissions::from_mode(0o755)).unwrap();
    let mut run = Command::new(program);
    run.arg("run").arg(&path).arg("--out").arg(&out);
    let refused = run.uid(NOBODY).gid(NOBODY).output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    for says in [
        "loadtest: failed to write into",
        "it belongs to user 0 (mode 755), and this is user 65534",
        "--user 0:0",
        "chown 65534:65534",
    ] {
        assert!(said.contains(says), "{says} in {said}");
    }
}
