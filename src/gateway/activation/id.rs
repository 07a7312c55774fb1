//! Names of activations.

use std::fmt;

use raptor_cluster::FlightId;
use serde::{Deserialize, Serialize};

use crate::gateway::entity::Malformed;

/// How long an activation's name is (`ActivationId.scala`).
const DIGITS: usize = 32;

/// The name of an activation: 32 lower-case hexadecimal digits. That of a flight is the flight's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ActivationId(String);

impl ActivationId {
    /// One of its own, for what is no flight.
    pub(crate) fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// If it is none, in OpenWhisk's words.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let length = text.chars().count();
        if length != DIGITS {
            return Err(Malformed::refused(format!(
                "Activation id length is {length} but must be {DIGITS}."
            )));
        }
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::refused("The activation id is not valid."))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<FlightId> for ActivationId {
    fn from(flight: FlightId) -> Self {
        Self(flight.to_string())
    }
}

impl fmt::Display for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
