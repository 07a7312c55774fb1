//! Numbers of a scenario that have a range: what is outside is refused with its line.

use serde::de::{Deserialize, Deserializer, Error};

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
