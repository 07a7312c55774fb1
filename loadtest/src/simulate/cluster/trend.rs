//! Whether something grows as long as it is looked at.

use std::ops::Range;

/// The number of workflows under way, as those that arrive find it, by batches of arrivals.
#[derive(Clone, Debug)]
pub(crate) struct Trend {
    counted: Range<u32>,
    /// By batch: the sum and the count.
    batches: [(f64, f64); BATCHES],
}

/// Enough for a line to be fitted, few enough for each to be of many workflows.
const BATCHES: usize = 15;

/// A trend must add this share of the mean over the whole, or it may be chance for all its
/// regularity.
const GROWTH_MIN: f64 = 0.3;

/// And exceed its own standard error by this factor: among many runs, a few stray by three.
const SIGNIFICANCE: f64 = 5.0;

impl Trend {
    /// Nothing seen.
    pub(crate) fn new(counted: Range<u32>) -> Self {
        Self {
            counted,
            batches: [(0.0, 0.0); BATCHES],
        }
    }

    /// What a workflow found. Those that do not count are let through.
    pub(crate) fn push(&mut self, number: u32, found: u64) {
        if self.counted.contains(&number) {
            let place = u64::from(number - self.counted.start) * BATCHES as u64;
            let batch = &mut self.batches[(place / self.counted.len() as u64) as usize];
            *batch = (batch.0 + found as f64, batch.1 + 1.0);
        }
    }

    /// Whether there was more and more: the slope of the straight line through the batches' means.
    pub(crate) fn is_growing(&self) -> bool {
        let means = self.batches.iter().filter(|(_, count)| *count > 0.0);
        let means: Vec<_> = means.map(|(sum, count)| sum / count).collect();
        if means.len() < BATCHES {
            return false;
        }
        let count = BATCHES as f64;
        let (middle, level) = ((count - 1.0) / 2.0, means.iter().sum::<f64>() / count);
        let points = means.iter().enumerate();
        let points = points.map(|(at, mean)| (at as f64 - middle, mean - level));
        let width: f64 = points.clone().map(|(x, _)| x * x).sum();
        let slope = points.clone().map(|(x, y)| x * y).sum::<f64>() / width;
        let residues: f64 = points.map(|(x, y)| (y - slope * x).powi(2)).sum();
        let error = (residues / (count - 2.0) / width).sqrt();
        slope * count > GROWTH_MIN * level && slope > SIGNIFICANCE * error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_growing(found: impl Fn(u32) -> f64) -> bool {
        let mut trend = Trend::new(100..1_100);
        (0..1_200).for_each(|number| trend.push(number, found(number) as u64));
        trend.is_growing()
    }

    #[test]
    fn what_grows_is_told_from_what_varies() {
        assert!(is_growing(f64::from));
        assert!(is_growing(|number| 100.0 * f64::from(number).sqrt()));
        assert!(!is_growing(|_| 7.0));
        assert!(!is_growing(|number| 1_000.0 + f64::from(number) / 10.0));
        assert!(!is_growing(
            |number| 100.0 + 90.0 * (f64::from(number) / 70.0).sin()
        ));
    }
}
