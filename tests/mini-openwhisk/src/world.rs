//! What controller and invoker share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::activation::Activation;
use crate::config::{Action, Config};
use crate::invoker::{DockerError, Invoker};

/// What controller and invoker share.
pub(crate) struct World {
    pub(crate) config: Config,
    /// Where the controller is reached, once it listens.
    pub(crate) reached: OnceLock<Reached>,
    pub(crate) actions: Mutex<BTreeMap<String, Arc<Action>>>,
    pub(crate) activations: Mutex<BTreeMap<String, Activation>>,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) invoker: Invoker,
}

/// Where a controller is reached: `http://HOST:PORT`.
pub(crate) struct Reached {
    /// From this host.
    pub(crate) url: String,
    /// From containers.
    pub(crate) api_host: String,
}

/// Who invokes too much.
#[derive(Default)]
pub(crate) struct Throttle {
    /// When the invocations of the last minute came.
    lately: VecDeque<Instant>,
    at_once: usize,
}

impl World {
    pub(crate) fn open(config: Config) -> Result<Self, DockerError> {
        Ok(Self {
            invoker: Invoker::open(&config)?,
            config,
            reached: OnceLock::new(),
            actions: Mutex::default(),
            activations: Mutex::default(),
            throttle: Mutex::default(),
        })
    }

    /// Where the controller is reached from this host.
    pub(crate) fn url(&self) -> &str {
        &self.reached().url
    }

    /// Where the controller is reached from containers.
    pub(crate) fn api_host(&self) -> &str {
        &self.reached().api_host
    }

    fn reached(&self) -> &Reached {
        let reached = self.reached.get();
        reached.expect("nothing runs before the controller listens")
    }

    /// An action that was created.
    pub(crate) fn action(&self, name: &str) -> Option<Arc<Action>> {
        let actions = self.actions.lock().expect("no holder panics");
        actions.get(name).cloned()
    }

    /// Counts an invocation, or says why it is one too many.
    pub(crate) fn enter(&self) -> Result<(), String> {
        let limits = &self.config.limits;
        let mut throttle = self.throttle.lock().expect("no holder panics");
        let minute_ago = Instant::now().checked_sub(Duration::from_secs(60));
        while throttle.lately.front().copied() < minute_ago && !throttle.lately.is_empty() {
            throttle.lately.pop_front();
        }
        let (count, allowed) = (throttle.lately.len(), limits.invocations_per_minute);
        if count >= allowed {
            return Err(format!(
                "Too many requests in the last minute (count: {}, allowed: {allowed}).",
                count + 1
            ));
        }
        let (count, allowed) = (throttle.at_once, limits.concurrent_invocations);
        if count >= allowed {
            return Err(format!(
                "Too many concurrent requests in flight (count: {}, allowed: {allowed}).",
                count + 1
            ));
        }
        throttle.lately.push_back(Instant::now());
        throttle.at_once += 1;
        Ok(())
    }

    /// An activation has ended.
    pub(crate) fn leave(&self) {
        self.throttle.lock().expect("no holder panics").at_once -= 1;
    }
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("the clock is after 1970");
    u64::try_from(since.as_millis()).expect("the clock is before the year 500,000,000")
}
