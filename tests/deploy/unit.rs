//! `deploy/systemd/raptor-node.service`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The unit, as text.
pub(crate) struct Unit(String);

/// Where the unit expects the program.
pub(crate) const PROGRAM: &str = "/usr/local/bin/raptor";

impl Unit {
    pub(crate) fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/systemd/raptor-node.service")
    }

    pub(crate) fn read() -> Self {
        Self(fs::read_to_string(Self::path()).expect("it is there"))
    }

    /// What it says of that key, once.
    pub(crate) fn value(&self, key: &str) -> &str {
        let lines = self.0.lines().filter_map(|line| line.split_once('='));
        let found: Vec<&str> = lines
            .filter(|line| line.0 == key)
            .map(|line| line.1)
            .collect();
        let [value] = found[..] else {
            panic!("{key} is there {} times", found.len());
        };
        value
    }

    /// The powers of root that the node keeps, as `CAP_KILL`, in order.
    pub(crate) fn capabilities(&self) -> Vec<String> {
        let names = self.value("CapabilityBoundingSet").split(' ');
        let names: BTreeSet<String> = names.map(str::to_owned).collect();
        names.into_iter().collect()
    }

    /// The same unit of a program that is elsewhere.
    pub(crate) fn of_program(&self, program: &Path) -> String {
        let program = program.to_str().expect("it is UTF-8");
        self.0.replace(PROGRAM, program)
    }
}
