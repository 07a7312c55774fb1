//! What tests of Raptor, and of programs that embed it, share.

use std::env;
use std::fmt::Display;
use std::sync::OnceLock;

use crate::security::Security;

/// The variable that lists, with commas, what a test run must not skip.
pub const REQUIRE_VARIABLE: &str = "RAPTOR_REQUIRE";

/// Passes on what a test needs from this machine, or says why the test is skipped.
///
/// ```no_run
/// # fn python() -> Result<std::path::PathBuf, String> { Err("it is not here".to_owned()) }
/// let Some(python) = raptor_cluster::testing::gate("python", python()) else {
///     return;
/// };
/// ```
///
/// # Panics
/// It is missing, and `RAPTOR_REQUIRE` names it: then to skip the test would hide a failure.
pub fn gate<T>(name: &str, found: Result<T, impl Display>) -> Option<T> {
    let required = env::var(REQUIRE_VARIABLE).unwrap_or_default();
    match found {
        Ok(found) => Some(found),
        Err(why) if is_listed(name, &required) => {
            panic!("{REQUIRE_VARIABLE} names {name:?}, but {why}")
        }
        Err(why) => {
            eprintln!("skipped: this test needs {name:?}, but {why}");
            None
        }
    }
}

/// Keys that all nodes and clients of a test's process share.
///
/// # Panics
/// The operating system has no random numbers.
pub fn keys() -> Security {
    static KEYS: OnceLock<Security> = OnceLock::new();
    KEYS.get_or_init(|| Security::generate().expect("the operating system has random numbers"))
        .clone()
}

fn is_listed(name: &str, list: &str) -> bool {
    list.split(',').any(|entry| entry.trim() == name)
}

#[cfg(test)]
#[path = "testing_tests.rs"]
mod tests;
