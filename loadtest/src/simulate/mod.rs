//! Simulation: flights and clusters in virtual time, as discrete events.
//!
//! What decides in a simulated flight is the `Flight` machine of `raptor-core` itself, the one that
//! nodes run; only its surroundings are simulated.

mod agenda;
mod flying;
pub(crate) mod solo;
