//! Real node processes on loopback: flights, the command line, and clusters of nodes started by
//! hand.

mod cluster;
mod flight;
mod program;
#[path = "../support/mod.rs"]
mod support;

/// This program is also the nodes of its local clusters, their fork servers, and what an `exec`
/// calls `raptor`, which is the node's own program. The test harness has a `main` of its own, so
/// these roles are played before it.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
    support::be_a_function_if_asked();
}
