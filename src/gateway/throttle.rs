//! How much a namespace may ask of one node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::entity::EntityName;
use super::store::lock;

/// How much each namespace has asked of this node, and may.
///
/// A minute begins at its second 0 (`RateThrottler.scala`); a flight is one invocation, however
/// many members it has: Raptor itself places them.
pub(crate) struct Throttle {
    per_minute_max: u32,
    concurrent_max: u32,
    spent: Arc<Mutex<BTreeMap<EntityName, Spent>>>,
}

#[derive(Clone, Copy, Default)]
struct Spent {
    minute: u64,
    in_minute: u32,
    concurrent: u32,
}

/// A namespace has asked for too much. OpenWhisk's words (`ErrorResponse.scala`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Throttled {
    #[error("Too many requests in the last minute (count: {count}, allowed: {allowed}).")]
    Minute { count: u32, allowed: u32 },
    #[error("Too many concurrent requests in flight (count: {count}, allowed: {allowed}).")]
    Concurrent { count: u32, allowed: u32 },
}

/// One activation's place among those that run at once. Dropping it gives it back.
pub(crate) struct Permit {
    namespace: EntityName,
    spent: Arc<Mutex<BTreeMap<EntityName, Spent>>>,
}

impl Throttle {
    pub(crate) fn new(per_minute_max: u32, concurrent_max: u32) -> Self {
        Self {
            per_minute_max,
            concurrent_max,
            spent: Arc::default(),
        }
    }

    /// Lets one more activation of a namespace begin.
    ///
    /// # Errors
    ///
    /// If that is too much; it counts as asked for in this minute all the same.
    pub(crate) fn admit(&self, namespace: &EntityName, now_ms: u64) -> Result<Permit, Throttled> {
        let mut all = lock(&self.spent);
        let spent = all.entry(namespace.clone()).or_default();
        let minute = now_ms / 60_000;
        if spent.minute != minute {
            spent.minute = minute;
            spent.in_minute = 0;
        }
        spent.in_minute = spent.in_minute.saturating_add(1);
        if spent.in_minute > self.per_minute_max {
            return Err(Throttled::Minute {
                count: spent.in_minute,
                allowed: self.per_minute_max,
            });
        }
        if spent.concurrent >= self.concurrent_max {
            return Err(Throttled::Concurrent {
                count: spent.concurrent + 1,
                allowed: self.concurrent_max,
            });
        }
        spent.concurrent += 1;
        Ok(Permit {
            namespace: namespace.clone(),
            spent: Arc::clone(&self.spent),
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(spent) = lock(&self.spent).get_mut(&self.namespace) {
            spent.concurrent -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(name: &str) -> EntityName {
        name.parse().expect("a name")
    }

    #[test]
    fn a_minute_takes_so_many_and_the_next_as_many_again() {
        let throttle = Throttle::new(2, 10);
        let ns = namespace("ns");
        for _ in 0..2 {
            assert!(throttle.admit(&ns, 1).is_ok());
        }
        let refused = throttle.admit(&ns, 59_999).err().expect("it is too much");
        assert_eq!(
            refused.to_string(),
            "Too many requests in the last minute (count: 3, allowed: 2)."
        );
        assert!(throttle.admit(&namespace("other"), 59_999).is_ok());
        assert!(throttle.admit(&ns, 60_000).is_ok());
    }

    #[test]
    fn what_has_ended_makes_room() {
        let throttle = Throttle::new(10, 1);
        let ns = namespace("ns");
        let Ok(first) = throttle.admit(&ns, 1) else {
            panic!("there is room");
        };
        let refused = throttle.admit(&ns, 1).err().expect("it is too much");
        assert_eq!(
            refused.to_string(),
            "Too many concurrent requests in flight (count: 2, allowed: 1)."
        );
        drop(first);
        assert!(throttle.admit(&ns, 1).is_ok());
    }
}
