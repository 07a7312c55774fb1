//! Values of a scenario that are written as text: read where they stand, so that a mistake is told
//! with its line.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

/// Anything that is read from text.
pub(crate) fn parsed<'de, D, T>(source: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(source)?;
    text.parse().map_err(told)
}

/// The same, where it may be left out.
pub(crate) fn parsed_option<'de, D, T>(source: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    parsed(source).map(Some)
}

/// Several of the same.
pub(crate) fn parsed_list<'de, D, T>(source: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let texts = Vec::<String>::deserialize(source)?;
    let read = texts.iter().map(|text| text.parse().map_err(told));
    read.collect()
}

/// A duration, as `200ms`.
pub(crate) fn duration<'de, D: Deserializer<'de>>(source: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(source)?;
    read_duration(&text).map_err(Error::custom)
}

/// The same, where it may be left out.
pub(crate) fn duration_option<'de, D>(source: D) -> Result<Option<Duration>, D::Error>
where
    D: Deserializer<'de>,
{
    duration(source).map(Some)
}

/// A duration, as `200ms`.
pub(crate) fn read_duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|why| format!("{text:?} is no duration such as \"200ms\": {why}"))
}

/// As what stands after "failed to".
fn told<E: Error>(why: impl Display) -> E {
    E::custom(format!("failed to {why}"))
}
