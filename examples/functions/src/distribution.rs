//! How long a sleep lasts. All distributions have the mean that is asked for, so that a change of
//! the distribution changes the randomness and nothing else.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The shape of the Pareto distribution: the tail falls as `t^-2.1`.
///
/// Just above 2, so that the variance is finite (a squared coefficient of variation of
/// `1 / (a (a - 2))` = 4.76, against 1 of the exponential) and averages settle in a load test.
const PARETO_SHAPE: f64 = 2.1;

/// The share of slow ones in the bimodal distribution: one in ten.
const BIMODAL_SLOW_SHARE: f64 = 0.1;

/// How much longer the slow ones of the bimodal distribution take.
const BIMODAL_SLOW_FACTOR: f64 = 10.0;

/// A distribution of service times, all with the same mean `m`. Below, `u` is uniform in (0, 1].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Distribution {
    /// `-m ln u`: without memory, for which copies race at no loss
    Exp,
    /// `m`: no randomness at all, for which copies are pure waste
    Const,
    /// `m (a-1)/a u^(-1/a)` with a = 2.1: a heavy tail
    Pareto,
    /// `f` nine times in ten, else `10 f`, with f = m/1.9: stragglers
    Bimodal,
}

impl Distribution {
    /// Draws one time with the mean `mean`.
    pub(crate) fn draw(self, mean: Duration, dice: &mut impl Rng) -> Duration {
        // `random` is uniform in [0, 1); its complement is never zero, so the results are finite.
        mean.mul_f64(self.at(1.0 - dice.random::<f64>()))
    }

    /// The time for `u` in (0, 1] and mean 1: the inverse of the survival function.
    fn at(self, u: f64) -> f64 {
        match self {
            Self::Exp => -u.ln(),
            Self::Const => 1.0,
            Self::Pareto => (PARETO_SHAPE - 1.0) / PARETO_SHAPE * u.powf(-1.0 / PARETO_SHAPE),
            Self::Bimodal => {
                let fast = 1.0 / (1.0 + BIMODAL_SLOW_SHARE * (BIMODAL_SLOW_FACTOR - 1.0));
                if u <= BIMODAL_SLOW_SHARE {
                    BIMODAL_SLOW_FACTOR * fast
                } else {
                    fast
                }
            }
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exp => "exp",
            Self::Const => "const",
            Self::Pareto => "pareto",
            Self::Bimodal => "bimodal",
        })
    }
}

#[cfg(test)]
mod tests;
