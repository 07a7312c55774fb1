//! What an action may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Malformed;
use crate::config::GatewaySettings;

/// What an action may use (`ActionLimits.scala`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActionLimits {
    /// Milliseconds.
    pub(crate) timeout: u64,
    /// MB.
    pub(crate) memory: u64,
    /// MB.
    pub(crate) logs: u64,
    pub(crate) concurrency: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<u64>,
}

impl Default for ActionLimits {
    /// OpenWhisk's (`application.conf`).
    fn default() -> Self {
        Self {
            timeout: 60_000,
            memory: 256,
            logs: 10,
            concurrency: 1,
            instances: None,
        }
    }
}

impl ActionLimits {
    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout)
    }

    pub(crate) fn to_json(self) -> Value {
        json!(self)
    }
}

/// What a request says of limits; what it does not say stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitsPut {
    timeout: Option<u64>,
    memory: Option<u64>,
    logs: Option<u64>,
    concurrency: Option<u64>,
    instances: Option<u64>,
}

impl LimitsPut {
    /// Reads an object with some of `timeout`, `memory`, `logs`, `concurrency` and `instances`.
    ///
    /// # Errors
    ///
    /// If it is none, or one of them is no whole number.
    pub(crate) fn parse(value: &Value) -> Result<Self, Malformed> {
        let limits = value
            .as_object()
            .ok_or_else(|| Malformed::new("no valid json object passed"))?;
        let read = |key: &str, what: &str| match limits.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match whole(value) {
                Some(number) => Ok(Some(number)),
                None if value.is_number() => {
                    Err(Malformed::new(format!("{what} must be whole number")))
                }
                None => Err(Malformed::new(format!("{what} malformed"))),
            },
        };
        Ok(Self {
            timeout: read("timeout", "time limit")?,
            memory: read("memory", "memory limit")?,
            logs: read("logs", "log limit")?,
            concurrency: read("concurrency", "concurrency limit")?,
            instances: read("instances", "instance limit")?,
        })
    }

    /// What is given here, over what there was.
    pub(crate) fn over(self, before: ActionLimits) -> ActionLimits {
        ActionLimits {
            timeout: self.timeout.unwrap_or(before.timeout),
            memory: self.memory.unwrap_or(before.memory),
            logs: self.logs.unwrap_or(before.logs),
            concurrency: self.concurrency.unwrap_or(before.concurrency),
            instances: self.instances.or(before.instances),
        }
    }
}

/// A whole number that is not negative, also where it is written with a point or an exponent.
fn whole(value: &Value) -> Option<u64> {
    let written = value.as_u64();
    written.or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        // As many as are exact.
        (0.0..=9_007_199_254_740_992.0)
            .contains(&number)
            .then_some(number as u64)
    })
}

/// Between what the limits of all actions lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimitTerms {
    pub(crate) timeout_ms: (u64, u64),
    pub(crate) memory_mb: (u64, u64),
    pub(crate) logs_mb: (u64, u64),
    pub(crate) concurrency: (u64, u64),
}

impl LimitTerms {
    pub(crate) fn of(settings: &GatewaySettings) -> Self {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            timeout_ms: (millis(settings.timeout_min), millis(settings.timeout_max)),
            memory_mb: (
                settings.memory_mb_min.get().into(),
                settings.memory_mb_max.get().into(),
            ),
            logs_mb: (0, settings.logs_mb_max.into()),
            concurrency: (1, settings.concurrency_max.get().into()),
        }
    }

    /// Refuses what does not lie between them.
    pub(crate) fn check(&self, limits: &ActionLimits) -> Result<(), Malformed> {
        let checks = [
            ("duration", " milliseconds", limits.timeout, self.timeout_ms),
            ("memory size", " MB", limits.memory, self.memory_mb),
            ("log size", " MB", limits.logs, self.logs_mb),
            ("concurrency", "", limits.concurrency, self.concurrency),
        ];
        for (what, unit, value, (min, max)) in checks {
            if value > max {
                let text = format!("{what} {value}{unit} exceeds allowed threshold of {max}{unit}");
                return Err(Malformed::refused(text));
            }
            if value < min {
                let text = format!("{what} {value}{unit} below allowed threshold of {min}{unit}");
                return Err(Malformed::refused(text));
            }
        }
        Ok(())
    }
}
