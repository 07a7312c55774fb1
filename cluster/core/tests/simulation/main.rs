//! Whole flights on one thread, in virtual time, from a seed.
//!
//! A [`World`](world::World) flies one [`Plan`](plan::Plan): a member per node, links that delay,
//! lose and heal, processes that take their time, fail, or give a value just after they were told
//! to stop. After every event the [`Invariant`](invariant::Invariant)s are checked; once nothing
//! happens any more, that the flight settled in time and all agree.
//!
//! A seed is a flight: `RAPTOR_SEED=7 cargo test -p raptor-core --test simulation NAME` flies that
//! one alone, and prints its history; `RAPTOR_FLIGHTS=100000` flies that many of each theme.
//!
//! The world itself is put to the test by members with planted bugs: each must break the invariant
//! that is there for it, and each invariant must catch one.

mod aftermath;
mod agenda;
mod executor;
mod history;
mod invariant;
mod judge;
mod law;
mod ledger;
mod mark;
mod mutant;
mod network;
mod part;
mod pilot;
mod plan;
mod prng;
mod safety;
mod search;
mod shell;
mod theme;
mod world;
