//! How many associations others may make us keep.

use std::collections::HashMap;
use std::net::IpAddr;

use super::UserspaceLimits;

/// On this machine all peers have one address, and a whole cluster may start at once: there it may be
/// this many times as many strangers as elsewhere.
const LOOPBACK_FACTOR: usize = 8;

/// Counts the accepted associations, in all and by the address that they come from, and those whose
/// peers have not yet proven who they are: the strangers.
#[derive(Debug)]
pub(super) struct Census {
    limits: UserspaceLimits,
    all: Count,
    by_source: HashMap<IpAddr, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    accepted: usize,
    /// Of those.
    strangers: usize,
}

impl Census {
    pub(super) fn new(limits: UserspaceLimits) -> Self {
        Self {
            limits,
            all: Count::default(),
            by_source: HashMap::new(),
        }
    }

    /// Counts one more from `source`, a stranger until it is trusted; says whether there is room for
    /// it. Strangers do not take up the room of those who come from an address that is known.
    #[must_use]
    pub(super) fn admit(&mut self, source: IpAddr, is_known: bool) -> bool {
        let UserspaceLimits {
            accepted_max,
            accepted_per_source_max,
            strangers_max,
            strangers_per_source_max,
        } = self.limits;
        let factor = if source.is_loopback() {
            LOOPBACK_FACTOR
        } else {
            1
        };
        let here = self.by_source.get(&source).copied().unwrap_or_default();
        let has_place = self.all.accepted < accepted_max && here.accepted < accepted_per_source_max;
        let is_bearable = self.all.strangers < strangers_max
            && here.strangers < strangers_per_source_max.saturating_mul(factor);
        let admitted = has_place && (is_known || is_bearable);
        if admitted {
            for count in [&mut self.all, self.by_source.entry(source).or_default()] {
                count.accepted += 1;
                count.strangers += 1;
            }
        }
        admitted
    }

    /// One from `source` is no stranger any more.
    pub(super) fn trust(&mut self, source: IpAddr) {
        self.all.strangers -= 1;
        self.source(source).strangers -= 1;
    }

    /// Counts one less from `source`.
    pub(super) fn release(&mut self, source: IpAddr, was_trusted: bool) {
        if !was_trusted {
            self.trust(source);
        }
        self.all.accepted -= 1;
        let here = self.source(source);
        here.accepted -= 1;
        if here.accepted == 0 {
            self.by_source.remove(&source);
        }
    }

    fn source(&mut self, source: IpAddr) -> &mut Count {
        let count = self.by_source.get_mut(&source);
        count.expect("only admitted associations are trusted or released")
    }
}

#[cfg(test)]
#[path = "census_tests.rs"]
mod tests;
