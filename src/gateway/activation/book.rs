//! The activations that a node remembers, and how those of others are found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use raptor_cluster::remote::RemoteRecipient;
use tokio::sync::watch;

use super::message::{RecordAsked, RecordCopied, RowsAsked};
use super::{ActivationId, Query, Record, Row};
use crate::gateway::meter;
use crate::gateway::peers::Peers;
use crate::gateway::store::lock;

/// How long the other nodes have to say what they know of activations.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the logs of an activation that has ended are waited for: the members of its flight say
/// their last words within `flight.debrief_timeout`.
const CLOSING_TIMEOUT: Duration = Duration::from_millis(1_500);

/// A record that is longer stays on one node: it must fit into one message.
const COPY_BYTES_MAX: usize = 15 << 20;

/// The activations that a node remembers.
pub(crate) struct Book {
    shelf: Mutex<Shelf>,
    /// Activations whose result is known and whose record is not.
    closing: watch::Sender<BTreeSet<ActivationId>>,
    peers: Peers,
}

/// The records, with those that came first going first.
struct Shelf {
    records: BTreeMap<ActivationId, Arc<Record>>,
    order: VecDeque<ActivationId>,
    bytes: usize,
    count_max: usize,
    bytes_max: usize,
}

impl Book {
    pub(crate) fn new(count_max: usize, bytes_max: usize, peers: Peers) -> Self {
        let shelf = Shelf {
            records: BTreeMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            count_max,
            bytes_max,
        };
        Self {
            shelf: Mutex::new(shelf),
            closing: watch::Sender::new(BTreeSet::new()),
            peers,
        }
    }

    /// An activation has ended: whoever asks for it waits until it is written, for a moment.
    pub(crate) fn announce(&self, id: &ActivationId) {
        self.closing.send_modify(|closing| {
            closing.insert(id.clone());
        });
    }

    /// Writes an activation down, here and on another node.
    pub(crate) fn write(&self, record: Record) {
        let id = record.id.clone();
        meter::on_ended(record.response.status);
        self.copy(&record);
        self.keep(record);
        self.closing.send_modify(|closing| {
            closing.remove(&id);
        });
    }

    /// Keeps the record of another node.
    pub(crate) fn keep(&self, record: Record) {
        lock(&self.shelf).put(record);
    }

    /// The record of an activation of this node.
    pub(crate) async fn own(&self, namespace: &str, id: &ActivationId) -> Option<Arc<Record>> {
        let is_closing = |closing: &BTreeSet<ActivationId>| closing.contains(id);
        if is_closing(&self.closing.borrow()) {
            self.closed(|closing| !is_closing(closing)).await;
        }
        let found = lock(&self.shelf).records.get(id).cloned();
        found.filter(|record| record.namespace == namespace)
    }

    /// The record of an activation, wherever it was led.
    pub(crate) async fn find(&self, namespace: &str, id: &ActivationId) -> Option<Arc<Record>> {
        if let Some(record) = self.own(namespace, id).await {
            return Some(record);
        }
        let asked = Arc::new(RecordAsked {
            namespace: namespace.to_owned(),
            id: id.clone(),
        });
        let ask = |other: RemoteRecipient<RecordAsked>| {
            let asked = Arc::clone(&asked);
            async move { other.ask(&asked, ASK_TIMEOUT).await.ok().flatten() }
        };
        let found = self.peers.ask_all(ask).await;
        let records = found
            .iter()
            .filter_map(|json| serde_json::from_str(json).ok());
        records.map(Arc::new).next()
    }

    /// The first `count` lines of a list, of this node's activations.
    pub(crate) async fn own_rows(&self, query: &Query, count: usize) -> Vec<Row> {
        self.closed(BTreeSet::is_empty).await;
        let records: Vec<_> = {
            let shelf = lock(&self.shelf);
            let records = shelf.records.values();
            records
                .filter(|record| query.takes(record))
                .cloned()
                .collect()
        };
        let rows = records.iter().map(|record| Row {
            start: record.start,
            id: record.id.clone(),
            summary: record.summary().to_string(),
        });
        newest(rows, count)
    }

    /// The first `count` lines of a list, of all nodes' activations.
    pub(crate) async fn rows(&self, query: &Query, count: usize) -> Vec<Row> {
        let asked = Arc::new(RowsAsked {
            query: query.clone(),
            count: count as u64,
        });
        let ask = |other: RemoteRecipient<RowsAsked>| {
            let asked = Arc::clone(&asked);
            async move { other.ask(&asked, ASK_TIMEOUT).await.ok() }
        };
        let (own, others) = tokio::join!(self.own_rows(query, count), self.peers.ask_all(ask));
        newest(own.into_iter().chain(others.into_iter().flatten()), count)
    }

    /// Waits for a moment until so much is written.
    async fn closed(&self, is_done: impl FnMut(&BTreeSet<ActivationId>) -> bool) {
        let mut closing = self.closing.subscribe();
        // If it takes longer, what is there now is what is shown.
        let _ = tokio::time::timeout(CLOSING_TIMEOUT, closing.wait_for(is_done)).await;
    }

    /// Tells one other node, another for each activation.
    fn copy(&self, record: &Record) {
        let others = self.peers.all::<RecordCopied>();
        if others.is_empty() || record.bytes() > COPY_BYTES_MAX {
            return;
        }
        let first = record.id.as_str().bytes().map(usize::from).sum::<usize>() % others.len();
        let json = serde_json::to_string(record).expect("a record's keys are texts");
        let copied = RecordCopied { record: json };
        let (before, after) = others.split_at(first);
        // The first that takes it.
        let told = after
            .iter()
            .chain(before)
            .any(|other| other.tell(&copied).is_ok());
        if !told {
            let activation = &record.id;
            tracing::warn!(%activation, "no other node has the record of an activation");
        }
    }
}

/// The first lines of several lists.
fn newest(rows: impl Iterator<Item = Row>, count: usize) -> Vec<Row> {
    let rows: BTreeSet<Row> = rows.collect();
    let mut rows: Vec<Row> = rows.into_iter().rev().collect();
    // Two nodes may have it.
    rows.dedup_by(|a, b| a.id == b.id);
    rows.truncate(count);
    rows
}

impl Shelf {
    fn put(&mut self, record: Record) {
        let id = record.id.clone();
        self.bytes += record.bytes();
        match self.records.insert(id.clone(), Arc::new(record)) {
            Some(before) => self.bytes -= before.bytes(),
            None => self.order.push_back(id),
        }
        while self.records.len() > self.count_max || self.bytes > self.bytes_max {
            let Some(gone) = self
                .order
                .pop_front()
                .and_then(|id| self.records.remove(&id))
            else {
                return;
            };
            self.bytes -= gone.bytes();
        }
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
