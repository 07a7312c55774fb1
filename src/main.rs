//! The node: command line, configuration, telemetry.

fn main() {}
