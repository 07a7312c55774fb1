//! A sleep of random length: `synthetic` in its simplest form.

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::contract::{Params, ParamsError};
use crate::dice;
use crate::distribution::{Distribution, Shape, read_mean};
use crate::synthetic::{Pace, micros};

/// Sleeps for a time drawn from a distribution.
#[derive(Args, Clone, Debug)]
pub(crate) struct Sleep {
    /// The mean, such as 200ms; the parameter `mean` overrides it.
    #[arg(long, default_value = "200ms", value_parser = read_mean)]
    mean: Duration,
    /// The distribution; the parameter `dist` overrides it.
    #[arg(long, value_enum, default_value = "exp")]
    dist: Kind,
    /// Makes the draw repeatable: the same seed in the same attempt gives the same time. The
    /// parameter `seed` overrides it.
    ///
    /// Attempts differ all the same, by RAPTOR_ATTEMPT: copies that took equally long would have
    /// nothing to race for.
    #[arg(long)]
    seed: Option<u64>,
}

/// The distributions that a sleep is drawn from, as `synthetic` has them.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Without memory, for which copies race at no loss
    Exp,
    /// No randomness at all, for which copies are pure waste
    Const,
    /// A heavy tail
    Pareto,
    /// One in ten takes ten times as long: stragglers
    Bimodal,
}

impl Kind {
    /// Of that mean.
    fn of(self, mean: Duration) -> Distribution {
        let shape = match self {
            Self::Exp => Shape::Exp,
            Self::Const => Shape::Const,
            Self::Pareto => Shape::PARETO,
            Self::Bimodal => Shape::BIMODAL,
        };
        Distribution::new(shape, mean)
    }
}

/// What it gives.
#[derive(Debug, Serialize)]
pub(crate) struct Slept {
    /// How long it really slept, in microseconds.
    slept_us: u64,
    /// What the time was drawn from.
    distribution: Kind,
    /// The mean that was asked for, in microseconds.
    mean_us: u64,
}

impl Sleep {
    /// Draws, and sleeps.
    pub(crate) fn run(&self, params: &Params) -> Result<Slept, ParamsError> {
        let mean = match params.get::<String>("mean")? {
            Some(text) => read_mean(&text).map_err(|why| ParamsError::refused("mean", why))?,
            None => self.mean,
        };
        let distribution: Kind = params.get("dist")?.unwrap_or(self.dist);
        let seed = params.get("seed")?.or(self.seed);
        let time = distribution.of(mean).draw(&mut dice::of_this_attempt(seed));
        let start = Instant::now();
        Pace::Sleep.take(time);
        Ok(Slept {
            slept_us: micros(start.elapsed()),
            distribution,
            mean_us: micros(mean),
        })
    }
}
