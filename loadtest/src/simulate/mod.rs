//! Simulation: whole clusters in virtual time, as discrete events.
//!
//! What decides in a simulated flight is the machine that nodes run ([`crate::flying`]); only its
//! surroundings are simulated.
//!
//! | where | what |
//! | --- | --- |
//! | [`cluster`] | whole clusters: servers with queues, zones, arrivals, schedulers |
//! | [`sweep`] | a cluster at one load after the other, and where redundancy stops to pay |
//! | [`check`] | the simulation beside what queueing theory knows in closed form |

pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod sweep;
