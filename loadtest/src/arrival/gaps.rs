//! Processes whose gaps are drawn.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

/// Seconds until something that happens `rate` times a second: exponential.
fn gap(rate: f64, dice: &mut StdRng) -> f64 {
    // `random` is uniform in [0, 1); its complement is never zero.
    -(1.0 - dice.random::<f64>()).ln() / rate
}

/// A Poisson process.
pub(super) struct Poisson {
    rate: f64,
    dice: StdRng,
    now: f64,
}

impl Poisson {
    /// That many a second.
    pub(super) fn new(rate: f64, dice: StdRng) -> Self {
        let now = 0.0;
        Self { rate, dice, now }
    }
}

impl Iterator for Poisson {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.now += gap(self.rate, &mut self.dice);
        Some(Duration::from_secs_f64(self.now))
    }
}

/// An interrupted Poisson process.
pub(super) struct Interrupted {
    /// How many arrive a second while it is on.
    rate: f64,
    /// How often a second it goes off while it is on, and on while it is off.
    going_off: f64,
    going_on: f64,
    dice: StdRng,
    now: f64,
    /// When the burst that is under way ends.
    until: f64,
}

impl Interrupted {
    /// `rate` a second on the whole, `burst` times as many while it is on, which lasts `on`.
    pub(super) fn new(rate: f64, burst: f64, on: Duration, mut dice: StdRng) -> Self {
        let on = on.as_secs_f64();
        let going_off = 1.0 / on;
        // On for 1/burst of the time; a burst of 1 is never interrupted.
        let going_on = 1.0 / (on * (burst - 1.0));
        // As at any moment: were it always on at first, short runs would have too many.
        let now = match dice.random_bool(1.0 / burst) {
            true => 0.0,
            false => gap(going_on, &mut dice),
        };
        let until = now + gap(going_off, &mut dice);
        Self {
            rate: rate * burst,
            going_off,
            going_on,
            dice,
            now,
            until,
        }
    }
}

impl Iterator for Interrupted {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        loop {
            let next = self.now + gap(self.rate, &mut self.dice);
            if next <= self.until {
                self.now = next;
                return Some(Duration::from_secs_f64(next));
            }
            // What would have come later is forgotten with the burst: the gaps have no memory.
            self.now = self.until + gap(self.going_on, &mut self.dice);
            self.until = self.now + gap(self.going_off, &mut self.dice);
        }
    }
}
