//! Flights of a node in this process, with real interpreters.

mod in_place;
mod logs;
mod stage;
mod warm;

/// This program is also the fork server of its nodes. The test harness has a `main` of its own.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
}
