use rand::RngExt;

use super::*;

/// What is thrown first by the attempt in whose environment `name` is `text`.
fn thrown(seed: u64, name: &str, text: &str) -> u64 {
    seeded(seed, |asked| (asked == name).then(|| text.to_owned())).random()
}

#[test]
fn the_same_attempt_throws_the_same_with_the_same_seed() {
    let throw = |seed| thrown(seed, "RAPTOR_ATTEMPT", "node-a.1/f/0.3");
    assert_eq!(throw(7), throw(7));
    assert_ne!(throw(7), throw(8));
}

#[test]
fn attempts_flights_activations_and_functions_throw_differently_with_one_seed() {
    for name in IDENTITY {
        assert_ne!(thrown(7, name, "one"), thrown(7, name, "other"), "{name}");
    }
    assert_ne!(
        thrown(7, IDENTITY[0], "one"),
        thrown(7, IDENTITY[1], "one"),
        "what is which counts too"
    );
}

#[test]
fn without_a_seed_no_two_throws_are_equal() {
    let throw = || of_this_attempt(None).random::<u64>();
    assert_ne!(throw(), throw());
}
