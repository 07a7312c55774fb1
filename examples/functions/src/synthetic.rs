//! Work of random length: the workload whose theory is known.

use std::time::{Duration, Instant};

use clap::Args;
use rand::RngExt;
use serde::Serialize;

use crate::contract::{Params, ParamsError};
use crate::dice;
use crate::distribution::Distribution;

mod pace;

pub(crate) use pace::Pace;

/// Takes a time that is drawn from a distribution, asleep or at work.
#[derive(Args, Clone, Debug)]
pub(crate) struct Synthetic {
    /// What the time is drawn from, such as "pareto mean=200ms shape=2.1", "lognormal mean=1s cv=2"
    /// or "empirical file=PATH"; the parameter `service` overrides it.
    ///
    /// A relative PATH begins at the action's directory, where its functions run.
    #[arg(long, value_name = "DISTRIBUTION", default_value = "exp mean=200ms")]
    service: Distribution,
    /// With which probability it fails, after its time; the parameter `fault` overrides it.
    ///
    /// Every attempt fails or not independently of all others.
    #[arg(long, value_name = "PROBABILITY", default_value = "0", value_parser = read_probability)]
    fault: f64,
    /// Uses a processor for that time, instead of sleeping; the parameter `spin` (true or false)
    /// overrides it.
    ///
    /// What counts is the processor's time, so that it takes longer where others compute too.
    #[arg(long)]
    spin: bool,
    /// Makes the draws repeatable: the same seed in the same attempt gives the same. The parameter
    /// `seed` overrides it.
    ///
    /// Attempts differ all the same, by RAPTOR_ATTEMPT, flight and function: copies that took
    /// equally long would have nothing to race for.
    #[arg(long)]
    seed: Option<u64>,
}

/// What it gives.
#[derive(Debug, Serialize)]
pub(crate) struct Worked {
    /// How long it really took, in microseconds.
    took_us: u64,
    /// How long it was to take, in microseconds.
    drawn_us: u64,
    /// What that was drawn from.
    service: String,
    /// What it did meanwhile.
    pace: Pace,
}

impl Synthetic {
    /// Draws, takes its time, and fails if that was drawn too.
    pub(crate) fn run(&self, params: &Params) -> Result<Worked, SyntheticError> {
        let Self {
            service,
            fault,
            spin,
            seed,
        } = self.with(params)?;
        let mut dice = dice::of_this_attempt(seed);
        let time = service.draw(&mut dice);
        let is_fault = dice.random_bool(fault);
        let pace = if spin { Pace::Spin } else { Pace::Sleep };
        let start = Instant::now();
        pace.take(time);
        if is_fault {
            return Err(SyntheticError::Asked { fault });
        }
        Ok(Worked {
            took_us: micros(start.elapsed()),
            drawn_us: micros(time),
            service: service.to_string(),
            pace,
        })
    }

    /// What was asked for: the flags, and what the parameters override.
    fn with(&self, params: &Params) -> Result<Self, ParamsError> {
        let service = match params.get::<String>("service")? {
            Some(text) => text
                .parse()
                .map_err(|why| ParamsError::refused("service", why))?,
            None => self.service.clone(),
        };
        let fault = match params.get("fault")? {
            Some(number) => {
                probability(number).map_err(|why| ParamsError::refused("fault", why))?
            }
            None => self.fault,
        };
        Ok(Self {
            service,
            fault,
            spin: params.get("spin")?.unwrap_or(self.spin),
            seed: params.get("seed")?.or(self.seed),
        })
    }
}

/// A probability, as text.
fn read_probability(text: &str) -> Result<f64, String> {
    let number = text.parse();
    probability(number.map_err(|_| format!("{text:?} is no number such as 0.1"))?)
}

/// A probability.
fn probability(number: f64) -> Result<f64, String> {
    if (0.0..=1.0).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} is no probability: give it from 0 to 1"))
    }
}

pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyntheticError {
    /// Its parameters are of no use; it took no time.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// So it was drawn; it took its time.
    #[error("succeed: it was asked to fail, with probability {fault}")]
    Asked {
        /// The probability.
        fault: f64,
    },
}

#[cfg(test)]
mod tests;
