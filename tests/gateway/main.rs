//! OpenWhisk's REST interface of real node processes, by a plain HTTP client that opens a
//! connection per request.
//!
//! Each module is a table of OpenWhisk's contract.

mod actions;
mod activations;
mod cluster;
mod code;
mod common;
mod compositions;
mod gateway;
mod health;
mod http;
mod invoking;
mod namespaces;
mod packages;
mod sequences;
#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests of nodes use all of it, these a part"
)]
mod support;

/// This program may be started anew as a fork server, since it links the library.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
}
