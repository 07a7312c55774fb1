//! How sure figures of samples are, by resampling, whatever their distribution.
//!
//! Means: the expanded percentile interval of T. C. Hesterberg, "What Teachers Should Know About
//! the Bootstrap", The American Statistician 69 (2015): that of B. Efron, made wider for small
//! samples as Student's t is wider than the normal distribution. Of many samples each resample
//! takes some only, and its deviation is scaled by the root of the share: the `m` out of `n`
//! bootstrap of D. N. Politis and J. P. Romano (1994), right wherever the variance is finite.
//!
//! Quantiles: between two samples that depend on nothing but how many there are
//! ([`quantile::bounds`]). For their ratios and differences the quantile of a resample is drawn at
//! once, not by resampling: its rank among the samples is that of a beta variate (David and
//! Nagaraja, section 2.1).
//!
//! All of them take samples to be independent of each other, and of the other set where there are
//! two. Latencies of workflows that are under way at once are not: one that is long makes those
//! queue that come after it. Intervals of such are too narrow, by more the busier the target is;
//! repeated runs show by how much. Those of single attempts, and of one client on its own, are as
//! wide as they say.
//!
//! The same samples and seed give the same figures.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rand_distr::{Beta, Distribution};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::{Estimate, Interval, quantile};

/// With which confidence intervals hold the true figure.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// How many resamples: 50 of them are outside of the interval on either side, so that its ends are
/// themselves known to about a seventh of their distance from the middle.
const RESAMPLES: usize = 2_000;

/// How many samples a resample takes at most: bounds the time for one figure to some 10 ms, and
/// means of so many are as good as normal.
const RESAMPLE_SIZE_MAX: usize = 2_048;

/// Of how many samples means have an interval: of fewer, and skewed as times are, resampling says
/// too little of what might have been.
const SAMPLES_MIN: usize = 8;

/// A figure of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Statistic {
    /// Their mean.
    Mean,
    /// What this share of them, in (0, 1), does not exceed.
    Quantile(f64),
}

impl Statistic {
    /// The figure itself; none if there is no sample.
    pub(crate) fn of(self, samples: &[f64]) -> Option<f64> {
        match self {
            Self::Mean if samples.is_empty() => None,
            Self::Mean => Some(samples.iter().sum::<f64>() / samples.len() as f64),
            Self::Quantile(share) => quantile::of_sorted(&quantile::sorted(samples), share),
        }
    }
}

/// The mean of samples, as [`estimate`].
pub(crate) fn mean(samples: &[f64], seed: u64) -> Option<Estimate> {
    estimate(Statistic::Mean, samples, seed)
}

/// Any figure of samples. None if there is no sample; without the bounds that they are too few
/// for: a mean without any below eight samples, the 99 % quantile without an upper one below 368.
pub(crate) fn estimate(statistic: Statistic, samples: &[f64], seed: u64) -> Option<Estimate> {
    let Statistic::Quantile(share) = statistic else {
        let side = Side::of(
            statistic,
            samples,
            &mut Xoshiro256PlusPlus::seed_from_u64(seed),
        )?;
        return Some(side.estimate());
    };
    let sorted = quantile::sorted(samples);
    let [low, high] = quantile::bounds(samples.len(), share, CONFIDENCE);
    Some(Estimate {
        value: quantile::of_sorted(&sorted, share)?,
        interval: Interval {
            low: low.map_or(0.0, |rank| sorted[rank - 1]),
            high: high.map_or(f64::INFINITY, |rank| sorted[rank - 1]),
        },
    })
}

/// A figure of one set of samples by that of another, drawn independently: 2 where the first is
/// twice as much. None if one is empty, or there is nothing to divide by.
pub(crate) fn ratio(
    statistic: Statistic,
    samples: &[f64],
    by: &[f64],
    seed: u64,
) -> Option<Estimate> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    let over = Side::of(statistic, samples, &mut dice)?;
    let under = Side::of(statistic, by, &mut dice)?;
    (under.value > 0.0).then(|| Side::ratio(&over, &under).estimate())
}

/// By how much a figure of one set of samples exceeds that of another, drawn independently. None
/// if one is empty.
pub(crate) fn difference(
    statistic: Statistic,
    samples: &[f64],
    less: &[f64],
    seed: u64,
) -> Option<Estimate> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    let more = Side::of(statistic, samples, &mut dice)?;
    let less = Side::of(statistic, less, &mut dice)?;
    Some(Side::difference(&more, &less).estimate())
}

/// A figure, and what it might have been.
struct Side {
    value: f64,
    /// The same of every resample.
    resampled: Vec<f64>,
    /// Where the interval ends if the samples say nothing of that end.
    limits: [f64; 2],
    /// Which of its ends they say something of.
    is_bounded: [bool; 2],
    /// How many samples say so, where the interval is made wider for that.
    count: Option<usize>,
}

impl Side {
    fn of(statistic: Statistic, samples: &[f64], dice: &mut Xoshiro256PlusPlus) -> Option<Self> {
        let count = samples.len();
        let value = statistic.of(samples)?;
        let (is_bounded, resampled) = match statistic {
            Statistic::Mean => ([count >= SAMPLES_MIN; 2], means(samples, value, dice)),
            Statistic::Quantile(share) => {
                let bounds = quantile::bounds(count, share, CONFIDENCE);
                let resampled = quantiles(&quantile::sorted(samples), share, dice);
                (bounds.map(|bound| bound.is_some()), resampled)
            }
        };
        Some(Self {
            value,
            resampled,
            limits: [0.0, f64::INFINITY],
            is_bounded,
            count: (statistic == Statistic::Mean).then_some(count),
        })
    }

    fn ratio(over: &Self, under: &Self) -> Self {
        let limits = [0.0, f64::INFINITY];
        Self::pair(over, under, limits, |over, under| over / under)
    }

    fn difference(more: &Self, less: &Self) -> Self {
        let limits = [f64::NEG_INFINITY, f64::INFINITY];
        Self::pair(more, less, limits, |more, less| more - less)
    }

    /// Of what grows with the one and falls with the other.
    fn pair(up: &Self, down: &Self, limits: [f64; 2], of: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = up.resampled.iter().zip(&down.resampled);
        Self {
            value: of(up.value, down.value),
            resampled: pairs.map(|(up, down)| of(*up, *down)).collect(),
            limits,
            is_bounded: [
                up.is_bounded[0] && down.is_bounded[1],
                up.is_bounded[1] && down.is_bounded[0],
            ],
            count: up.count.min(down.count),
        }
    }

    fn estimate(mut self) -> Estimate {
        self.resampled.sort_unstable_by(f64::total_cmp);
        let tail = tail(self.count);
        let end = |at: usize, share| {
            let resampled = quantile::of_sorted(&self.resampled, share);
            let end = resampled.filter(|_| self.is_bounded[at]);
            end.unwrap_or(self.limits[at])
        };
        Estimate {
            value: self.value,
            interval: Interval {
                low: end(0, tail),
                high: end(1, 1.0 - tail),
            },
        }
    }
}

/// Which share of resamples is left out at either end: less than 2.5 % where the samples are few,
/// since they vary less than what they are of, and nobody knows by how much.
fn tail(count: Option<usize>) -> f64 {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    match count {
        Some(count) if count > 1 => {
            let freedom = (count - 1) as f64;
            let student = StudentsT::new(0.0, 1.0, freedom).expect("there is some freedom");
            let wider = (count as f64 / freedom).sqrt() * student.inverse_cdf(tail);
            Normal::standard().cdf(wider)
        }
        Some(_) | None => tail,
    }
}

/// The means of resamples.
fn means(samples: &[f64], mean: f64, dice: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    let taken = samples.len().min(RESAMPLE_SIZE_MAX);
    let scale = (taken as f64 / samples.len() as f64).sqrt();
    let resample = |_| {
        let mut sum = 0.0;
        for _ in 0..taken {
            sum += samples[place(dice, samples.len())];
        }
        mean + scale * (sum / taken as f64 - mean)
    };
    (0..RESAMPLES).map(resample).collect()
}

/// Any place of so many, equally probable but for one in 2^32: found several times as fast as
/// without that, and means do not show it.
fn place(dice: &mut Xoshiro256PlusPlus, count: usize) -> usize {
    ((u64::from(dice.next_u32()) * count as u64) >> 32) as usize
}

/// The quantiles of resamples.
fn quantiles(sorted: &[f64], share: f64, dice: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    let count = sorted.len();
    let rank = quantile::rank(count, share);
    let places = Beta::new(rank as f64, (count + 1 - rank) as f64);
    let places = places.expect("a rank is between 1 and the count");
    let resample = |_| {
        let place = (places.sample(dice) * count as f64) as usize;
        sorted[place.min(count - 1)]
    };
    (0..RESAMPLES).map(resample).collect()
}

#[cfg(test)]
#[path = "bootstrap_tests.rs"]
mod tests;
