//! Shaping in the datagram path: what becomes of a packet, and where it waits until then.
//!
//! [`Shaper`] decides, [`Waiting`] keeps what leaves later, and neither has a clock: both are told
//! the time. Under one seed, the same packets at the same times meet the same fate.

mod dice;
mod link;
mod waiting;

use std::collections::HashMap;
use std::time::Duration;

use raptor_core::Zone;

pub(super) use self::waiting::Waiting;

use self::dice::Dice;
use self::link::Link;
use crate::transport::shaping::Shaping;

/// A link for each zone that was sent to. Beyond this, all begin anew: their dice are rolled from
/// the seed again.
const LINKS_MAX: usize = 1024;

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nobody hears of it.
    Dropped,
    /// It leaves then, which may be now.
    Leaves(Duration),
    /// It leaves then, and a copy of it too.
    LeavesTwice(Duration),
}

/// Decides what becomes of packets that leave one zone.
///
/// Each link, from here to one zone, rolls dice of its own: what happens on one does not depend on
/// what is sent on another.
pub(super) struct Shaper {
    zone: Zone,
    shaping: Shaping,
    links: HashMap<Zone, Link>,
    /// To those who have not said where they are.
    nowhere: Link,
}

impl Shaper {
    /// Of packets that leave `zone`.
    pub(super) fn new(zone: Zone, shaping: Shaping) -> Self {
        Self {
            nowhere: link(&zone, None, &shaping),
            links: HashMap::new(),
            zone,
            shaping,
        }
    }

    /// What becomes of the next packet, of so many bytes, to that zone.
    pub(super) fn judge(&mut self, now: Duration, to: Option<&Zone>, bytes: usize) -> Fate {
        let Some(to) = to else {
            return self.nowhere.judge(now, bytes);
        };
        if !self.links.contains_key(to) {
            if self.links.len() >= LINKS_MAX {
                self.links.clear();
            }
            let link = link(&self.zone, Some(to), &self.shaping);
            self.links.insert(to.clone(), link);
        }
        let link = self.links.get_mut(to).expect("it was made if it was not");
        link.judge(now, bytes)
    }
}

fn link(from: &Zone, to: Option<&Zone>, shaping: &Shaping) -> Link {
    let effects = shaping.between(from, to).cloned().unwrap_or_default();
    let to = to.map_or("*", |to| to.as_str());
    Link::new(effects, Dice::new(shaping.seed, [from.as_str(), to]))
}

#[cfg(test)]
mod tests;
