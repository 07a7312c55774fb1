//! Durations by the million, in little memory.

use std::time::Duration;

use hdrhistogram::Histogram as Counts;

/// The longest duration that is told apart from longer ones.
const DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// To how many digits durations are kept: 0.1 %.
const DIGITS: u8 = 3;

/// How many samples had which duration, to three digits: an HDR histogram of nanoseconds, of some
/// 300 kB whatever is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Histogram(Counts<u64>);

impl Default for Histogram {
    fn default() -> Self {
        let counts = Counts::new_with_bounds(1, nanos(DURATION_MAX), DIGITS);
        Self(counts.expect("the bounds and the digits are such as there can be"))
    }
}

impl Histogram {
    /// Adds a sample.
    pub(crate) fn record(&mut self, duration: Duration) {
        self.0.saturating_record(nanos(duration));
    }

    /// How many samples it has.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// What this share of the samples, in [0, 1], does not exceed; none if it has none.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let quantile = || Duration::from_nanos(self.0.value_at_quantile(share));
        (self.count() > 0).then(quantile)
    }

    /// The mean; none if it has no samples.
    pub(crate) fn mean(&self) -> Option<Duration> {
        let mean = || Duration::from_secs_f64(self.0.mean() / 1e9);
        (self.count() > 0).then(mean)
    }
}

impl Extend<Duration> for Histogram {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, more: I) {
        more.into_iter().for_each(|duration| self.record(duration));
    }
}

impl FromIterator<Duration> for Histogram {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut histogram = Self::default();
        histogram.extend(durations);
        histogram
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "histogram_tests.rs"]
mod tests;
