//! Which nodes are up, as one node sees it.
//!
//! This first version takes its cluster from a list of addresses, the seeds, and takes a node for
//! up exactly while there is an association with it. Rumours, suspicion and nodes that nobody
//! listed come with a gossip protocol behind the same events and commands.

mod command;
mod event;
mod load;

use std::collections::{BTreeMap, VecDeque};

pub use command::{Command, Refusal};
pub use event::Event;
pub use load::{Load, Pressure};

use crate::{Incarnation, Moment, NodeId, NodeRecord, Zone};

/// A node's view of its cluster.
#[derive(Debug)]
pub struct Membership {
    me: NodeRecord,
    seeds: Vec<String>,
    /// The nodes that were ever seen. Names are few: they stand in the configuration.
    peers: BTreeMap<NodeId, Peer>,
    commands: VecDeque<Command>,
}

/// A node in the latest life that was seen.
#[derive(Debug)]
struct Peer {
    record: NodeRecord,
    /// How busy it is, while it is up.
    load: Option<Load>,
}

impl Membership {
    /// The view of node `me`, which will look for others at the addresses `seeds`. Its own may be
    /// among them: so all nodes of a cluster can have the same list.
    pub const fn new(me: NodeRecord, seeds: Vec<String>) -> Self {
        Self {
            me,
            seeds,
            peers: BTreeMap::new(),
            commands: VecDeque::new(),
        }
    }

    /// Takes one event. Drain the commands before the next.
    ///
    /// # Panics
    ///
    /// If the commands of the last event were not drained: a bug of the caller.
    pub fn handle(&mut self, _now: Moment, event: Event) {
        assert!(
            self.commands.is_empty(),
            "drain the commands before the next event"
        );
        match event {
            Event::Begun => self.on_begun(),
            Event::Linked { record, address } => self.on_linked(record, address),
            Event::Unlinked { record } => self.on_unlinked(&record),
            Event::LoadHeard { record, load } => self.on_load_heard(&record, load),
        }
    }

    /// What to do next, until `None`.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// Never: this version waits for no time.
    pub const fn poll_timeout(&self) -> Option<Moment> {
        None
    }

    /// This node.
    pub const fn me(&self) -> &NodeRecord {
        &self.me
    }

    /// The nodes that are up and how busy each is, in the order of their names, without this one.
    pub fn up(&self) -> impl Iterator<Item = (&NodeRecord, Load)> {
        let peers = self.peers.values();
        peers.filter_map(|peer| Some((&peer.record, peer.load?)))
    }

    /// The nodes that are up in `zone`, without this one.
    pub fn up_in(&self, zone: &Zone) -> impl Iterator<Item = &NodeRecord> {
        let records = self.up().map(|(record, _)| record);
        records.filter(move |record| record.zone == *zone)
    }

    /// The latest life of a node that was seen, whether it is up or not.
    pub fn incarnation(&self, node: &NodeId) -> Option<Incarnation> {
        Some(self.peers.get(node)?.record.incarnation)
    }

    fn on_begun(&mut self) {
        let addresses = self.seeds.iter().cloned();
        let keep = addresses.map(|address| Command::Keep { address });
        self.commands.extend(keep);
    }

    fn on_linked(&mut self, record: NodeRecord, address: Option<String>) {
        if record == self.me {
            // A seed turned out to be this node itself.
            let forget = address.map(|address| Command::Forget { address });
            return self.commands.extend(forget);
        }
        if let Err(refusal) = self.check(&record) {
            return self.commands.push_back(Command::Refuse { record, refusal });
        }
        let load = Load::default();
        let peer = Peer {
            record: record.clone(),
            load: Some(load),
        };
        match self.peers.insert(record.node.clone(), peer) {
            // A second association with a life that is up: there is no news in it.
            Some(Peer {
                record: known,
                load: Some(load),
            }) if known == record => self.learn(&record.node, load),
            Some(Peer {
                record: known,
                load: Some(_),
            }) => {
                self.commands.push_back(Command::Down { record: known });
                self.commands.push_back(Command::Up { record, load });
            }
            Some(Peer { load: None, .. }) | None => {
                self.commands.push_back(Command::Up { record, load });
            }
        }
    }

    fn on_unlinked(&mut self, record: &NodeRecord) {
        // What ends may be a former life, whose successor is up.
        if let Some(peer) = self.peers.get_mut(&record.node)
            && peer.record == *record
            && peer.load.take().is_some()
        {
            let record = record.clone();
            self.commands.push_back(Command::Down { record });
        }
    }

    fn on_load_heard(&mut self, record: &NodeRecord, load: Load) {
        if let Some(peer) = self.peers.get(&record.node)
            && peer.record == *record
            && peer.load.is_some_and(|known| known != load)
        {
            self.learn(&record.node, load);
            let record = record.clone();
            self.commands.push_back(Command::Changed { record, load });
        }
    }

    fn check(&self, record: &NodeRecord) -> Result<(), Refusal> {
        if record.node == self.me.node {
            return Err(Refusal::Namesake);
        }
        match self.incarnation(&record.node) {
            Some(known) if record.incarnation < known => Err(Refusal::Outdated { known }),
            Some(_) | None => Ok(()),
        }
    }

    fn learn(&mut self, node: &NodeId, load: Load) {
        if let Some(peer) = self.peers.get_mut(node) {
            peer.load = Some(load);
        }
    }
}

#[cfg(test)]
mod tests;
