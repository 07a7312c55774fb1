//! How many handshakes are answered. An answer costs little, a throw-away socket of 3 us and a packet,
//! but whoever asks for it may have forged its address, and it is ten times as long as what asks for
//! it: a flood must neither take the thread's time nor be passed on to somebody else.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use super::bucket::Bucket;

/// Answers to addresses that are known. A cluster of hundreds of nodes that starts at once is
/// answered at once, and what is not is asked again after 200 ms.
const KNOWN: Bounds = Bounds {
    per_second: 1_000,
    burst: 512,
};

/// Answers to strangers, all together: with their packets some 10 us each, so 2 % of a thread.
const STRANGERS: Bounds = Bounds {
    per_second: 2_000,
    burst: 512,
};

/// Answers to the strangers of one source, so that one alone does not use up what there is for all.
const SOURCE: Bounds = Bounds {
    per_second: 500,
    burst: 256,
};

/// Sources are told apart by a hash that they cannot foresee; some share.
const SOURCES: usize = 64;

struct Bounds {
    per_second: u32,
    burst: u32,
}

/// Decides which knocks are answered.
pub(super) struct Knocks {
    known: Bucket,
    strangers: Bucket,
    sources: Vec<Bucket>,
    hash: RandomState,
}

impl Knocks {
    pub(super) fn new() -> Self {
        let bucket = |bounds: Bounds| Bucket::new(bounds.per_second, bounds.burst);
        Self {
            known: bucket(KNOWN),
            strangers: bucket(STRANGERS),
            sources: vec![bucket(SOURCE); SOURCES],
            hash: RandomState::new(),
        }
    }

    /// Whether a knock from there is answered. That of a stranger never takes from what there is for
    /// addresses that are known.
    #[must_use]
    pub(super) fn admit(&mut self, now: Duration, source: IpAddr, is_known: bool) -> bool {
        if is_known {
            return self.known.take(now);
        }
        let place = self.hash.hash_one(network(source)) as usize % SOURCES;
        self.strangers.has(now) && self.sources[place].take(now) && self.strangers.take(now)
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
