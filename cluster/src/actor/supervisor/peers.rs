//! The peers of a node: who is up, and how they are written to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::membership::{Command, Event};
use raptor_core::supervision;
use raptor_core::{FlightId, NodeId, NodeRecord, Role};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::Supervisor;
use crate::actor::postmaster::PeerId;
use crate::actor::postmaster::{Deliver, Forget, Keep, Post};
use crate::envelope::Envelope;
use crate::link::Lane;
use crate::wire;

/// A seed whose name does not resolve may do so once its host is up.
const RESOLVE_INTERVAL: Duration = Duration::from_secs(1);

/// What is longer travels as bulk, so that the flight's other news do not wait for it: a function whose
/// value is short is preempted before a long one of the same flight has arrived. The order of news does
/// not matter.
const FLIGHT_LANE_BYTES_MAX: usize = 64 * 1024;

/// Who is at the other end of each association.
#[derive(Default)]
pub(super) struct Peers {
    peers: BTreeMap<PeerId, (NodeRecord, Role)>,
    watchers: Vec<mpsc::UnboundedSender<usize>>,
}

/// Which other nodes are up?
#[derive(Message)]
#[rtype(result = "Vec<NodeRecord>")]
pub(crate) struct PeersAsked;

/// Tell how many other nodes are up, now and whenever that changes.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct PeersWatched(pub(crate) mpsc::UnboundedSender<usize>);

/// Keep associations with the nodes at these addresses.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Meet(pub(crate) Vec<SocketAddr>);

impl Peers {
    pub(super) fn find(&self, peer: PeerId) -> Option<&(NodeRecord, Role)> {
        self.peers.get(&peer)
    }

    /// Everyone with whom an association is up, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = &(NodeRecord, Role)> {
        self.peers.values()
    }

    /// The nodes with which an association is up.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &NodeRecord> {
        let nodes = self.peers.values().filter(|(_, role)| *role == Role::Node);
        nodes.map(|(record, _)| record)
    }

    pub(super) fn enter(&mut self, peer: PeerId, record: NodeRecord, role: Role) {
        self.peers.insert(peer, (record, role));
    }

    pub(super) fn leave(&mut self, peer: PeerId) -> Option<(NodeRecord, Role)> {
        self.peers.remove(&peer)
    }
}

impl Supervisor {
    pub(super) fn membership_drive(&mut self, event: Event, ctx: &mut Context<Self>) {
        self.membership.handle(self.clock.now(), event);
        while let Some(command) = self.membership.poll_command() {
            self.membership_obey(command, ctx);
        }
    }

    fn membership_obey(&mut self, command: Command, ctx: &mut Context<Self>) {
        match command {
            Command::Keep { address } => self.keep(address, ctx),
            Command::Forget { address } => {
                if let Ok(address) = address.parse() {
                    self.services.postmaster.do_send(Forget { address });
                }
            }
            Command::Refuse { record, refusal } => {
                // The postmaster refuses both before they get here; should one come through, it is
                // never written to.
                warn!(node = %record.node, %refusal, "a node is refused");
            }
            Command::Up { record, load } => {
                info!(node = %record.node, zone = %record.zone, "a node is up");
                self.correspondence.on_node_known(&record.node);
                self.drive(supervision::Event::PeerUp { record, load }, ctx);
                self.tell_watchers();
            }
            Command::Changed { record, load } => {
                self.drive(supervision::Event::PeerChanged { record, load }, ctx);
            }
            Command::Down { record } => {
                info!(node = %record.node, zone = %record.zone, "a node is down");
                self.correspondence.on_node_lost(&record.node);
                self.drive(supervision::Event::PeerDown { record }, ctx);
                self.tell_watchers();
            }
        }
    }

    /// Keeps an association with whoever is at an address, which may be a name and a port.
    fn keep(&self, address: String, ctx: &mut Context<Self>) {
        if let Ok(address) = address.parse() {
            return self.services.postmaster.do_send(Keep { address });
        }
        let resolve = async move {
            loop {
                let found = tokio::net::lookup_host(&address)
                    .await
                    .map(|mut all| all.next());
                match found {
                    Ok(Some(found)) => return found,
                    Ok(None) => warn!(%address, "a seed has no address"),
                    Err(error) => warn!(%address, %error, "a seed's name cannot be resolved"),
                }
                tokio::time::sleep(RESOLVE_INTERVAL).await;
            }
        };
        ctx.spawn(resolve.into_actor(self).map(|address, supervisor, _| {
            supervisor.services.postmaster.do_send(Keep { address });
        }));
    }

    fn tell_watchers(&mut self) {
        let count = self.membership.up().count();
        self.peers
            .watchers
            .retain(|watcher| watcher.send(count).is_ok());
    }

    /// Posts an envelope of a flight to a node. If no association with it is up, nobody hears it:
    /// whoever waits for the node is told that it is down, and tells it everything once it is up.
    pub(super) fn post(&self, node: &NodeId, flight: FlightId, envelope: &Envelope) {
        self.post_bytes(node, flight, wire::encode(envelope));
    }

    /// As [`post`](Self::post). A node that does not take it is cut off: it must not fly on without
    /// knowing what it has missed.
    pub(super) fn post_bytes(&self, node: &NodeId, flight: FlightId, envelope: Bytes) {
        let lane = if envelope.len() <= FLIGHT_LANE_BYTES_MAX {
            Lane::Flight(flight.0)
        } else {
            Lane::Bulk
        };
        self.services
            .postmaster
            .do_send(Deliver(Post::new(node.clone(), lane, envelope)));
    }

    /// Posts an envelope that belongs to no flight.
    pub(super) fn post_control(&self, node: &NodeId, envelope: &Envelope) {
        let envelope = wire::encode(envelope);
        self.services
            .postmaster
            .do_send(Post::new(node.clone(), Lane::Control, envelope));
    }

    /// Posts an envelope to whoever is at the other end of an association; code as bulk.
    pub(super) fn post_peer(&self, peer: PeerId, envelope: &Envelope) {
        let lane = match envelope {
            Envelope::Bundle { .. } => Lane::Bulk,
            _ => Lane::Control,
        };
        let envelope = wire::encode(envelope);
        self.services
            .postmaster
            .do_send(Post::new(peer, lane, envelope));
    }
}

impl Handler<PeersAsked> for Supervisor {
    type Result = Vec<NodeRecord>;

    fn handle(&mut self, _: PeersAsked, _: &mut Self::Context) -> Self::Result {
        self.membership
            .up()
            .map(|(record, _)| record.clone())
            .collect()
    }
}

impl Handler<PeersWatched> for Supervisor {
    type Result = ();

    fn handle(&mut self, PeersWatched(watcher): PeersWatched, _: &mut Self::Context) {
        self.peers.watchers.push(watcher);
        self.tell_watchers();
    }
}

impl Handler<Meet> for Supervisor {
    type Result = ();

    fn handle(&mut self, Meet(addresses): Meet, _: &mut Self::Context) {
        for address in addresses {
            self.services.postmaster.do_send(Keep { address });
        }
    }
}
