//! How long a client of a closed loop waits between two workflows.

use std::str::FromStr;
use std::time::Duration;

use rand::Rng;
use raptor_functions::distribution::Distribution;

use crate::text::read_duration;

/// How long a client waits from the end of one workflow to its next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Think {
    /// Always as long.
    Constant(Duration),
    /// Drawn anew each time.
    Random(Distribution),
}

/// A text is no think time. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the think time: it is neither a duration ({duration}) nor a distribution ({random})")]
pub(crate) struct ThinkError {
    duration: String,
    random: String,
}

impl Think {
    /// The next one.
    pub(crate) fn draw(&self, dice: &mut impl Rng) -> Duration {
        match self {
            Self::Constant(time) => *time,
            Self::Random(distribution) => distribution.draw(dice),
        }
    }
}

impl Default for Think {
    fn default() -> Self {
        Self::Constant(Duration::ZERO)
    }
}

impl From<Distribution> for Think {
    fn from(distribution: Distribution) -> Self {
        Self::Random(distribution)
    }
}

impl FromStr for Think {
    type Err = ThinkError;

    fn from_str(text: &str) -> Result<Self, ThinkError> {
        let duration = match read_duration(text) {
            Ok(time) => return Ok(Self::Constant(time)),
            Err(why) => why,
        };
        let random = text.parse::<Distribution>().map(Self::Random);
        random.map_err(|why| ThinkError {
            duration,
            random: why.to_string(),
        })
    }
}
