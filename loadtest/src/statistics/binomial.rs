//! Shares of trials: of workflows that fail.

use std::ops::RangeInclusive;

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

use super::Interval;

/// Where the true share is, if so many of so many trials had it: never less sure than asked for.
///
/// Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated
/// in the case of the binomial", Biometrika 26 (1934).
///
/// # Panics
///
/// If more succeeded than were tried, or the confidence is not in (0, 1).
pub(crate) fn interval(successes: u64, trials: u64, confidence: f64) -> Interval {
    assert!(successes <= trials, "{successes} of {trials} is no share");
    let tail = tail(confidence);
    let [hits, misses] = [successes, trials - successes].map(|count| count as f64);
    let bound = |a: f64, b: f64, share| {
        let beta = Beta::new(a, b).expect("both are positive");
        beta.inverse_cdf(share)
    };
    Interval {
        low: if successes == 0 {
            0.0
        } else {
            bound(hits, misses + 1.0, tail)
        },
        high: if successes == trials {
            1.0
        } else {
            bound(hits + 1.0, misses, 1.0 - tail)
        },
    }
}

/// How many of so many trials succeed with this confidence, each with probability `p`: outside of
/// this range on either side are at most half of the rest.
///
/// # Panics
///
/// If `p` is no probability, or the confidence is not in (0, 1).
pub(crate) fn acceptance(p: f64, trials: u64, confidence: f64) -> RangeInclusive<u64> {
    let tail = tail(confidence);
    let successes = Binomial::new(p, trials).expect("a probability is in [0, 1]");
    // Certainty has no tails to be found.
    if p == 0.0 || trials == 0 {
        return 0..=0;
    }
    if p == 1.0 {
        return trials..=trials;
    }
    successes.inverse_cdf(tail)..=successes.inverse_cdf(1.0 - tail)
}

fn tail(confidence: f64) -> f64 {
    assert!(
        0.0 < confidence && confidence < 1.0,
        "a confidence is between 0 and 1, not {confidence}"
    );
    (1.0 - confidence) / 2.0
}

#[cfg(test)]
#[path = "binomial_tests.rs"]
mod tests;
