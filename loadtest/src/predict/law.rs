//! Distributions of workflows' times that are known exactly.

use raptor_functions::distribution::{Distribution, Shape};
use statrs::distribution::{ContinuousCDF, Gamma};
use statrs::function::beta::ln_beta;

use super::steps::Steps;
use crate::statistics::harmonic;

/// Where the formulas of maxima and minima are shown.
const ORDER_STATISTICS: &str = "David and Nagaraja, Order Statistics (2003), chapter 2";

/// Where flights are.
const FLIGHTS: &str = "Exton and Read (2024), arXiv 2403.16457: exponential times race at no loss";

/// Where sums of exponential times are.
const ERLANG: &str = "Erlang (1917): the sum of exponential times";

/// The distribution of a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Law {
    /// So many stages in turn after a constant time, each exponential with that mean once so many
    /// have raced for it.
    Stages {
        count: u32,
        mean: f64,
        constant: f64,
        racing: u16,
    },
    /// The slowest of so many times, which are alike. Each is the fastest of so many that race.
    Slowest { count: u32, each: Each, racing: u16 },
    /// Some times, or many that were measured.
    Steps { steps: Steps, formula: &'static str },
}

/// A distribution whose maximum has a closed form, and whose minimum is of the same kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Each {
    /// Exponential, after a constant time.
    Exponential { mean: f64, constant: f64 },
    /// Between two times, longer than `t` with the probability `((high - t) / (high - low))^power`:
    /// the fastest of `power` uniform ones.
    Uniform { low: f64, high: f64, power: f64 },
    /// Longer than `t` with the probability `(t / shortest)^-shape`.
    Pareto { shortest: f64, shape: f64 },
}

impl Law {
    /// The mean, in seconds.
    pub(super) fn mean(&self) -> f64 {
        match self {
            Self::Stages {
                count,
                mean,
                constant,
                ..
            } => constant + f64::from(*count) * mean,
            Self::Slowest {
                count,
                each,
                racing,
            } => each.fastest(*racing).mean_of_slowest(*count),
            Self::Steps { steps, .. } => steps.mean(),
        }
    }

    /// What is not exceeded with this probability, in (0, 1), in seconds.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        match self {
            Self::Stages {
                count,
                mean,
                constant,
                ..
            } => constant + mean * erlang_quantile(*count, share),
            Self::Slowest {
                count,
                each,
                racing,
            } => {
                let share = share.powf(1.0 / f64::from(*count));
                each.fastest(*racing).quantile(share)
            }
            Self::Steps { steps, .. } => steps.quantile(share),
        }
    }

    /// Its formula, and where that was shown.
    pub(super) fn source(&self) -> (&'static str, &'static str) {
        match self {
            Self::Stages {
                racing: 2..,
                constant,
                ..
            } if *constant > 0.0 => ("c + Erlang(K, N/m): mean c + m K/N", FLIGHTS),
            Self::Stages { racing: 2.., .. } => ("Erlang(K, N/m): mean m K/N", FLIGHTS),
            Self::Stages { constant, .. } if *constant > 0.0 => {
                ("c + Erlang(K, 1/m): mean c + m K", ERLANG)
            }
            Self::Stages { .. } => ("Erlang(K, 1/m): mean m K", ERLANG),
            Self::Slowest {
                each, racing: 1, ..
            } => (each.formula(), ORDER_STATISTICS),
            Self::Slowest { each, .. } => (each.racing_formula(), ORDER_STATISTICS),
            Self::Steps { formula, .. } => (formula, ORDER_STATISTICS),
        }
    }
}

impl Each {
    /// The same of a distribution, where it has a closed form.
    pub(super) fn of(distribution: &Distribution) -> Option<Self> {
        let mean = distribution.mean().as_secs_f64();
        match *distribution.shape() {
            Shape::Exp => Some(Self::Exponential {
                mean,
                constant: 0.0,
            }),
            Shape::ShiftedExp { constant } => Some(Self::Exponential {
                mean: mean * (1.0 - constant),
                constant: mean * constant,
            }),
            Shape::Uniform { spread } => Some(Self::Uniform {
                low: mean * (1.0 - spread),
                high: mean * (1.0 + spread),
                power: 1.0,
            }),
            Shape::Pareto { shape } => Some(Self::Pareto {
                shortest: mean * (shape - 1.0) / shape,
                shape,
            }),
            _ => None,
        }
    }

    /// The fastest of so many that race.
    pub(super) fn fastest(self, count: u16) -> Self {
        let count = f64::from(count);
        match self {
            Self::Exponential { mean, constant } => Self::Exponential {
                mean: mean / count,
                constant,
            },
            Self::Uniform { low, high, power } => Self::Uniform {
                low,
                high,
                power: power * count,
            },
            Self::Pareto { shortest, shape } => Self::Pareto {
                shortest,
                shape: shape * count,
            },
        }
    }

    /// The mean of the slowest of so many, in seconds.
    pub(super) fn mean_of_slowest(self, count: u32) -> f64 {
        let k = f64::from(count);
        // With P(T > t) = S, the mean of `S^-x` of the slowest is this: its 1 - S is the greatest
        // of `k` uniform variates.
        let mean_of_power = |x: f64| k * ln_beta(k, 1.0 - x).exp();
        match self {
            Self::Exponential { mean, constant } => constant + mean * harmonic(count),
            Self::Uniform { low, high, power } => high - (high - low) * mean_of_power(-1.0 / power),
            Self::Pareto { shortest, shape } => shortest * mean_of_power(1.0 / shape),
        }
    }

    /// What is not exceeded with this probability, in seconds.
    fn quantile(self, share: f64) -> f64 {
        match self {
            // Near 1 the difference to 1 is what counts.
            Self::Exponential { mean, constant } => constant - mean * (-share).ln_1p(),
            Self::Uniform { low, high, power } => {
                high - (high - low) * (1.0 - share).powf(1.0 / power)
            }
            Self::Pareto { shortest, shape } => shortest * (1.0 - share).powf(-1.0 / shape),
        }
    }

    fn formula(self) -> &'static str {
        match self {
            Self::Exponential { constant, .. } if constant > 0.0 => {
                "c + m H_K; P(T <= t) = (1 - exp(-(t-c)/m))^K"
            }
            Self::Exponential { .. } => "m H_K; P(T <= t) = (1 - exp(-t/m))^K",
            Self::Uniform { .. } => "a + (b-a) K/(K+1); P(T <= t) = ((t-a)/(b-a))^K",
            Self::Pareto { .. } => "s K B(K, 1 - 1/a); P(T <= t) = (1 - (t/s)^-a)^K",
        }
    }

    fn racing_formula(self) -> &'static str {
        match self {
            Self::Exponential { constant, .. } if constant > 0.0 => {
                "c + m H_K/N; P(T <= t) = (1 - exp(-N(t-c)/m))^K"
            }
            Self::Exponential { .. } => "m H_K/N; P(T <= t) = (1 - exp(-N t/m))^K",
            Self::Uniform { .. } => {
                "b - (b-a) K B(K, 1 + 1/N); P(T <= t) = (1 - ((b-t)/(b-a))^N)^K"
            }
            Self::Pareto { .. } => "s K B(K, 1 - 1/(aN)); P(T <= t) = (1 - (t/s)^-aN)^K",
        }
    }
}

/// Of so many exponential stages, each of mean 1.
fn erlang_quantile(stages: u32, share: f64) -> f64 {
    let gamma = Gamma::new(f64::from(stages), 1.0).expect("there is a stage");
    gamma.inverse_cdf(share)
}
