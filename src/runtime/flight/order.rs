//! One activation, as a platform asks for it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::time::Instant;

use crate::runtime::action::Activation;

/// So long before its deadline a flight gives up: an answer that comes later than the deadline costs
/// the container its life, and the caller the reason.
const MARGIN: Duration = Duration::from_millis(100);

/// How long an activation may take that has no deadline, as OpenWhisk has it.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// One activation, as a platform asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The parameters: the text of JSON.
    pub(crate) params: Bytes,
    /// What else is known of it: `action_name`, `activation_id` and the like.
    pub(crate) context: Vec<(String, String)>,
    /// When to give up.
    pub(crate) until: Instant,
}

impl Order {
    pub(crate) fn of(activation: &Activation<'_>) -> Self {
        let fields = activation.fields.iter();
        let context = fields.map(|(name, text)| (name.to_string(), text.to_string()));
        let now = Instant::now();
        let deadline = activation.deadline.unwrap_or(now + TIMEOUT_DEFAULT);
        let whole = deadline.saturating_duration_since(now);
        Self {
            params: Bytes::copy_from_slice(activation.value.get().as_bytes()),
            context: context.collect(),
            until: deadline - MARGIN.min(whole / 10),
        }
    }

    pub(crate) fn field(&self, key: &str) -> Option<&str> {
        let mut fields = self.context.iter();
        let found = fields.find(|(name, _)| name == key);
        found.map(|(_, text)| text.as_str())
    }

    /// How long is left.
    pub(crate) fn timeout(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// When to give up, in milliseconds since the epoch: for other hosts.
    pub(crate) fn until_ms(&self) -> u64 {
        now_ms().saturating_add(millis(self.timeout()))
    }

    /// Gives up at this moment, if that is earlier.
    pub(crate) fn not_after(self, at_ms: u64) -> Self {
        let left = Duration::from_millis(at_ms.saturating_sub(now_ms()));
        Self {
            until: self.until.min(Instant::now() + left),
            ..self
        }
    }
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.expect("the clock is after 1970"))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
