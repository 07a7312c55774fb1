//! How busy a node is.

use std::cmp::Ordering;

/// How busy a node says that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// In how many flights it takes part.
    pub flights: u32,
    /// The weight of its attempts: those that run and those that wait for a slot.
    pub weight: u32,
    /// The weight that it can run at once.
    pub slots: u32,
    /// Whether it refuses new flights, because it is about to leave.
    pub is_draining: bool,
}

/// What a node says of its load. The one with the greatest number is the latest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Grows with each report of one life of a node.
    pub number: u64,
    /// How busy it is.
    pub load: Load,
}

impl Load {
    /// That of a node of which nothing is known yet.
    pub(super) const NONE: Self = Self {
        flights: 0,
        weight: 0,
        slots: 0,
        is_draining: false,
    };

    /// The work that there is for each slot. Flights count as one attempt each until their
    /// attempts weigh more: members that wait for a dependency will run again.
    pub fn pressure(&self) -> Pressure {
        Pressure {
            work: self.flights.max(self.weight),
            slots: self.slots.max(1),
        }
    }
}

/// A fraction: work by slots. Compared exactly, so that all nodes agree.
#[derive(Clone, Copy, Debug)]
pub struct Pressure {
    work: u32,
    slots: u32,
}

impl Ord for Pressure {
    fn cmp(&self, other: &Self) -> Ordering {
        let cross = |a: &Self, b: &Self| u64::from(a.work) * u64::from(b.slots);
        cross(self, other).cmp(&cross(other, self))
    }
}

impl PartialOrd for Pressure {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pressure {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pressure {}
