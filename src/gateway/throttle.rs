//! How much a namespace may ask of one node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::entity::EntityName;
use super::store::lock;
use crate::config::GatewaySettings;

/// How much each namespace has asked of this node, and may.
///
/// A minute begins at its second 0 (`RateThrottler.scala`); a flight is one invocation, however
/// many members it has: Raptor itself places them.
pub(crate) struct Throttle {
    /// What a namespace may that has no limits of its own.
    limits: Limits,
    own: BTreeMap<EntityName, Limits>,
    spent: Arc<Mutex<BTreeMap<EntityName, Spent>>>,
}

/// How much a namespace may ask of one node.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) per_minute_max: u32,
    pub(crate) concurrent_max: u32,
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
    pub(crate) fn new(limits: Limits, own: BTreeMap<EntityName, Limits>) -> Self {
        Self {
            limits,
            own,
            spent: Arc::default(),
        }
    }

    /// The one that the settings ask for.
    pub(crate) fn of(settings: &GatewaySettings) -> Self {
        let limits = Limits {
            per_minute_max: settings.invocations_per_minute.get(),
            concurrent_max: settings.concurrent_invocations.get(),
        };
        let own = settings.namespace_limits.iter().filter_map(|own| {
            let theirs = Limits {
                per_minute_max: own.invocations_per_minute.unwrap_or(limits.per_minute_max),
                concurrent_max: own.concurrent_invocations.unwrap_or(limits.concurrent_max),
            };
            Some((own.namespace.parse().ok()?, theirs))
        });
        Self::new(limits, own.collect())
    }

    /// What a namespace may.
    pub(crate) fn limits(&self, namespace: &EntityName) -> Limits {
        *self.own.get(namespace).unwrap_or(&self.limits)
    }

    /// Lets one more activation of a namespace begin.
    ///
    /// # Errors
    ///
    /// If that is too much; it counts as asked for in this minute all the same.
    pub(crate) fn admit(&self, namespace: &EntityName, now_ms: u64) -> Result<Permit, Throttled> {
        let Limits {
            per_minute_max,
            concurrent_max,
        } = self.limits(namespace);
        let mut all = lock(&self.spent);
        let spent = all.entry(namespace.clone()).or_default();
        let minute = now_ms / 60_000;
        if spent.minute != minute {
            spent.minute = minute;
            spent.in_minute = 0;
        }
        spent.in_minute = spent.in_minute.saturating_add(1);
        if spent.in_minute > per_minute_max {
            return Err(Throttled::Minute {
                count: spent.in_minute,
                allowed: per_minute_max,
            });
        }
        if spent.concurrent >= concurrent_max {
            return Err(Throttled::Concurrent {
                count: spent.concurrent + 1,
                allowed: concurrent_max,
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

    fn throttle(per_minute_max: u32, concurrent_max: u32) -> Throttle {
        let limits = Limits {
            per_minute_max,
            concurrent_max,
        };
        Throttle::new(limits, BTreeMap::new())
    }

    #[test]
    fn a_namespace_may_have_limits_of_its_own() {
        let own = Limits {
            per_minute_max: 3,
            concurrent_max: 3,
        };
        let other = Limits {
            per_minute_max: 1,
            concurrent_max: 1,
        };
        let throttle = Throttle::new(other, BTreeMap::from([(namespace("shop"), own)]));
        let admitted = |name: &str| {
            let admit = || throttle.admit(&namespace(name), 1);
            let permits: Vec<_> = std::iter::repeat_with(admit).take(5).collect();
            permits.iter().filter(|permit| permit.is_ok()).count()
        };
        assert_eq!(admitted("shop"), 3);
        assert_eq!(admitted("ops"), 1);
    }

    fn namespace(name: &str) -> EntityName {
        name.parse().expect("a name")
    }

    #[test]
    fn a_minute_takes_so_many_and_the_next_as_many_again() {
        let throttle = throttle(2, 10);
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
        let throttle = throttle(10, 1);
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
