//! Service times: how long functions take, as a random variable.
//!
//! Written as a name and its terms, in any order: `exp mean=200ms`, `pareto mean=200ms shape=2.1`.
//! All but the empirical one are given by their mean, so that a change of the distribution changes
//! the randomness and nothing else.
//!
//! | written | is | squared coefficient of variation |
//! | --- | --- | --- |
//! | `exp mean=m` | exponential | 1 |
//! | `shifted-exp mean=m constant=c` | the share `c` constant, the rest exponential | `(1-c)^2` |
//! | `const mean=m` | always the same | 0 |
//! | `uniform mean=m spread=s` | between `m(1-s)` and `m(1+s)` | `s^2/3` |
//! | `pareto mean=m shape=a` | a tail that falls as `t^-a` | `1/(a(a-2))`; no bound for `a` to 2 |
//! | `lognormal mean=m cv=c` | the exponential of a normal variate | `c^2` |
//! | `bimodal mean=m slow=p factor=f` | the share `p` takes `f` times as long | of two values |
//! | `empirical file=PATH` | what was measured: seconds, one a line | of the samples |

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, RngExt};
use rand_distr::{Distribution as _, StandardNormal};

mod grammar;
mod samples;

pub use grammar::DistributionError;
pub(crate) use grammar::read_mean;

/// The shape of the Pareto distribution where none is given: the tail falls as `t^-2.1`.
///
/// Just above 2, so that the variance is finite (a squared coefficient of variation of
/// `1 / (a (a - 2))` = 4.76, against 1 of the exponential) and averages settle in a load test.
const PARETO_SHAPE: f64 = 2.1;

/// The share of slow ones in the bimodal distribution where none is given: one in ten.
const BIMODAL_SLOW: f64 = 0.1;

/// How much longer the slow ones of the bimodal distribution take where nothing is given.
const BIMODAL_FACTOR: f64 = 10.0;

/// A distribution of service times.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    shape: Shape,
    mean: Duration,
    /// Where its samples were read from, as it was written.
    file: Option<Arc<str>>,
}

/// The shape of a distribution whose mean is `m`. Below, `u` is uniform in (0, 1].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// `-m ln u`: without memory, for which copies race at no loss.
    Exp,
    /// A constant part, then an exponential one: work that always is there, and chance.
    ShiftedExp {
        /// Which share of the mean is constant, in [0, 1].
        constant: f64,
    },
    /// `m`: no randomness at all, for which copies are pure waste.
    Const,
    /// Uniform between `m (1 - spread)` and `m (1 + spread)`.
    Uniform {
        /// In [0, 1].
        spread: f64,
    },
    /// `m (a-1)/a u^(-1/a)`: a heavy tail.
    Pareto {
        /// `a`, above 1 so that there is a mean.
        shape: f64,
    },
    /// The exponential of a normal variate.
    Lognormal {
        /// The coefficient of variation: standard deviation by mean.
        cv: f64,
    },
    /// Mostly `f`, sometimes `factor f`: stragglers.
    Bimodal {
        /// The share of slow ones, in (0, 1).
        slow: f64,
        /// How many times as long they take.
        factor: f64,
    },
    /// One of these, each as likely: what was measured.
    Empirical(Arc<[Duration]>),
}

impl Distribution {
    /// That shape, stretched to that mean. An empirical one has the mean of its samples.
    pub fn new(shape: Shape, mean: Duration) -> Self {
        let file = None;
        Self { shape, mean, file }
    }

    /// As it is written, a relative file of samples beginning at `directory`. (Read as a text by
    /// itself, it begins where the process runs: for a function at its action's directory.)
    ///
    /// # Errors
    ///
    /// The text is no distribution, or there are no samples; it says how to mend it.
    pub fn read(text: &str, directory: &Path) -> Result<Self, DistributionError> {
        grammar::read(text, directory)
    }

    /// What was measured, as it was measured.
    ///
    /// # Panics
    ///
    /// If there is no sample.
    pub fn empirical(samples: impl Into<Arc<[Duration]>>) -> Self {
        let samples = samples.into();
        assert!(!samples.is_empty(), "a distribution has at least one value");
        let sum: f64 = samples.iter().map(Duration::as_secs_f64).sum();
        let mean = Duration::from_secs_f64(sum / samples.len() as f64);
        Self::new(Shape::Empirical(samples), mean)
    }

    /// Its shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Its mean.
    pub fn mean(&self) -> Duration {
        self.mean
    }

    /// Its squared coefficient of variation: variance by squared mean. Without bound for a Pareto
    /// shape up to 2, and 0 where the mean is 0.
    pub fn cv2(&self) -> f64 {
        match &self.shape {
            Shape::Empirical(samples) => {
                let mean = self.mean.as_secs_f64();
                let deviation = |it: &Duration| (it.as_secs_f64() - mean).powi(2);
                let sum: f64 = samples.iter().map(deviation).sum();
                let variance = sum / samples.len() as f64;
                if mean > 0.0 {
                    variance / (mean * mean)
                } else {
                    0.0
                }
            }
            _ if self.mean.is_zero() => 0.0,
            shape => shape.cv2(),
        }
    }

    /// Draws one time.
    pub fn draw(&self, dice: &mut impl Rng) -> Duration {
        match &self.shape {
            Shape::Empirical(samples) => samples[dice.random_range(0..samples.len())],
            Shape::Lognormal { cv } => {
                let variance = (1.0 + cv * cv).ln();
                let normal: f64 = StandardNormal.sample(dice);
                self.mean
                    .mul_f64((variance.sqrt() * normal - variance / 2.0).exp())
            }
            // `random` is uniform in [0, 1); its complement is never zero, so all are finite.
            shape => self.mean.mul_f64(shape.at(1.0 - dice.random::<f64>())),
        }
    }
}

impl Shape {
    /// The Pareto distribution whose variance is just finite.
    pub const PARETO: Self = Self::Pareto {
        shape: PARETO_SHAPE,
    };

    /// One in ten takes ten times as long.
    pub const BIMODAL: Self = Self::Bimodal {
        slow: BIMODAL_SLOW,
        factor: BIMODAL_FACTOR,
    };

    /// The variance for mean 1, where that has a closed form.
    fn cv2(&self) -> f64 {
        match self {
            Self::Exp => 1.0,
            Self::ShiftedExp { constant } => (1.0 - constant).powi(2),
            Self::Const => 0.0,
            Self::Uniform { spread } => spread * spread / 3.0,
            Self::Pareto { shape } if *shape <= 2.0 => f64::INFINITY,
            Self::Pareto { shape } => 1.0 / (shape * (shape - 2.0)),
            Self::Lognormal { cv } => cv * cv,
            Self::Bimodal { slow, factor } => {
                let fast = fast(*slow, *factor);
                (1.0 - slow) * fast.powi(2) + slow * (factor * fast).powi(2) - 1.0
            }
            Self::Empirical(_) => unreachable!("has no closed form"),
        }
    }

    /// The time for `u` in (0, 1] and mean 1, where that has a closed form: the inverse of the
    /// survival function.
    fn at(&self, u: f64) -> f64 {
        match self {
            Self::Exp => -u.ln(),
            Self::ShiftedExp { constant } => constant - (1.0 - constant) * u.ln(),
            Self::Const => 1.0,
            Self::Uniform { spread } => 1.0 + spread * (1.0 - 2.0 * u),
            Self::Pareto { shape } => (shape - 1.0) / shape * u.powf(-1.0 / shape),
            Self::Bimodal { slow, factor } => {
                let fast = fast(*slow, *factor);
                if u <= *slow { factor * fast } else { fast }
            }
            Self::Lognormal { .. } | Self::Empirical(_) => {
                unreachable!("drawn without an inverse")
            }
        }
    }
}

/// What the fast ones of a bimodal distribution of mean 1 take.
fn fast(slow: f64, factor: f64) -> f64 {
    1.0 / (1.0 + slow * (factor - 1.0))
}

impl fmt::Display for Distribution {
    /// As it is read. (Samples that came from no file are only counted: they cannot be read back.)
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = Compact(self.mean);
        match &self.shape {
            Shape::Exp => write!(f, "exp mean={mean}"),
            Shape::ShiftedExp { constant } => {
                write!(f, "shifted-exp mean={mean} constant={constant}")
            }
            Shape::Const => write!(f, "const mean={mean}"),
            Shape::Uniform { spread } => write!(f, "uniform mean={mean} spread={spread}"),
            Shape::Pareto { shape } => write!(f, "pareto mean={mean} shape={shape}"),
            Shape::Lognormal { cv } => write!(f, "lognormal mean={mean} cv={cv}"),
            Shape::Bimodal { slow, factor } => {
                write!(f, "bimodal mean={mean} slow={slow} factor={factor}")
            }
            Shape::Empirical(samples) => match &self.file {
                Some(file) => write!(f, "empirical file={file}"),
                None => write!(f, "empirical of {} samples", samples.len()),
            },
        }
    }
}

/// A time as one word: `1s500ms`. Terms are separated by spaces.
struct Compact(Duration);

impl fmt::Display for Compact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = humantime::format_duration(self.0).to_string();
        text.split(' ').try_for_each(|word| f.write_str(word))
    }
}

#[cfg(test)]
mod tests;
