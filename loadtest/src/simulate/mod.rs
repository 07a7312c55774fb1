//! Simulation: flights and clusters in virtual time, as discrete events.
//!
//! What decides in a simulated flight is the `Flight` machine of `raptor-core` itself, the one that
//! nodes run; only its surroundings are simulated.
//!
//! | where | what |
//! | --- | --- |
//! | [`solo`] | one workflow that has its nodes for itself |
//! | [`cluster`] | whole clusters: servers with queues, zones, arrivals, schedulers |
//! | [`sweep`] | a cluster at one load after the other, and where redundancy stops to pay |
//! | [`check`] | the simulation beside what queueing theory knows in closed form |

mod agenda;
pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod flying;
pub(crate) mod solo;
pub(crate) mod sweep;
