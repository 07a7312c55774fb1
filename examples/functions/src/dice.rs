//! Chance that can be repeated.

use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};

use rand::SeedableRng;
use rand::rngs::StdRng;

/// What tells attempts apart, in the environment that a node or a runtime gives them: the attempt
/// (with its member, its node and its flight), the flight, the activation, and the function.
const IDENTITY: [&str; 4] = [
    "RAPTOR_ATTEMPT",
    "RAPTOR_FLIGHT",
    "__OW_ACTIVATION_ID",
    "__OW_ACTION_NAME",
];

/// The dice of this attempt: with a seed, the same in the same attempt.
///
/// Attempts with one seed differ all the same: copies that took equally long would have nothing to
/// race for, and functions that did would not be independent.
pub(crate) fn of_this_attempt(seed: Option<u64>) -> StdRng {
    match seed {
        Some(seed) => seeded(seed, |name| env::var(name).ok()),
        None => rand::make_rng(),
    }
}

/// The dice of the attempt that has these `variables`.
fn seeded(seed: u64, variables: impl Fn(&str) -> Option<String>) -> StdRng {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    IDENTITY.map(variables).hash(&mut hasher);
    StdRng::seed_from_u64(hasher.finish())
}

#[cfg(test)]
#[path = "dice_tests.rs"]
mod tests;
