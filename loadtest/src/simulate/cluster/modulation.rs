//! What changes between two states as it likes: zones that are slow for a while, bursts of
//! arrivals.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use raptor_core::Moment;
use raptor_functions::terms::Terms;

use super::dice::Dice;

/// Episodes that come and go: `factor=3 share=5% mean=10s`. Both the episodes and what lies between
/// them last exponential times: a two-state Markov chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Modulation {
    /// By how much an episode differs from the rest, more than 1.
    pub(crate) factor: f64,
    /// The share of the time that is spent in episodes, in (0, 1).
    pub(crate) share: f64,
    /// How long an episode lasts on average.
    pub(crate) mean: Duration,
}

/// A text is no modulation. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {text:?}: {why}; write factor=3 share=5% mean=10s")]
pub(crate) struct ModulationError {
    text: String,
    why: String,
}

/// Longer episodes than this are no episodes.
const MEAN_MAX: Duration = Duration::from_secs(86_400);

/// Larger ones are outages, which this does not simulate.
const FACTOR_MAX: f64 = 1e6;

impl FromStr for Modulation {
    type Err = ModulationError;

    fn from_str(text: &str) -> Result<Self, ModulationError> {
        read(text).map_err(|why| ModulationError {
            text: text.to_owned(),
            why,
        })
    }
}

fn read(text: &str) -> Result<Modulation, String> {
    let mut terms = Terms::read(text, "factor=3")?;
    let factor = |it| (1.0..=FACTOR_MAX).contains(&it);
    let factor = terms.number("factor", factor, "from 1 to 1000000")?;
    let mut term = |key| terms.take(key).ok_or_else(|| format!("it needs {key}="));
    let modulation = Modulation {
        factor: factor.ok_or("it needs factor=")?,
        share: read_share(&term("share")?)?,
        mean: read_mean(&term("mean")?)?,
    };
    match terms.left() {
        Some(key) => Err(format!("there is no {key:?}")),
        None => Ok(modulation),
    }
}

/// As `5%` or as `0.05`.
fn read_share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = match text.strip_suffix('%') {
        Some(percent) => percent.parse().ok().map(|percent: f64| percent / 100.0),
        None => text.parse().ok(),
    };
    let share = share.filter(|it| 0.0 < *it && *it < 1.0);
    share.ok_or_else(|| format!("share={text} must be between 0 and 1, or 0% and 100%"))
}

fn read_mean(text: &str) -> Result<Duration, String> {
    let mean = humantime::parse_duration(text).ok();
    let mean = mean.filter(|it| !it.is_zero() && *it <= MEAN_MAX);
    mean.ok_or_else(|| format!("mean={text} must be a duration such as 10s, at most a day"))
}

impl fmt::Display for Modulation {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = humantime::format_duration(self.mean);
        let percent = self.share * 100.0;
        write!(f, "factor={} share={percent}% mean={mean}", self.factor)
    }
}

/// How something advances whose speed changes with the episodes.
#[derive(Clone, Debug)]
pub(crate) struct Trajectory {
    /// The speed outside of episodes and within: what advances in a microsecond.
    speeds: [f64; 2],
    /// How long the states last on average, in microseconds.
    stays: [f64; 2],
    dice: Dice,
    /// What is known of the future, without gaps.
    spans: VecDeque<Span>,
}

/// What is left of an advance that ends without another change of speed.
#[derive(Clone, Copy, Debug)]
struct Rest {
    /// Since when the speed is this.
    at: Moment,
    left: f64,
    speed: f64,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    until: Moment,
    is_episode: bool,
}

impl Trajectory {
    /// One with these speeds outside of episodes and within. What state it begins in is by chance
    /// too: it has always been so.
    pub(crate) fn new(modulation: Modulation, speeds: [f64; 2], mut dice: Dice) -> Self {
        let within = modulation.mean.as_micros() as f64;
        let outside = within * (1.0 - modulation.share) / modulation.share;
        let is_episode = dice.random_bool(modulation.share);
        let mut trajectory = Self {
            speeds,
            stays: [outside, within],
            dice,
            spans: VecDeque::new(),
        };
        trajectory.extend(Moment::default(), is_episode);
        trajectory
    }

    /// When that much has advanced since `start`; `amount` is in microseconds at a speed of 1. It
    /// must not be asked of earlier starts again.
    pub(crate) fn after(&mut self, start: Moment, amount: f64) -> Moment {
        let Rest { at, left, speed } = self.advance(start, amount);
        at + micros(left / speed)
    }

    /// The same, but the whole microsecond before that, and what of the amount is left then: added
    /// to the next amount, it is not rounded away.
    pub(crate) fn reach(&mut self, start: Moment, amount: f64) -> (Moment, f64) {
        let Rest { at, left, speed } = self.advance(start, amount);
        let whole = (left / speed).trunc();
        (at + micros(whole), (left - whole * speed).max(0.0))
    }

    /// Up to the last change of speed.
    fn advance(&mut self, start: Moment, amount: f64) -> Rest {
        while self.spans[0].until <= start {
            self.step();
        }
        let (mut at, mut left, mut place) = (start, amount, 0);
        loop {
            if place + 1 == self.spans.len() {
                let last = self.spans[place];
                self.extend(last.until, !last.is_episode);
            }
            let Span { until, is_episode } = self.spans[place];
            let speed = self.speeds[usize::from(is_episode)];
            let room = until.since(at).as_micros() as f64 * speed;
            if left <= room {
                return Rest { at, left, speed };
            }
            (at, left, place) = (until, left - room, place + 1);
        }
    }

    /// Forgets the first span.
    fn step(&mut self) {
        if self.spans.len() == 1 {
            self.extend(self.spans[0].until, !self.spans[0].is_episode);
        }
        self.spans.pop_front();
    }

    fn extend(&mut self, from: Moment, is_episode: bool) {
        let stay: f64 = Exp1.sample(&mut self.dice);
        let stay = micros(self.stays[usize::from(is_episode)] * stay);
        let until = from + stay.max(Duration::from_micros(1));
        self.spans.push_back(Span { until, is_episode });
    }
}

/// That many microseconds, to the nearest.
pub(crate) fn micros(amount: f64) -> Duration {
    Duration::from_micros(amount.round() as u64)
}

#[cfg(test)]
#[path = "modulation_tests.rs"]
mod tests;
