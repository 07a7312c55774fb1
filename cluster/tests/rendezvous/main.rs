//! Flights whose followers come by themselves: real nodes with real processes, which share no key
//! and no cluster, but an invitation.

mod ends;
mod frozen;
mod mesh;
mod party;
mod seats;
mod together;

/// This program is also the fork server of its nodes, and a node in a process of its own. The test
/// harness has a `main` of its own.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
    frozen::be_far_if_asked();
}
