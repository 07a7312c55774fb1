//! Where the programs are that run in the guest, which sees the host's files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The crate with the suite.
pub(crate) fn cluster_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster")
}

/// The suite `transport`, which is of another package: cargo builds it, or says where it is.
pub(crate) fn transport_suite() -> &'static Path {
    static SUITE: OnceLock<PathBuf> = OnceLock::new();
    SUITE.get_or_init(|| build("transport"))
}

fn build(test: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // The whole workspace, so that features are those of the build that is there.
        .args(["test", "--workspace", "--locked", "--offline", "--no-run"])
        .args(["--test", test, "--message-format=json"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs these tests too");
    assert!(output.status.success(), "{test} is not built");
    let messages = String::from_utf8(output.stdout).expect("it is JSON");
    let built = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == test;
        let executable = message["executable"].as_str().filter(|_| is_it)?;
        Some(PathBuf::from(executable))
    });
    built.unwrap_or_else(|| panic!("cargo does not say where it built {test}"))
}
