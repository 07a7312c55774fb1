//! How near samples are to the exponential distribution, for which theory has its laws.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::quantile;

/// How many sets of samples tell how far exponential ones are from their own fit.
const TRIALS: u32 = 2_000;

/// Of how many samples each is at most: of more, the modified distance no longer depends on it.
const TRIAL_SIZE_MAX: usize = 128;

/// Any number: the same samples are always judged alike.
const SEED: u64 = 0x4c69_6c6c_6965_666f;

/// The exponential distribution that is nearest to samples, and how near it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exponential {
    /// Its mean, in seconds: that of the samples, which is the likeliest one.
    pub(crate) mean: f64,
    /// By how much, at most, the share of samples below a time differs from the probability that
    /// the fitted distribution gives it (Kolmogorov and Smirnov): 0 to 1.
    pub(crate) distance: f64,
    /// How probable it is that so many exponential samples are at least so far from their own fit:
    /// below 0.05, they are hardly exponential. Of thousands of samples, even a deviation that does
    /// not matter is certain: then [`distance`](Self::distance) says more.
    pub(crate) p_value: f64,
}

/// Fits an exponential distribution. None if there are fewer than two samples, or all are 0.
///
/// The mean is estimated from the same samples, so Kolmogorov's own table does not hold. The test
/// is that of H. W. Lilliefors, "On the Kolmogorov-Smirnov test for the exponential distribution
/// with mean unknown", Journal of the American Statistical Association 64 (1969), by simulation
/// instead of by its table; of many samples with the distance as M. A. Stephens modified it, "EDF
/// Statistics for Goodness of Fit and Some Comparisons", the same journal, 69 (1974).
pub(crate) fn exponential(samples: &[f64]) -> Option<Exponential> {
    let count = samples.len();
    let mean = samples.iter().sum::<f64>() / count as f64;
    if count < 2 || mean <= 0.0 {
        return None;
    }
    let distance = distance(&quantile::sorted(samples), mean);
    let size = count.min(TRIAL_SIZE_MAX);
    let as_far = exceeding(modified(distance, count), size);
    Some(Exponential {
        mean,
        distance,
        // What was seen counts as one of the trials, so that nothing is impossible.
        p_value: f64::from(as_far + 1) / f64::from(TRIALS + 1),
    })
}

/// The points of a quantile-quantile plot against the exponential distribution of the same mean:
/// what that has for each share (x), and what the samples have (y). On the diagonal where they
/// agree. About `points` of them, evenly along x, so that no sample of the tail is left out for
/// the sake of the many small ones. Samples stand at the shares of A. Hazen, `(i - 1/2) / n`.
pub(crate) fn qq(samples: &[f64], points: usize) -> Vec<(f64, f64)> {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let at = |rank: usize| -mean * (1.0 - (rank as f64 + 0.5) / count).ln();
    let sorted = quantile::sorted(samples);
    let Some(last) = sorted.len().checked_sub(1) else {
        return Vec::new();
    };
    let step = at(last) / points.max(1) as f64;
    let mut next = 0.0;
    let mut kept = Vec::new();
    for (rank, sample) in sorted.into_iter().enumerate() {
        let x = at(rank);
        if x >= next || rank == last {
            kept.push((x, sample));
            next = x + step;
        }
    }
    kept
}

/// The distance of Kolmogorov and Smirnov to the exponential distribution of that mean.
fn distance(sorted: &[f64], mean: f64) -> f64 {
    let count = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(rank, sample)| {
        let probability = -(-sample / mean).exp_m1();
        let (before, after) = (rank as f64 / count, (rank as f64 + 1.0) / count);
        (probability - before).max(after - probability)
    });
    distances.fold(0.0, f64::max)
}

/// The distance, so that its distribution hardly depends on how many samples there are.
fn modified(distance: f64, count: usize) -> f64 {
    let count = count as f64;
    (distance - 0.2 / count) * (count.sqrt() + 0.26 + 0.5 / count.sqrt())
}

/// How many of the trials, each of so many exponential samples, are at least so far away.
fn exceeding(modified_distance: f64, size: usize) -> u32 {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let is_as_far = |_: &u32| {
        let mut drawn: Vec<f64> = (0..size)
            .map(|_| -(1.0 - dice.random::<f64>()).ln())
            .collect();
        drawn.sort_unstable_by(f64::total_cmp);
        let mean = drawn.iter().sum::<f64>() / size as f64;
        modified(distance(&drawn, mean), size) >= modified_distance
    };
    (0..TRIALS).filter(is_as_far).count() as u32
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
