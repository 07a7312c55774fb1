//! Simulation: flights and clusters in virtual time, as discrete events.
//!
//! What decides in a simulated flight is the `Flight` machine of `raptor-core` itself, the one that
//! nodes run; only its surroundings are simulated.

mod agenda;
mod arrivals;
mod check;
pub(crate) mod cli;
mod cluster;
mod copies;
mod dice;
mod experiment;
pub(crate) mod flying;
mod known;
mod layout;
mod modulation;
mod page;
mod payoff;
mod scheduler;
mod settings;
pub(crate) mod solo;
mod sweep;
mod tally;
mod text;
mod trend;
mod workload;
