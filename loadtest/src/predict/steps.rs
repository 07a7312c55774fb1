//! Distributions of a few times, or of many that were measured: steps.

use std::collections::BTreeMap;

use raptor_functions::distribution::{Distribution, Shape};

/// A distribution that has each of some times with some probability.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Steps(
    /// Every time, in seconds and ascending, with the probability of no longer one.
    Vec<(f64, f64)>,
);

/// How far sums of probabilities are from what they should be.
const ROUNDING: f64 = 1e-12;

impl Steps {
    /// Those of a distribution, if it has no other times.
    pub(super) fn of(distribution: &Distribution) -> Option<Self> {
        let mean = distribution.mean().as_secs_f64();
        match distribution.shape() {
            Shape::Const => Some(Self(vec![(mean, 1.0)])),
            Shape::Bimodal { slow, factor } => {
                let fast = mean / (1.0 + slow * (factor - 1.0));
                Some(Self(vec![(fast, 1.0 - slow), (fast * factor, 1.0)]))
            }
            Shape::Empirical(samples) => {
                let mut sorted: Vec<_> = samples.iter().map(|it| it.as_secs_f64()).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let count = sorted.len() as f64;
                let steps = (1..).zip(sorted);
                let steps = steps.map(|(rank, time)| (time, f64::from(rank) / count));
                Some(Self(steps.collect()))
            }
            _ => None,
        }
    }

    /// The fastest of so many independent times.
    pub(super) fn fastest(mut self, count: u16) -> Self {
        for (_, within) in &mut self.0 {
            *within = 1.0 - (1.0 - *within).powi(i32::from(count));
        }
        self
    }

    /// The slowest of independent times, each so often.
    pub(super) fn slowest(of: &[(Self, u32)]) -> Self {
        // Every time at which one of them steps, with who does, and to what.
        let mut events: BTreeMap<u64, Vec<(usize, f64)>> = BTreeMap::new();
        for (which, (steps, _)) in of.iter().enumerate() {
            for (time, within) in &steps.0 {
                // The bits of times, which are not negative, are in the order of the times.
                let at = events.entry(time.to_bits()).or_default();
                at.push((which, *within));
            }
        }
        let mut within_each = vec![0.0; of.len()];
        let steps = events.into_iter().map(|(time, stepping)| {
            for (which, within) in stepping {
                within_each[which] = within;
            }
            let all = within_each.iter().zip(of);
            let within = all.map(|(within, (_, count))| f64::powi(*within, *count as i32));
            (f64::from_bits(time), within.product())
        });
        Self(steps.collect())
    }

    /// The mean, in seconds.
    pub(super) fn mean(&self) -> f64 {
        let mut before = 0.0;
        let parts = self.0.iter().map(|(time, within)| {
            let probability = within - before;
            before = *within;
            time * probability
        });
        parts.sum()
    }

    /// The shortest time that is not exceeded with this probability, in seconds.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let first = |(_, within): &(f64, f64)| *within < share - ROUNDING;
        let at = self.0.partition_point(first).min(self.0.len() - 1);
        self.0[at].0
    }
}
