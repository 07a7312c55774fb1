//! Shaping: what a testbed does to the packets between zones, as rules that people write.
//!
//! | rule | means |
//! | --- | --- |
//! | `zone-a -> zone-b delay=5ms jitter=1ms` | what zone-a sends to zone-b takes 4 to 6 ms longer |
//! | `zone-a <-> zone-b loss=1% rate=10mbit` | the same in both directions, each on its own |
//! | `zone-a <-> zone-c cut` | nothing gets through |
//!
//! Every node is given the same rules and heeds those whose sender is its own zone. **The first rule
//! that matches is the one that counts**; `plain` exempts a pair from those after it. `*` is every
//! zone, and also a peer that has not yet said where it is: strangers match nothing else. Clients say
//! that they are in the zone `client`, administrators in `admin`.
//!
//! | effect | what happens to a packet |
//! | --- | --- |
//! | `delay=5ms` | it leaves so much later |
//! | `jitter=1ms` | the delay is drawn anew for each, uniform from delay - jitter to delay + jitter; a packet still does not overtake the one before it |
//! | `loss=1%` | it is dropped, each by its own dice |
//! | `duplicate=1%` | it leaves twice |
//! | `reorder=1%` | it skips the delay, and so overtakes those that wait |
//! | `rate=10mbit` | packets leave at that many bits a second; what would wait behind too many is dropped |
//! | `cut` | the same as `loss=100%` |

mod grammar;
mod rule;

pub use grammar::RuleError;
pub use rule::{BitRate, DELAY_MAX, Effects, Latency, Place, Rule, Shaping, Share, Way};

#[cfg(test)]
pub(crate) mod tests;
