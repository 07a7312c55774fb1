//! Load tests and benchmarks.

fn main() {}
