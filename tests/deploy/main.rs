//! What `deploy/` has for running Raptor beyond one machine, held against the programs that it is
//! written for and run as they would run it.
//!
//! Needs kubectl and Python with venv (gate `kubernetes`; Debian: kubernetes-client, python3-venv),
//! and systemd-analyze and setpriv (gate `systemd`; Debian: systemd, util-linux).

mod kubernetes;
mod kustomization;
mod page;
mod pod;
#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests of nodes use all of it, these a part"
)]
mod support;
mod systemd;
mod unit;

/// This program may be started anew as a fork server, since it links the library.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
}
