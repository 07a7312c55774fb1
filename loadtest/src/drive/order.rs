//! In which order the policies take their turns.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// One workflow that is to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Which of the run's policies runs it.
    pub(super) policy: usize,
    /// The how many-th of its policy it is, from zero.
    pub(super) number: usize,
    /// Whether it only warms the target up.
    pub(super) is_warm_up: bool,
}

/// The turns of so many policies: blocks, in each of which every policy has one, in an order that
/// is drawn anew. So all meet the same noise, and none always follows another.
pub(super) fn order(policies: usize, warm_up: usize, requests: usize, seed: u64) -> Vec<Turn> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut block: Vec<usize> = (0..policies).collect();
    let mut turns = Vec::with_capacity(policies * (warm_up + requests));
    for number in 0..warm_up + requests {
        block.shuffle(&mut dice);
        turns.extend(block.iter().map(|policy| Turn {
            policy: *policy,
            number,
            is_warm_up: number < warm_up,
        }));
    }
    turns
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
