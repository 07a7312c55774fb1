//! Nodes with which there is no association at the moment, and what waits for them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use raptor_core::NodeId;

use super::PeerId;
use crate::link::{Hello, Outbox};
use crate::transport::AssociationId;

/// One of them.
pub(super) struct Absent {
    pub(super) address: SocketAddr,
    pub(super) outbox: Outbox,
    /// Who it is, if it was up before and is still held to be.
    pub(super) peer: Option<(PeerId, Hello)>,
    /// The association that is to bring it back.
    pub(super) dialing: Option<AssociationId>,
}

/// All of them, by name; and where nodes are that are not up.
#[derive(Default)]
pub(super) struct Absents {
    by_node: BTreeMap<NodeId, Absent>,
    addresses: BTreeMap<NodeId, SocketAddr>,
}

impl Absents {
    /// Remembers where a node is to be dialed; gives the association that was to bring it back from
    /// elsewhere.
    pub(super) fn introduce(&mut self, node: NodeId, address: SocketAddr) -> Option<AssociationId> {
        self.addresses.insert(node.clone(), address);
        let absent = self.by_node.get_mut(&node)?;
        let before = std::mem::replace(&mut absent.address, address);
        absent.dialing.take_if(|_| before != address)
    }

    /// A node that was introduced is somewhere else now.
    pub(super) fn follow(&mut self, node: &NodeId, address: SocketAddr) {
        if let Some(known) = self.addresses.get_mut(node) {
            *known = address;
        }
    }

    /// Whether an association is to bring anybody back.
    pub(super) fn is_awaited(&self, association: AssociationId) -> bool {
        let mut absents = self.by_node.values();
        absents.any(|absent| absent.dialing == Some(association))
    }

    /// Those whom an association was to bring back that has led to another node.
    pub(super) fn take_misled(
        &mut self,
        association: AssociationId,
        found: &NodeId,
    ) -> Vec<(NodeId, Absent)> {
        let is_misled = |node: &NodeId, absent: &mut Absent| {
            absent.dialing == Some(association) && node != found
        };
        let misled = self.by_node.extract_if(.., is_misled);
        misled.collect()
    }

    /// Forgets a node; gives what waited for it.
    pub(super) fn dismiss(&mut self, node: &NodeId) -> Option<Absent> {
        self.addresses.remove(node);
        self.by_node.remove(node)
    }

    /// A peer has parted.
    pub(super) fn part(&mut self, peer: PeerId, hello: Hello, outbox: Outbox) {
        let node = hello.record.node.clone();
        let address = self.addresses.get(&node).copied();
        let absent = Absent {
            address: address.unwrap_or(hello.address),
            outbox,
            peer: Some((peer, hello)),
            dialing: None,
        };
        self.by_node.insert(node, absent);
    }

    /// The node if it is absent, or was introduced and has not been dialed yet.
    pub(super) fn find(&mut self, node: &NodeId) -> Option<&mut Absent> {
        if !self.by_node.contains_key(node) {
            let absent = Absent {
                address: *self.addresses.get(node)?,
                outbox: Outbox::new(),
                peer: None,
                dialing: None,
            };
            self.by_node.insert(node.clone(), absent);
        }
        self.by_node.get_mut(node)
    }

    /// The node is back.
    pub(super) fn take(&mut self, node: &NodeId) -> Option<Absent> {
        self.by_node.remove(node)
    }

    /// Whoever an association was to bring back, which has ended without.
    pub(super) fn take_dialed_by(
        &mut self,
        association: AssociationId,
    ) -> Option<(NodeId, Absent)> {
        let is_dialed = |absent: &Absent| absent.dialing == Some(association);
        let (node, _) = self.by_node.iter().find(|(_, absent)| is_dialed(absent))?;
        let node = node.clone();
        let absent = self.by_node.remove(&node)?;
        Some((node, absent))
    }

    /// Another association is to bring back whoever this one was.
    pub(super) fn on_moved(&mut self, from: AssociationId, to: AssociationId) {
        for absent in self.by_node.values_mut() {
            if absent.dialing == Some(from) {
                absent.dialing = Some(to);
            }
        }
    }

    /// All of them, at the end.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = (NodeId, Absent)> + use<> {
        self.addresses.clear();
        std::mem::take(&mut self.by_node).into_iter()
    }
}
