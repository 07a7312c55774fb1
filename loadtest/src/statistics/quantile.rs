//! Quantiles of samples, and between which of the samples the true ones are.
//!
//! Source: H. A. David and H. N. Nagaraja, "Order Statistics", 3rd edition (2003), section 7.1.

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

/// The smallest sample that at least this share of all samples does not exceed, as HDR histograms
/// have it: definition 1 of R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages",
/// The American Statistician 50 (1996). None if there is no sample.
pub(crate) fn of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[rank(sorted.len(), share).min(last + 1) - 1])
}

/// The samples, the smallest first.
pub(crate) fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Which of `count` samples, counted from 1, is their quantile.
pub(crate) fn rank(count: usize, share: f64) -> usize {
    // A share such as 0.07 is a little more than it says: of 100 samples the 7th is meant.
    let exact = count as f64 * share * (1.0 - f64::EPSILON);
    (exact.ceil() as usize).max(1)
}

/// Between which of `count` samples, counted from 1, the true quantile lies with this confidence,
/// whatever the distribution, if they are independent of each other: none on a side where they are
/// too few to say.
pub(crate) fn bounds(count: usize, share: f64, confidence: f64) -> [Option<usize>; 2] {
    let below = Binomial::new(share, count as u64).expect("a share is a probability");
    let tail = (1.0 - confidence) / 2.0;
    // How many samples are below the true quantile: so few, or so many, only once in 1 / `tail`.
    let few = below.inverse_cdf(tail) as usize;
    let many = below.inverse_cdf(1.0 - tail) as usize;
    [Some(few), Some(many + 1)].map(|at| at.filter(|at| (1..=count).contains(at)))
}

/// The standard error of the quantile of samples: what resampling without end would show, summed.
/// Infinite where the quantile is the last sample, since nothing says how far the next might be.
///
/// Source: J. S. Maritz and R. G. Jarrett, "A Note on Estimating the Variance of the Sample
/// Median", Journal of the American Statistical Association 73 (1978).
pub(crate) fn standard_error(sorted: &[f64], share: f64) -> f64 {
    let count = sorted.len();
    let rank = rank(count, share);
    if rank >= count {
        return f64::INFINITY;
    }
    let place = Beta::new(rank as f64, (count + 1 - rank) as f64);
    let place = place.expect("a rank is between 1 and the count");
    // So far from the rank, no resample has its quantile.
    let reach = 8 * (count as f64 * share * (1.0 - share)).sqrt().ceil() as usize + 8;
    let ranks = rank.saturating_sub(reach).max(1)..=(rank + reach).min(count);
    let middle = sorted[rank - 1];
    let (mut mean, mut square) = (0.0, 0.0);
    let mut before = place.cdf((*ranks.start() - 1) as f64 / count as f64);
    for rank in ranks {
        let within = place.cdf(rank as f64 / count as f64);
        let deviation = sorted[rank - 1] - middle;
        mean += (within - before) * deviation;
        square += (within - before) * deviation * deviation;
        before = within;
    }
    (square - mean * mean).max(0.0).sqrt()
}

#[cfg(test)]
#[path = "quantile_tests.rs"]
mod tests;
