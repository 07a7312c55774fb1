//! How closely members watch each other.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How closely the members of a cluster watch each other. All of them should have the same.
///
/// The defaults are for a data centre, where a round trip takes a few milliseconds. They bound what
/// it takes until a silent node is missed: until the first of the others asks it (within seven
/// periods in all but one of a thousand cases, however many there are: SWIM, section 3.1), the
/// period, the suspicion, and some rounds of gossip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Each node asks one other whether it lives, this often; at the end, one that has answered
    /// neither it nor others is suspected.
    pub probe_period: Duration,
    /// How long an answer may take before others are asked to ask; well below half the period.
    pub probe_timeout: Duration,
    /// How long a suspected node has to say that it lives. It must cover what a node may be kept
    /// from its processor.
    pub suspicion: Duration,
    /// News are passed on this often, while there are any.
    pub gossip_period: Duration,
    /// To how many at a time.
    pub gossip_fanout: NonZeroUsize,
    /// How long a node that is down is remembered, and looked for.
    pub memory: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            probe_period: Duration::from_millis(200),
            probe_timeout: Duration::from_millis(80),
            suspicion: Duration::from_secs(1),
            gossip_period: Duration::from_millis(100),
            gossip_fanout: FANOUT,
            memory: Duration::from_secs(600),
        }
    }
}

/// News spread to n nodes in log n rounds to the base of this and one.
const FANOUT: NonZeroUsize = NonZeroUsize::new(3).expect("it is not zero");
