//! Whole clusters in virtual time, from a seed: who finds whom, who is missed, and who is not.
//!
//! A [`World`](world::World) runs the membership of every node over a network that delays and loses
//! packets, is cut in parts and heals, and on machines that stop and go on. Associations are what
//! the postmaster makes of SCTP's: they begin when something is sent, end without a word when they
//! are idle, and break when a packet meets a host on which nobody listens, or after seconds of
//! silence.
//!
//! `RAPTOR_SEEDS=1000 cargo test --release -p raptor-core --test membership` tries so many seeds in
//! each test that tries some.

mod codec;
mod convergence;
mod death;
mod falsehood;
mod healing;
mod moving;
mod node;
#[path = "../simulation/prng.rs"]
#[expect(dead_code, reason = "flights draw more than clusters do")]
mod prng;
mod world;

/// The seeds of a test that tries `count` of them.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("RAPTOR_SEEDS").map(|count| count.parse());
    0..asked.map_or(count, |count| count.expect("RAPTOR_SEEDS is a number"))
}
