//! The time of a flight.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use raptor_core::Moment;

/// Microseconds since the UNIX epoch that never go back: the wall clock when it was made, advanced
/// by the monotonic one. One per flight, so that the records of several nodes stay comparable
/// however long the nodes have been up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    wall: Moment,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            origin: Instant::now(),
            wall: Moment::default() + wall,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.wall + self.origin.elapsed()
    }

    /// When it was made.
    pub(crate) fn start(&self) -> Moment {
        self.wall
    }

    /// How long to wait until `moment`; zero if it has passed.
    pub(crate) fn until(&self, moment: Moment) -> Duration {
        moment.since(self.now())
    }
}
