//! Where to look for a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::Command;

/// The addresses at which there may be nodes that are not known yet.
///
/// Each is tried until a node that listens there is known; if that is forgotten, again.
#[derive(Debug)]
pub(super) struct Seeds {
    /// This node's own, which may be among them: so all nodes can have the same list.
    mine: SocketAddr,
    /// Those that are names and ports, such as a service's with one address per node, and what
    /// they stand for now.
    names: BTreeMap<String, Name>,
    /// Those that were given as addresses.
    plain: BTreeSet<SocketAddr>,
    kept: BTreeSet<SocketAddr>,
}

#[derive(Debug, Default)]
struct Name {
    addresses: BTreeSet<SocketAddr>,
    is_asked: bool,
}

impl Seeds {
    pub(super) fn new(mine: SocketAddr, seeds: Vec<String>) -> Self {
        let mut names = BTreeMap::new();
        let mut plain = BTreeSet::new();
        for seed in seeds {
            match seed.parse() {
                Ok(address) => drop(plain.insert(address)),
                Err(_) => drop(names.insert(seed, Name::default())),
            }
        }
        Self {
            mine,
            names,
            plain,
            kept: BTreeSet::new(),
        }
    }

    /// This node listens there from now on.
    pub(super) fn move_to(&mut self, mine: SocketAddr) {
        self.mine = mine;
    }

    /// More of them.
    pub(super) fn add(&mut self, addresses: Vec<SocketAddr>) {
        self.plain.extend(addresses);
    }

    /// Asks what the names stand for now, unless that is being found out.
    pub(super) fn resolve(&mut self) -> Vec<Command> {
        let ask = |(seed, name): (&String, &mut Name)| {
            let is_asked = std::mem::replace(&mut name.is_asked, true);
            (!is_asked).then(|| Command::Resolve { seed: seed.clone() })
        };
        self.names.iter_mut().filter_map(ask).collect()
    }

    /// What a name stands for. One that has no address now keeps those that it had.
    pub(super) fn on_resolved(&mut self, seed: &str, addresses: Vec<SocketAddr>) {
        if let Some(name) = self.names.get_mut(seed) {
            name.is_asked = false;
            if !addresses.is_empty() {
                name.addresses = addresses.into_iter().collect();
            }
        }
    }

    /// Tries those where nobody is known, and no others.
    pub(super) fn settle(&mut self, is_known: impl Fn(SocketAddr) -> bool) -> Vec<Command> {
        let named = self.names.values().flat_map(|name| &name.addresses);
        let wanted = self.plain.iter().chain(named).copied();
        let wanted: BTreeSet<_> = wanted
            .filter(|address| *address != self.mine && !is_known(*address))
            .collect();
        let forget = self.kept.difference(&wanted);
        let forget = forget.map(|&address| Command::Forget { address });
        let keep = wanted.difference(&self.kept);
        let keep = keep.map(|&address| Command::Keep { address });
        let commands = forget.chain(keep).collect();
        self.kept = wanted;
        commands
    }
}
