//! The actors: thin shells around machines, all on the one thread of their node.

pub mod postmaster;
