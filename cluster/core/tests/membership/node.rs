//! One node of the world.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use raptor_core::membership::{Event, Identity, Membership, Notice, Terms};
use raptor_core::{Incarnation, NodeId, NodeRecord};

use crate::codec::Plain;

/// What became of a node's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Running,
    /// It does nothing, and its packets wait for it.
    Stopped,
    /// Its process is gone: its host says that nobody listens.
    Killed,
    /// Its host is gone: nobody says anything.
    Vanished,
}

/// A node, its machine and what it has told.
pub(crate) struct Node {
    pub(crate) machine: Membership<Plain>,
    pub(crate) record: NodeRecord,
    pub(crate) address: SocketAddr,
    /// How often it has moved.
    pub(crate) moved: u32,
    pub(crate) condition: Condition,
    /// What came while it was stopped.
    pub(crate) inbox: Vec<Event>,
    /// Its timer was set so often: only the last one rings.
    pub(crate) settings: u32,
    /// The addresses that it keeps associations with, and how often each failed in a row.
    pub(crate) kept: BTreeMap<SocketAddr, u32>,
    /// Which nodes it holds for up, in which life.
    pub(crate) up: BTreeMap<NodeId, NodeRecord>,
    /// Where it takes others to be.
    pub(crate) introduced: BTreeMap<NodeRecord, SocketAddr>,
    /// What it told of others, and when.
    pub(crate) told: Vec<(u64, Told)>,
    pub(crate) bytes_sent: u64,
    pub(crate) packets_sent: u64,
    pub(crate) notices: Vec<Notice>,
}

/// What a node told of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Up(NodeRecord),
    Down(NodeRecord),
    Relinked(NodeRecord),
}

/// The name of a place.
pub(crate) fn name(place: usize) -> NodeId {
    format!("node-{place:03}").parse().expect("a name")
}

/// The address of a place.
pub(crate) fn address(place: usize) -> SocketAddr {
    let [high, low] = u16::try_from(place).expect("few nodes").to_be_bytes();
    SocketAddr::from(([10, 0, high, low], 9899))
}

impl Node {
    pub(crate) fn new(place: usize, life: u64, seeds: &[String], seed: u64) -> Self {
        let record = NodeRecord {
            node: name(place),
            zone: format!("zone-{}", place % 3).parse().expect("a name"),
            incarnation: Incarnation(life),
        };
        let address = address(place);
        let me = Identity::new(record.clone(), address);
        Self {
            machine: Membership::new(me, seeds.to_vec(), Terms::default(), seed, Plain),
            record,
            address,
            moved: 0,
            condition: Condition::Running,
            inbox: Vec::new(),
            settings: 0,
            kept: BTreeMap::new(),
            up: BTreeMap::new(),
            introduced: BTreeMap::new(),
            told: Vec::new(),
            bytes_sent: 0,
            packets_sent: 0,
            notices: Vec::new(),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.condition == Condition::Running
    }

    /// When it first told that this node is down, after `since`.
    pub(crate) fn missed(&self, record: &NodeRecord, since: u64) -> Option<u64> {
        let mut told = self.told.iter();
        let is_it = |(at, told): &&(u64, Told)| {
            *at >= since && matches!(told, Told::Down(down) if down == record)
        };
        told.find(is_it).map(|(at, _)| *at)
    }

    /// Whom it ever told to be down.
    pub(crate) fn downs(&self) -> Vec<(u64, NodeRecord)> {
        let downs = self.told.iter().filter_map(|(at, told)| match told {
            Told::Down(record) => Some((*at, record.clone())),
            Told::Up(_) | Told::Relinked(_) => None,
        });
        downs.collect()
    }
}
