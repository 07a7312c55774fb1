//! What runs activations.

use super::commons::Commons;
use super::pool::Pool;
use super::{Activation, Outcome};
use crate::runtime::flight::Flights;

/// What an initialized action runs on. There is one for each form of
/// [`crate::runtime::code::Code`].
pub(crate) enum Runner {
    /// Processes of one function.
    Single(Pool),
    /// One process of one function, that all activations share.
    Shared(Commons),
    /// Nodes that fly several.
    Workflow(Box<Flights>),
}

impl Runner {
    /// Whether activations that overlap have one process together, not each its own.
    pub(crate) fn shares_process(&self) -> bool {
        matches!(self, Self::Shared(_))
    }

    /// Runs an activation to its end. If the future is dropped, what it runs on is ended,
    /// as soon as no other activation runs on it.
    pub(crate) async fn run(&self, activation: &Activation<'_>) -> Outcome {
        match self {
            Self::Single(pool) => pool.run(activation).await,
            Self::Shared(commons) => commons.run(activation).await,
            Self::Workflow(flights) => Outcome::Answered(flights.run(activation).await),
        }
    }
}
