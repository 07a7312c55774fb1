//! Tests that need what not every machine has.

/// Whether this runs as root. If not, says that `test` is skipped; fails if `RAPTOR_REQUIRE` names
/// `root`.
pub(crate) fn is_root(test: &str) -> bool {
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root {
        let required = std::env::var("RAPTOR_REQUIRE").unwrap_or_default();
        let required = required.split(',').any(|need| need == "root");
        assert!(!required, "{test} needs root, and RAPTOR_REQUIRE names it");
        eprintln!("skipped: {test} needs root");
    }
    is_root
}
