//! The policies that a load test lets meet, as scenarios and reports name them.

use std::fmt;
use std::str::FromStr;

use raptor_core::flight;
use raptor_core::manifest::FLIGHT_SIZE_MAX;

/// Who runs what, on how many members: `flight:3` or `fork-join:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Policy {
    /// Whether members speculate.
    pub(crate) kind: flight::Policy,
    /// How many members there are.
    pub(crate) size: u16,
}

/// A text is no policy. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "use the policy {text:?}: write flight:N or fork-join:N, with 1 to {FLIGHT_SIZE_MAX} members"
)]
pub(crate) struct PolicyError {
    text: String,
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let refused = || PolicyError {
            text: text.to_owned(),
        };
        let (kind, size) = text.split_once(':').ok_or_else(refused)?;
        let kind = match kind {
            "flight" => flight::Policy::Flight,
            "fork-join" => flight::Policy::ForkJoin,
            _ => return Err(refused()),
        };
        match size.parse() {
            Ok(size) if (1..=FLIGHT_SIZE_MAX).contains(&size) => Ok(Self { kind, size }),
            Ok(_) | Err(_) => Err(refused()),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            flight::Policy::Flight => "flight",
            flight::Policy::ForkJoin => "fork-join",
        };
        write!(f, "{kind}:{}", self.size)
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
