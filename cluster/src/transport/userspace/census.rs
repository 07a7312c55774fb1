//! How many associations strangers may make us keep.

use std::collections::HashMap;
use std::net::IpAddr;

use super::UserspaceLimits;

/// Counts the accepted associations, in all and by the address that they come from.
#[derive(Debug)]
pub(super) struct Census {
    limits: UserspaceLimits,
    total: usize,
    by_source: HashMap<IpAddr, usize>,
}

impl Census {
    pub(super) fn new(limits: UserspaceLimits) -> Self {
        Self {
            limits,
            total: 0,
            by_source: HashMap::new(),
        }
    }

    /// Counts one more from `source`; says whether there is room for it.
    #[must_use]
    pub(super) fn admit(&mut self, source: IpAddr) -> bool {
        let count = self.by_source.get(&source).copied().unwrap_or(0);
        let admitted =
            self.total < self.limits.accepted_max && count < self.limits.accepted_per_source_max;
        if admitted {
            self.total += 1;
            self.by_source.insert(source, count + 1);
        }
        admitted
    }

    /// Counts one less from `source`.
    pub(super) fn release(&mut self, source: IpAddr) {
        let count = self.by_source.get_mut(&source);
        let count = count.expect("only admitted associations are released");
        *count -= 1;
        if *count == 0 {
            self.by_source.remove(&source);
        }
        self.total -= 1;
    }
}
