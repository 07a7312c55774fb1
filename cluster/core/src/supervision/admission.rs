//! Which flights a node takes part in.

use std::fmt;

/// How many flights a node takes part in at once. Each costs a coordinator, queues and memory for
/// its values; beyond the limit a clear refusal serves better than a node that slows down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlightLimits {
    /// Flights that it leads.
    pub led_max: u32,
    /// Flights that it follows. They are counted apart, so that a node whose clients keep it busy
    /// still helps others, which help it.
    pub followed_max: u32,
}

/// Why a flight was refused. Nothing of it was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The node is about to leave.
    #[error("the node is draining: ask another")]
    Draining,
    /// It takes part in as many flights as it may.
    #[error("the node has reached its limit of {max} {limit}: ask another, or later")]
    Full {
        /// Which limit.
        limit: FlightLimit,
        /// How many it allows.
        max: u32,
    },
    /// A flight of this name is under way here, or was lately.
    #[error("an activation has one flight: this one is known here already")]
    Known,
    /// A flight that was over before this node was to follow it.
    #[error("the flight is over")]
    Over,
    /// A follower was asked for whose index is the leader's, or none of the flight.
    #[error("it is no follower's place: a flight's members are counted from its leader, 0")]
    NoFollower,
}

/// A limit on flights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlightLimit {
    /// [`FlightLimits::led_max`].
    Led,
    /// [`FlightLimits::followed_max`].
    Followed,
}

impl fmt::Display for FlightLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Led => "flights led",
            Self::Followed => "flights followed",
        })
    }
}

/// Counts flights against the limits.
#[derive(Debug)]
pub(super) struct Admission {
    limits: FlightLimits,
    led: u32,
    followed: u32,
    is_draining: bool,
}

impl Admission {
    pub(super) const fn new(limits: FlightLimits) -> Self {
        Self {
            limits,
            led: 0,
            followed: 0,
            is_draining: false,
        }
    }

    pub(super) fn enter(&mut self, limit: FlightLimit) -> Result<(), Refusal> {
        if self.is_draining {
            return Err(Refusal::Draining);
        }
        let (count, max) = match limit {
            FlightLimit::Led => (&mut self.led, self.limits.led_max),
            FlightLimit::Followed => (&mut self.followed, self.limits.followed_max),
        };
        if *count >= max {
            return Err(Refusal::Full { limit, max });
        }
        *count += 1;
        Ok(())
    }

    /// One that entered leaves.
    pub(super) const fn leave(&mut self, limit: FlightLimit) {
        match limit {
            FlightLimit::Led => self.led -= 1,
            FlightLimit::Followed => self.followed -= 1,
        }
    }

    /// Admits nobody from now on.
    pub(super) const fn drain(&mut self) {
        self.is_draining = true;
    }

    pub(super) const fn is_draining(&self) -> bool {
        self.is_draining
    }

    pub(super) const fn underway(&self, limit: FlightLimit) -> u32 {
        match limit {
            FlightLimit::Led => self.led,
            FlightLimit::Followed => self.followed,
        }
    }

    pub(super) const fn flights(&self) -> u32 {
        self.led + self.followed
    }
}
