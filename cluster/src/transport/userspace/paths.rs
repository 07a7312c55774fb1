//! Which association a packet belongs to: by where it came from, and by its SCTP ports.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;

use super::association::Ports;
use crate::transport::AssociationId;

/// The ports of associations that are begun beside another one with the same address: those that
/// nobody has registered (RFC 6335, section 6).
const FIRST_PORT: u16 = 49_152;
const PORTS: u16 = u16::MAX - FIRST_PORT + 1;

/// The associations by their peers' addresses. There is usually one with each.
pub(super) struct Paths {
    by_address: HashMap<SocketAddr, Vec<(Ports, AssociationId)>>,
    /// Counts the ports that were given out: one that was is not given out again for long, so that
    /// no late packet of one association gets to another. It begins anywhere, so that a process
    /// that starts anew does not begin with those of its last life.
    given: u16,
}

impl Paths {
    pub(super) fn new() -> Self {
        Self {
            by_address: HashMap::new(),
            given: (RandomState::new().hash_one(FIRST_PORT) % u64::from(PORTS)) as u16,
        }
    }

    pub(super) fn insert(&mut self, peer: SocketAddr, ports: Ports, id: AssociationId) {
        self.by_address.entry(peer).or_default().push((ports, id));
    }

    pub(super) fn remove(&mut self, peer: SocketAddr, id: AssociationId) {
        if let Some(paths) = self.by_address.get_mut(&peer) {
            paths.retain(|(_, other)| *other != id);
            if paths.is_empty() {
                self.by_address.remove(&peer);
            }
        }
    }

    pub(super) fn find(&self, peer: SocketAddr, ports: Ports) -> Option<AssociationId> {
        let mut paths = self.at(peer);
        Some(paths.find(|(known, _)| *known == ports)?.1)
    }

    /// Whether there is any with that address.
    pub(super) fn leads_to(&self, peer: SocketAddr) -> bool {
        self.by_address.contains_key(&peer)
    }

    /// All with that address.
    pub(super) fn all(&self, peer: SocketAddr) -> Vec<AssociationId> {
        self.at(peer).map(|(_, id)| *id).collect()
    }

    /// A port of ours for one more association with that address, at its port `remote`.
    pub(super) fn free_port(&mut self, peer: SocketAddr, remote: u16) -> u16 {
        loop {
            self.given = (self.given + 1) % PORTS;
            let local = FIRST_PORT + self.given;
            // Far fewer associations may be than there are ports.
            if self.find(peer, Ports { local, remote }).is_none() {
                return local;
            }
        }
    }

    fn at(&self, peer: SocketAddr) -> impl Iterator<Item = &(Ports, AssociationId)> {
        self.by_address.get(&peer).into_iter().flatten()
    }
}
