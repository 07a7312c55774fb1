//! Numbers of a scenario that have a range: what is outside is refused with its line.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use crate::text;

/// Less is over before a message has gone there and back.
const TIMEOUT_MIN: Duration = Duration::from_millis(1);

/// As long as a run takes where nothing is said, and far from where moments overflow.
const TIMEOUT_MAX: Duration = Duration::from_secs(3600);

/// A number from `LOW` to `HIGH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count<const LOW: u32, const HIGH: u32>(pub(super) u32);

impl<'de, const LOW: u32, const HIGH: u32> Deserialize<'de> for Count<LOW, HIGH> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(source)?;
        let count = u32::try_from(number).ok();
        let count = count.filter(|it| (LOW..=HIGH).contains(it));
        count.map(Self).ok_or_else(|| {
            D::Error::custom(format!("{number} is not a number from {LOW} to {HIGH}"))
        })
    }
}

/// A share of all: a number from 0 to 1.
pub(super) fn share<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(source)?;
    if (0.0..=1.0).contains(&number) {
        return Ok(number);
    }
    Err(D::Error::custom(format!(
        "{number} is no probability: write a number from 0 to 1"
    )))
}

/// How long a workflow may take.
pub(super) fn timeout<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Duration>, D::Error> {
    let timeout = text::duration(source)?;
    if (TIMEOUT_MIN..=TIMEOUT_MAX).contains(&timeout) {
        return Ok(Some(timeout));
    }
    let [it, min, max] = [timeout, TIMEOUT_MIN, TIMEOUT_MAX].map(humantime::format_duration);
    Err(D::Error::custom(format!(
        "{it} is no timeout: write a duration from {min} to {max}"
    )))
}
