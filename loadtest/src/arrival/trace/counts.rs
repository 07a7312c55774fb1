//! How often functions were invoked in each minute.

use std::time::Duration;
use std::vec;

use rand::RngExt;
use rand::rngs::StdRng;

use super::{ARRIVALS_MAX, Offsets, Table, TraceError};

/// Seconds of a minute.
const MINUTE: f64 = 60.0;

/// The arrivals of all lines together, minute by minute.
pub(super) fn offsets(table: &mut Table<'_>, dice: StdRng) -> Result<Offsets, TraceError> {
    let function = table.need("HashFunction")?;
    // What stands before the counts is the function, and what it belongs to.
    let first = table.need("1")?;
    let mut minutes = vec![0_u64; table.columns.len() - first];
    while let Some(line) = table.next(Some(function))? {
        for (at, sum) in minutes.iter_mut().enumerate() {
            let fits = |count: &u64| *count <= ARRIVALS_MAX;
            *sum += table.number(&line, first + at, "no count such as 12", fits)?;
            if *sum > ARRIVALS_MAX {
                return Err(table.too_large(&line));
            }
        }
    }
    let Some(silent) = minutes.iter().position(|count| *count > 0) else {
        return Err(table.empty());
    };
    Ok(Box::new(Minutes {
        seconds: MINUTE / table.trace.speed,
        counts: minutes.split_off(silent).into_iter(),
        minute: 0.0,
        dice,
        drawn: Vec::new().into_iter(),
    }))
}

/// Spreads the arrivals of each minute over it.
struct Minutes {
    /// How long a minute takes.
    seconds: f64,
    counts: vec::IntoIter<u64>,
    /// How many minutes have gone by, with that whose arrivals are drawn.
    minute: f64,
    dice: StdRng,
    /// Parts of the minute.
    drawn: vec::IntoIter<f64>,
}

impl Iterator for Minutes {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        loop {
            if let Some(part) = self.drawn.next() {
                let minutes = self.minute - 1.0 + part;
                return Some(Duration::from_secs_f64(minutes * self.seconds));
            }
            let count = self.counts.next()?;
            let mut parts: Vec<f64> = (0..count).map(|_| self.dice.random()).collect();
            parts.sort_unstable_by(f64::total_cmp);
            self.drawn = parts.into_iter();
            self.minute += 1.0;
        }
    }
}
