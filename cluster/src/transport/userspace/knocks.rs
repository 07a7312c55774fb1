//! How many handshakes are answered. An answer costs little, a throw-away socket of 3 us and a packet,
//! but whoever asks for it may have forged its address, and it is ten times as long as what asks for
//! it: a flood must neither take the thread's time nor be passed on to somebody else.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use super::bucket::Bucket;

/// Answers to addresses that are known: a cluster of hundreds of nodes that starts at once is answered
/// at once, and what is not is asked again after 200 ms.
const KNOWN: Bounds = Bounds {
    all: (2_000, 1_024),
    source: (1_000, 512),
};

/// Answers to strangers: with their packets some 10 us each, so 2 % of a thread.
const STRANGERS: Bounds = Bounds {
    all: (2_000, 512),
    source: (500, 256),
};

/// How many answers in a second, and how many at once after a pause.
struct Bounds {
    /// To all together.
    all: (u32, u32),
    /// To one source, so that one alone does not use up what there is for all.
    source: (u32, u32),
}

/// Sources are told apart by a hash that they cannot foresee; some share.
const SOURCES: usize = 64;

/// Decides which knocks are answered. A stranger never takes from what there is for addresses that are
/// known.
pub(super) struct Knocks {
    known: Door,
    strangers: Door,
    hash: RandomState,
}

struct Door {
    all: Bucket,
    sources: Vec<Bucket>,
}

impl Knocks {
    pub(super) fn new() -> Self {
        Self {
            known: Door::new(&KNOWN),
            strangers: Door::new(&STRANGERS),
            hash: RandomState::new(),
        }
    }

    /// Whether a knock from there is answered.
    #[must_use]
    pub(super) fn admit(&mut self, now: Duration, source: IpAddr, is_known: bool) -> bool {
        let place = self.hash.hash_one(network(source)) as usize % SOURCES;
        if is_known {
            self.known.admit(now, place)
        } else {
            self.strangers.admit(now, place)
        }
    }
}

impl Door {
    fn new(bounds: &Bounds) -> Self {
        let bucket = |(per_second, burst)| Bucket::new(per_second, burst);
        Self {
            all: bucket(bounds.all),
            sources: vec![bucket(bounds.source); SOURCES],
        }
    }

    fn admit(&mut self, now: Duration, place: usize) -> bool {
        self.all.has(now) && self.sources[place].take(now) && self.all.take(now)
    }
}

/// What one stranger surely has to itself: an IPv4 address, or an IPv6 network of 64 bits (RFC 6177).
fn network(source: IpAddr) -> u128 {
    const HOST_BITS: u32 = 64;
    match source {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => u128::from(ip) >> HOST_BITS << HOST_BITS,
    }
}

#[cfg(test)]
#[path = "knocks_tests.rs"]
mod tests;
