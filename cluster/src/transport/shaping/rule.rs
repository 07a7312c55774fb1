//! The rules as values.

use std::num::NonZeroU64;
use std::time::Duration;

use raptor_core::Zone;
use serde::{Deserialize, Serialize};

/// What happens to packets between zones: nothing, unless there are rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shaping {
    /// The first one that matches counts.
    pub rules: Vec<Rule>,
    /// What the dice are seeded with: the same packets meet the same fate under the same seed.
    pub seed: u64,
}

/// What happens between two zones. Written and serialized as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    /// Who sends.
    pub from: Place,
    /// Whether it also holds for what comes back.
    pub way: Way,
    /// Whom it is sent to.
    pub to: Place,
    /// What happens.
    pub effects: Effects,
}

/// Where an end of a link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Anywhere, known or not.
    Any,
    /// In this zone.
    Zone(Zone),
}

/// In which direction a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the first to the second.
    There,
    /// In both, each on its own.
    Both,
}

/// What happens to packets. By default nothing does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// How much later they leave.
    pub latency: Latency,
    /// How many are dropped.
    pub loss: Share,
    /// How many leave twice.
    pub duplicate: Share,
    /// How many skip the delay.
    pub reorder: Share,
    /// How many bits leave in a second, at most.
    pub rate: Option<BitRate>,
}

/// How much later packets leave. By default they do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    delay: Duration,
    jitter: Duration,
}

/// No association survives longer delays, and nobody means them.
pub const DELAY_MAX: Duration = Duration::from_secs(60);

/// A part of a whole, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

/// A rate in bits per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BitRate(pub NonZeroU64);

impl Shaping {
    /// What happens to what `from` sends to `to`, which is nowhere if it has not said where it is.
    pub fn between(&self, from: &Zone, to: Option<&Zone>) -> Option<&Effects> {
        let mut rules = self.rules.iter();
        let rule = rules.find(|rule| rule.matches(from, to))?;
        Some(&rule.effects)
    }
}

impl Rule {
    fn matches(&self, from: &Zone, to: Option<&Zone>) -> bool {
        let holds = |one: &Place, other: &Place| one.holds(Some(from)) && other.holds(to);
        holds(&self.from, &self.to) || (self.way == Way::Both && holds(&self.to, &self.from))
    }
}

impl Place {
    fn holds(&self, zone: Option<&Zone>) -> bool {
        match self {
            Self::Any => true,
            Self::Zone(meant) => Some(meant) == zone,
        }
    }
}

impl Latency {
    /// From `delay - jitter` to `delay + jitter`, each as likely; unless `delay` is longer than
    /// [`DELAY_MAX`], or shorter than `jitter`.
    pub fn new(delay: Duration, jitter: Duration) -> Option<Self> {
        (jitter <= delay && delay <= DELAY_MAX).then_some(Self { delay, jitter })
    }

    /// How much later they leave on average.
    pub fn delay(self) -> Duration {
        self.delay
    }

    /// How far one packet's delay may be from the average.
    pub fn jitter(self) -> Duration {
        self.jitter
    }
}

impl Share {
    /// Nothing of it.
    pub const NONE: Self = Self(0);

    /// All of it.
    pub const ALL: Self = Self(1_000_000);

    /// So many millionths, if that is not more than all.
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        Some(Self(millionths)).filter(|share| *share <= Self::ALL)
    }

    /// In millionths.
    pub fn millionths(self) -> u32 {
        self.0
    }
}
