//! The actors of a node. Each owns one machine of `raptor-core`, hands it what happened, and does
//! what it commands; none decides anything about flights.
//!
//! All actors of a node run on one thread: a message between two of them costs well under a
//! microsecond, between two threads a wake-up of 40.

mod alarm;
mod caller;
mod coordinator;
mod executor;
pub mod postmaster;
mod supervisor;
mod warm_pool;

pub(crate) use caller::{Abandon, Administer, Caller, Leave, Request};
pub(crate) use postmaster::{Deliver, Post, Postmaster, PostmasterConfig, TRANSPORT_METRICS};
pub(crate) use supervisor::{
    Cancel, CensusAsked, DeclineSeat, Drain, LocalFollow, LocalInvoke, Meet, PeersAsked,
    PeersWatched, Silence, Supervisor, Warm,
};
pub(crate) use warm_pool::WarmPool;
