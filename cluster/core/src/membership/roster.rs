//! Who is known, and how it stands with each.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Command, Identity, LoadReport, Parting};
use crate::{Moment, NodeId, NodeRecord};

/// A node that did not answer so often in a row cannot be reached. One handshake in a thousand fails
/// where one packet in twenty is lost.
const MISSES_MAX: u8 = 2;

/// The nodes that are known, by name, each in its latest life; without this one.
#[derive(Debug, Default)]
pub(super) struct Roster(BTreeMap<NodeId, Standing>);

/// How it stands with a node.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) identity: Identity,
    /// Whether the cluster holds it for up.
    pub(super) is_active: bool,
    pub(super) link: Link,
    /// How often in a row it was dialed and did not answer.
    pub(super) misses: u8,
    pub(super) load: LoadReport,
    /// Whether supervision was told that it is up.
    is_up: bool,
    /// Since when the cluster does not hold it for up, if it does not.
    pub(super) down_since: Option<Moment>,
}

/// The association with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// There was none with this life.
    Never,
    /// It is there, or was and can be begun again.
    Up,
    /// It is over.
    Over(Parting),
}

impl Standing {
    const fn new(identity: Identity, now: Moment) -> Self {
        Self {
            identity,
            is_active: false,
            link: Link::Never,
            misses: 0,
            load: LoadReport {
                number: 0,
                load: super::Load::NONE,
            },
            is_up: false,
            down_since: Some(now),
        }
    }

    pub(super) const fn record(&self) -> &NodeRecord {
        &self.identity.record
    }

    pub(super) const fn is_up(&self) -> bool {
        self.is_up
    }

    /// What is to be told of it now, if that has changed.
    pub(super) fn settle(&mut self) -> Option<Command> {
        let record = self.record().clone();
        let load = self.load.load;
        let should_be_up = self.is_active && self.misses < MISSES_MAX;
        match (self.is_up, should_be_up) {
            (false, true) => {
                self.is_up = true;
                Some(Command::Up { record, load })
            }
            (true, false) => {
                self.is_up = false;
                Some(Command::Down { record })
            }
            (true, true) | (false, false) => None,
        }
    }

    /// It tells its load, maybe by way of others, who may be late with it.
    pub(super) fn learn(&mut self, report: LoadReport) -> Option<Command> {
        if report.number <= self.load.number {
            return None;
        }
        let is_news = self.load.load != report.load;
        self.load = report;
        let record = self.record().clone();
        let load = report.load;
        (self.is_up && is_news).then_some(Command::Changed { record, load })
    }
}

impl Roster {
    pub(super) fn get(&self, node: &NodeId) -> Option<&Standing> {
        self.0.get(node)
    }

    pub(super) fn get_mut(&mut self, node: &NodeId) -> Option<&mut Standing> {
        self.0.get_mut(node)
    }

    /// How it stands with this life of a node.
    pub(super) fn life(&mut self, record: &NodeRecord) -> Option<&mut Standing> {
        let standing = self.0.get_mut(&record.node)?;
        (standing.record() == record).then_some(standing)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Standing> {
        self.0.values()
    }

    pub(super) fn enter(&mut self, identity: Identity, now: Moment) {
        let node = identity.record.node.clone();
        self.0.insert(node, Standing::new(identity, now));
    }

    pub(super) fn remove(&mut self, node: &NodeId) -> Option<Standing> {
        self.0.remove(node)
    }

    pub(super) fn is_at(&self, address: SocketAddr) -> bool {
        self.all().any(|known| known.identity.address == address)
    }
}
