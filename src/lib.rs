//! What the program `raptor` is made of, and its tests share.

pub mod config;
pub mod runtime;
