//! Raptor as a library: a cluster of nodes that fly *flights*.
//!
//! A flight is the cooperative run of one action by N members on N nodes: each runs the same
//! functions from another start, finished results are shared over SCTP, and what any member has
//! finished is preempted on all others by POSIX signals. So a straggler, or a failure on one node,
//! costs nothing.
//!
//! | to | use |
//! | --- | --- |
//! | be a node, in this process | [`Node`] |
//! | have a cluster of node processes on this machine | [`LocalCluster`] |
//! | invoke actions on a cluster | [`Client`] |
//! | fly with nodes that share no key and no cluster | [`Node::lead`], [`Node::follow`] |
//! | send messages to actors of other nodes | [`remote`] |
//! | see how a node is, and shape what it sends in a testbed | [`Admin`] |
//!
//! A program that uses any of the first two calls [`node_main`] first thing in its `main`:
//!
//! ```standalone_crate
//! use raptor_cluster::{Answer, Bundle, Invocation, Node, NodeConfig};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     raptor_cluster::node_main();
//!     actix::System::new().block_on(async {
//!         let node = Node::start(NodeConfig::new("node-a".parse()?, "zone-a".parse()?)).await?;
//!         let action = Bundle::from_manifest(
//!             r#"{ "greet": { "depends": [], "exec": ["sh", "-c", "echo '{\"ok\":1}' >&3"] } }"#,
//!         )?;
//!         let mut activation = node.invoke(Invocation::new(action));
//!         let answer = activation.answer().await?;
//!         assert_eq!(answer, Answer::Landed(r#"{"greet":{"ok":1}}"#.into()));
//!         node.shutdown().await;
//!         Ok(())
//!     })
//! }
//! ```
//!
//! The example `embed` of the workspace is such a program, with three nodes and actors of its own.

// The tests run something before `main`, which is called unsafe.
#![cfg_attr(not(test), forbid(unsafe_code))]

mod activation;
pub mod actor;
mod admin;
mod administration;
mod answer;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
pub mod bundle;
mod client;
mod clock;
mod config;
mod entry;
mod envelope;
mod invocation;
pub mod launcher;
pub mod link;
mod local;
mod node;
pub mod observe;
mod patron;
mod record;
pub mod remote;
mod rendezvous;
pub mod security;
mod signal;
mod state_dir;
mod surroundings;
pub mod testing;
pub mod transport;
mod whereabouts;
mod wire;

/// The tests of this crate fork real processes: their program, too, is started anew. The harness has
/// a `main` of its own, so it heeds that before.
#[cfg(test)]
#[ctor::ctor(unsafe)]
fn before_main() {
    node_main();
}

pub use activation::{Activation, LeaderLost};
pub use admin::{Admin, AdminError};
pub use administration::{MemberStatus, PeerStatus, Status};
pub use answer::{ActivationEvent, Answer, MemberFault, Progress};
pub use bundle::{Bundle, MANIFEST_FILE};
pub use client::{Client, ClientConfig, ConnectError};
pub use config::{
    Advertise, Backend, Encapsulation, FlightConfig, KernelConfig, LimitConfig, MembershipConfig,
    NodeConfig, VALUE_BYTES_MAX,
};
pub use entry::{node_main, node_main_with};
pub use invocation::Invocation;
pub use local::{LOCAL_NODES_MAX, LocalCluster, LocalClusterError, LocalNode};
pub use node::{Courier, Node, StartError, WarmError};
pub use raptor_core::flight::{AttemptOutcome, Policy};
pub use raptor_core::manifest::Manifest;
pub use raptor_core::membership::{Census, Load};
pub use raptor_core::{
    AttemptId, ClusterName, Digest, Fault, FaultKind, FlightId, Incarnation, MemberIndex, NodeId,
    NodeRecord, Role, Signal, Stream, Zone,
};
pub use record::{AttemptLine, LogLine, MemberRecord, Record};
pub use rendezvous::{Followed, FollowedEnd, Following, Invitation, InvitationError};
pub use state_dir::StateDirError;
pub use transport::shaping::{Rule as ShapingRule, Shaping};
pub use whereabouts::NowhereError;
