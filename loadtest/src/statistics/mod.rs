//! What samples say, and how sure that is.
//!
//! Samples are times in seconds, or amounts of them: never negative, never infinite. An interval
//! that they are too few to bound ends at infinity, and begins at 0.

pub(crate) mod binomial;
pub(crate) mod bootstrap;
pub(crate) mod fit;
pub(crate) mod histogram;
pub(crate) mod quantile;

/// A range that holds the true value with the confidence that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    /// Its lower end.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
}

/// A figure from samples, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// The figure.
    pub(crate) value: f64,
    /// Where the true one is, with 95 % confidence where nothing else is said.
    pub(crate) interval: Interval,
}

/// The harmonic number `1 + 1/2 + ... + 1/count`: what the last of so many independent exponential
/// services of mean 1 takes on average, hence a fork-join of so many functions on idle servers.
pub(crate) fn harmonic(count: u32) -> f64 {
    (1..=count).map(|k| 1.0 / f64::from(k)).sum()
}

#[cfg(test)]
impl Interval {
    /// Whether a value lies in it.
    pub(crate) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonic_numbers_add_up() {
        assert!((harmonic(3) - 11.0 / 6.0).abs() < 1e-12);
    }
}
