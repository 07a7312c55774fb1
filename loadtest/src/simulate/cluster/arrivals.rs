//! When workflows arrive.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rand_distr::{Distribution, Exp1};
use raptor_core::Moment;

use super::dice::{Dice, Purpose};
use super::modulation::{Modulation, ModulationError, Trajectory, micros};

/// When workflows arrive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Arrivals {
    /// Without memory: the times between them are exponential.
    Poisson,
    /// At equal times.
    Constant,
    /// A Markov-modulated Poisson process: without memory, but at some times many more, as
    /// `modulated factor=5 share=10% mean=5s`. The rate
    /// over all times is that of the others.
    Modulated(Modulation),
}

/// A text names no arrivals. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArrivalsError {
    /// The name is not known.
    #[error(
        "read the arrivals {text:?}: write poisson, constant or \
         \"modulated factor=5 share=10% mean=5s\""
    )]
    Name {
        /// What was written.
        text: String,
    },
    /// What follows `modulated` is refused.
    #[error(transparent)]
    Bursts(#[from] ModulationError),
}

impl FromStr for Arrivals {
    type Err = ArrivalsError;

    fn from_str(text: &str) -> Result<Self, ArrivalsError> {
        let (name, terms) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        match (name, terms) {
            ("poisson", "") => Ok(Self::Poisson),
            ("constant", "") => Ok(Self::Constant),
            ("modulated", terms) => Ok(Self::Modulated(terms.parse()?)),
            _ => Err(ArrivalsError::Name {
                text: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Arrivals {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisson => write!(f, "poisson"),
            Self::Constant => write!(f, "constant"),
            Self::Modulated(modulation) => write!(f, "modulated {modulation}"),
        }
    }
}

/// The arrivals of one run, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// The mean time between two, in microseconds.
    gap: f64,
    /// When the last one came, in whole microseconds and what is beyond, so that short gaps are not
    /// rounded away.
    last: Moment,
    beyond: f64,
    dice: Dice,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Poisson,
    Constant,
    Modulated(Box<Trajectory>),
}

impl Arrivals {
    /// The arrivals of a run, `gap` apart on average.
    pub(crate) fn stream(self, gap: Duration, seed: u64) -> Stream {
        let mut dice = Purpose::Arrivals.dice(seed);
        let kind = match self {
            Self::Poisson => Kind::Poisson,
            Self::Constant => Kind::Constant,
            Self::Modulated(bursts) => {
                let calm = 1.0 / (1.0 - bursts.share + bursts.share * bursts.factor);
                let speeds = [calm, calm * bursts.factor];
                let states = rand::SeedableRng::from_rng(&mut dice);
                Kind::Modulated(Box::new(Trajectory::new(bursts, speeds, states)))
            }
        };
        Stream {
            gap: gap.as_secs_f64() * 1e6,
            last: Moment::default(),
            beyond: 0.0,
            dice,
            kind,
        }
    }
}

impl Iterator for Stream {
    type Item = Moment;

    /// When the next one comes. There is always one.
    fn next(&mut self) -> Option<Moment> {
        let lot: f64 = match self.kind {
            Kind::Constant => 1.0,
            Kind::Poisson | Kind::Modulated(_) => Exp1.sample(&mut self.dice),
        };
        let amount = self.gap * lot + self.beyond;
        (self.last, self.beyond) = match &mut self.kind {
            Kind::Modulated(trajectory) => trajectory.reach(self.last, amount),
            Kind::Poisson | Kind::Constant => (self.last + micros(amount.trunc()), amount.fract()),
        };
        Some(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_read_as_they_are_written() {
        for text in [
            "poisson",
            "constant",
            "modulated factor=5 share=10% mean=5s",
        ] {
            assert_eq!(text.parse::<Arrivals>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_arrivals_is_refused_with_what_would_be() {
        for text in ["", "often", "poisson 3", "modulated"] {
            let refused = text.parse::<Arrivals>().unwrap_err().to_string();
            assert!(refused.contains("share="), "{refused}");
        }
    }

    #[test]
    fn however_they_come_they_come_at_the_rate_that_was_asked_for() {
        for text in [
            "poisson",
            "constant",
            "modulated factor=5 share=10% mean=20us",
        ] {
            let arrivals: Arrivals = text.parse().unwrap();
            // Gaps of a microsecond and less: rounding would show.
            for (gap, count) in [(3_300, 200_000), (300, 2_000_000)] {
                let mean = Duration::from_nanos(gap);
                let last = arrivals.stream(mean, 1).nth(count - 1).unwrap();
                let measured = last.as_micros() as f64 * 1e3 / count as f64;
                let off = (measured / gap as f64 - 1.0).abs();
                assert!(off < 0.015, "{text}: {measured} for {gap}");
            }
        }
    }
}
