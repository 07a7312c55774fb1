//! What runs activations.

use super::pool::Pool;
use super::{Activation, Outcome};
use crate::runtime::flight::Flights;

/// What an initialized action runs on. There is one for each form of
/// [`crate::runtime::code::Code`].
pub(crate) enum Runner {
    /// Processes of one function.
    Single(Pool),
    /// Nodes that fly several.
    Workflow(Box<Flights>),
}

impl Runner {
    /// Runs an activation to its end. If the future is dropped, what it runs on is ended.
    pub(crate) async fn run(&self, activation: &Activation<'_>) -> Outcome {
        match self {
            Self::Single(pool) => pool.run(activation).await,
            Self::Workflow(flights) => Outcome::Answered(flights.run(activation).await),
        }
    }
}
