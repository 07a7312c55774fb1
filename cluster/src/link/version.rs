//! Versions of what is said after the greeting.

use std::fmt;

/// The versions that this build speaks.
pub const VERSIONS: VersionRange = VersionRange { min: 1, max: 1 };

/// A range of protocol versions, both ends included; never empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    min: u8,
    max: u8,
}

impl VersionRange {
    /// From `min` to `max`. Zero is the greeting's, so versions begin with one.
    pub fn new(min: u8, max: u8) -> Option<Self> {
        (1 <= min && min <= max).then_some(Self { min, max })
    }

    /// The oldest.
    pub fn min(self) -> u8 {
        self.min
    }

    /// The newest.
    pub fn max(self) -> u8 {
        self.max
    }

    /// The newest that both ranges have.
    pub fn newest_common(self, other: Self) -> Option<u8> {
        let newest = self.max.min(other.max);
        (newest >= self.min.max(other.min)).then_some(newest)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            write!(f, "{}", self.min)
        } else {
            write!(f, "{} to {}", self.min, self.max)
        }
    }
}

impl fmt::Debug for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
