//! Which of two writes came later.

use std::time::{SystemTime, UNIX_EPOCH};

use raptor_core::NodeId;
use serde::{Deserialize, Serialize};

/// When something was written, and by whom: all nodes agree on which of two writes came later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Microseconds since the UNIX epoch, moved on where a clock stood still or lagged.
    pub(crate) micros: u64,
    pub(crate) node: NodeId,
}

/// A hybrid clock: it follows the node's own, and is never behind a stamp that it has seen. So a
/// write that knows of another is later, whatever the nodes' clocks say.
#[derive(Debug)]
pub(crate) struct HybridClock {
    node: NodeId,
    last_micros: u64,
}

impl HybridClock {
    pub(crate) const fn new(node: NodeId) -> Self {
        Self {
            node,
            last_micros: 0,
        }
    }

    /// A stamp that is later than all that were seen.
    pub(crate) fn stamp(&mut self, now_micros: u64) -> Stamp {
        self.last_micros = now_micros.max(self.last_micros + 1);
        Stamp {
            micros: self.last_micros,
            node: self.node.clone(),
        }
    }

    pub(crate) fn see(&mut self, stamp: &Stamp) {
        self.last_micros = self.last_micros.max(stamp.micros);
    }
}

/// Microseconds since the UNIX epoch.
pub(crate) fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}
