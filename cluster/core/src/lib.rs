//! Raptor's state machines: events in, commands out.
//!
//! Every machine here has the same three ways in and out: `handle(now, event)`, `poll_command()`
//! until it is `None`, and `poll_timeout()` for the moment at which it wants a `Tick`. There is no
//! clock, no chance, no input or output and no thread: time, seeds and identities are arguments,
//! so a run replays exactly.
//!
//! | machine | one per | decides |
//! | --- | --- | --- |
//! | [`flight::Flight`] | member and flight | what to launch, tell and preempt; when it is over |
//! | [`attempt::Attempt`] | OS process | when to launch, signal, report and reap |
//! | [`membership::Membership`] | node | which nodes are up, where, and how busy |
//! | [`supervision::Supervision`] | node | which flights to admit, whom to recruit, what may run |
//! | [`warming::Warming`] | node | which processes wait, started ahead |

#![forbid(unsafe_code)]

// So that its own tests can share files with those in `tests/`.
#[cfg(test)]
extern crate self as raptor_core;

pub mod attempt;
pub mod flight;
mod id;
mod log;
pub mod manifest;
pub mod membership;
mod outcome;
pub mod supervision;
mod time;
mod value;
pub mod warming;

pub use id::{
    AttemptId, ClusterName, FlightId, FunctionIndex, Incarnation, MemberIndex, NameError, NodeId,
    NodeRecord, Role, Zone,
};
pub use log::{FOLLOWER_LOG_BYTES_MAX, LogLine, MEMBER_LOG_BYTES_MAX, Stream};
pub use outcome::{Ending, FAULT_LOG_BYTES_MAX, Fault, FaultKind, Signal};
pub use time::Moment;
pub use value::{Digest, Value};
