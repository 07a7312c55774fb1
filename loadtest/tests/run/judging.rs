//! Runs that are held against theory.

use crate::support::{NOOP, output, scenario};

/// Exponential sleeps, too few to say how long they are, on a target of two members.
const SLEEPS: &str = r#"
title = "sleeps"
policies = ["fork-join:2", "flight:2"]
requests = 12
warm_up = 2
attempts_alone = 0

[workflow]
shape = "independent:2"
service = "exp mean=100ms"

[target]
url = "embedded:2"
node_slots = 16

[load]
clients = 4
"#;

#[test]
fn a_gain_near_theory_is_well_and_one_that_is_not_has_a_status_of_its_own() {
    let (_directory, path) = scenario(SLEEPS);
    // Within ten times of what theory says are all runs that chance brings about.
    let well = output(&path, &["--within", "1000%"]);
    let said = String::from_utf8_lossy(&well.stderr);
    assert!(well.status.success(), "{said}");
    assert!(
        said.contains("flight:2 gains ") && said.contains("theory says 33.3 %"),
        "{said}"
    );
    let beside = output(&path, &["--within", "0.01%", "--quiet"]);
    let said = String::from_utf8_lossy(&beside.stderr);
    assert_eq!(beside.status.code(), Some(3), "{said}");
    assert!(said.contains("which is not within 0.01%"), "{said}");
}

#[test]
fn what_cannot_be_judged_is_told() {
    let alone = SLEEPS.replace("\"fork-join:2\", ", "");
    let (_directory, path) = scenario(&alone);
    let refused = output(&path, &["--within", "10%"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("--within needs two"), "{said}");
    let text = NOOP.replace("attempts_alone = 9", "attempts_alone = 0");
    let (_directory, path) = scenario(&[&text, "[load]\nclients = 1\n"].concat());
    let refused = output(&path, &["--within", "ten", "--requests", "1"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(said.contains("such as \"10%\""), "{said}");
}
