//! How many associations others may make us keep.

use std::collections::HashMap;
use std::net::IpAddr;

/// How many associations a transport accepts.
///
/// Those that it began itself do not count. An accepted association holds at most its receive window,
/// 3 MiB, of messages that are not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserspaceLimits {
    /// From everywhere together. Default: 1,024, several times the nodes and clients of a cluster.
    pub accepted_max: usize,
    /// From one IP address. Default: 512, because all peers are on this machine as long as only
    /// loopback is served, and some must remain for others.
    pub accepted_per_source_max: usize,
    /// Of those, from addresses that are not known, until the peer has proven who it is
    /// ([`trust`]). Default: 256, so that strangers leave most places to peers.
    ///
    /// [`trust`]: crate::transport::Transport::trust
    pub strangers_max: usize,
    /// The same from one IP address; eight times as many from this machine. Default: 32, more than
    /// begin at once on one host.
    pub strangers_per_source_max: usize,
}

impl Default for UserspaceLimits {
    fn default() -> Self {
        Self {
            accepted_max: 1024,
            accepted_per_source_max: 512,
            strangers_max: 256,
            strangers_per_source_max: 32,
        }
    }
}

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
