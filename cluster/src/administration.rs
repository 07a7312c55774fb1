//! What administrators ask of a node, and what they are told.

use std::net::SocketAddr;

use raptor_core::membership::Load;
use raptor_core::{NodeRecord, Role};

use crate::transport::shaping::Shaping;

/// What an administrator wants of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell how you are.
    TellStatus,
    /// Tell what you do to packets.
    TellShaping,
    /// Do this to packets from now on, and tell.
    Shape(Shaping),
}

/// What an administrator is told. Every order is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// How the node is.
    Status(Box<Status>),
    /// What the node does to packets now.
    Shaping(Shaping),
    /// Nothing was done: why.
    Refused(String),
}

/// How a node is, by its own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Who it is.
    pub record: NodeRecord,
    /// Where its peers reach it.
    pub address: SocketAddr,
    /// How busy it is.
    pub load: Load,
    /// The other nodes that it knows, in the order of their names.
    pub members: Vec<MemberStatus>,
    /// Who is linked with it, in the order in which they came.
    pub peers: Vec<PeerStatus>,
    /// How many associations it has, also with those who have not said who they are.
    pub associations: u32,
    /// What it does to packets.
    pub shaping: Shaping,
}

/// A node of a node's cluster, as that one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStatus {
    /// Who it is.
    pub record: NodeRecord,
    /// Where its peers reach it, as it says.
    pub address: SocketAddr,
    /// Whether it is up. One that is down is known for `membership.memory`.
    pub is_up: bool,
}

/// A peer of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Who it is.
    pub record: NodeRecord,
    /// What it may ask for.
    pub role: Role,
}
