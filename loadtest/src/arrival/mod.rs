//! Arrivals: when the workflows of an open loop are to be sent.
//!
//! Written as a name and its terms, in any order:
//!
//! | text | arrivals |
//! | --- | --- |
//! | `constant rate=20/s` | one every 50 ms |
//! | `poisson rate=20/s` | by chance, independent of each other |
//! | `bursty rate=20/s burst=10 on=1s` | 200/s in bursts of a second, 20/s on the whole |
//! | `trace file=PATH speed=60` | as they were recorded, an hour in a minute |
//!
//! The same seed gives the same arrivals.

mod gaps;
mod grammar;
mod trace;

use std::path::Path;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

use gaps::{Interrupted, Poisson};
use trace::Trace;
pub(crate) use trace::TraceError;

/// How workflows arrive.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arrivals {
    /// Each as long after the one before.
    Constant {
        /// How many a second.
        rate: f64,
    },
    /// A Poisson process: the gaps are exponential.
    Poisson {
        /// How many a second, on average.
        rate: f64,
    },
    /// An interrupted Poisson process (A. Kuczura, "The interrupted Poisson process as an overflow
    /// process", Bell System Technical Journal 52, 1973): it is on for an exponential time, and off
    /// for another.
    Bursty {
        /// How many a second, on the whole.
        rate: f64,
        /// How many times as many while it is on; it is on for `1 / burst` of the time.
        burst: f64,
        /// How long it is on, on average.
        on: Duration,
    },
    /// As they were recorded.
    Trace(Trace),
}

/// When workflows are to be sent, since the first moment: in order, and perhaps without an end.
pub(crate) type Offsets = Box<dyn Iterator<Item = Duration> + Send>;

impl Arrivals {
    /// Looks for the file of a trace from this directory.
    pub(crate) fn seek_from(&mut self, directory: &Path) {
        if let Self::Trace(trace) = self {
            trace.seek_from(directory);
        }
    }

    /// When workflows are to be sent.
    ///
    /// # Errors
    ///
    /// If a trace cannot be read, or is none.
    pub(crate) fn offsets(&self, seed: u64) -> Result<Offsets, TraceError> {
        let dice = StdRng::seed_from_u64(seed);
        Ok(match self {
            Self::Constant { rate } => {
                let rate = *rate;
                // Not summed up: that would drift.
                Box::new((0_u64..).map(move |at| Duration::from_secs_f64(at as f64 / rate)))
            }
            Self::Poisson { rate } => Box::new(Poisson::new(*rate, dice)),
            Self::Bursty { rate, burst, on } => {
                Box::new(Interrupted::new(*rate, *burst, *on, dice))
            }
            Self::Trace(trace) => trace.offsets(dice)?,
        })
    }
}

#[cfg(test)]
mod tests;
