//! Raptor inside a program of one's own.

fn main() {}
