//! The other lives of a program: fork server, and node of an embedded cluster.

use std::process::exit;

use crate::local;

/// What a program that uses Raptor calls first thing in its `main`, before it starts a thread.
///
/// Raptor starts the running program anew, under other names: as the fork server of a node, and as
/// the nodes of a [`crate::LocalCluster`]. In such a process this function does not return; in
/// every other it returns at once.
pub fn node_main() {
    node_main_with(|| {});
}

/// As [`node_main`]; `setup` is called first in a process that becomes a node, for what is to be
/// installed once in a process: a subscriber of traces, a recorder of metrics.
pub fn node_main_with(setup: fn()) {
    raptor_sys::serve_if_asked();
    if local::is_node_process() {
        raptor_sys::ignore_broken_pipes();
        setup();
        exit(local::serve());
    }
}
