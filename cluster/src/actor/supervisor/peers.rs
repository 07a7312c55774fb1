//! The peers of a node: who is up, and how they are written to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::membership::{Census, Command, Event, Load, LoadReport};
use raptor_core::supervision;
use raptor_core::{FlightId, NodeId, NodeRecord, Role, Zone};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::Supervisor;
use crate::actor::postmaster::PeerId;
use crate::actor::postmaster::{Deliver, Destination, Dismiss, Forget, Introduce, Keep, Post};
use crate::envelope::Envelope;
use crate::link::Lane;
use crate::observe;
use crate::wire;

/// Gossip that is older says nothing any more: whoever sent it has judged without an answer.
const GOSSIP_LIFETIME: Duration = Duration::from_secs(1);

/// What is longer travels as bulk, so that the flight's other news do not wait for it: a function whose
/// value is short is preempted before a long one of the same flight has arrived. The order of news does
/// not matter.
const FLIGHT_LANE_BYTES_MAX: usize = 64 * 1024;

/// Who is at the other end of each association.
#[derive(Default)]
pub(super) struct Peers {
    peers: BTreeMap<PeerId, (NodeRecord, Role)>,
    watchers: Vec<mpsc::UnboundedSender<usize>>,
    /// How many nodes are up in each zone of which one was.
    up_by_zone: BTreeMap<Zone, usize>,
}

/// Which other nodes are up?
#[derive(Message)]
#[rtype(result = "Vec<NodeRecord>")]
pub(crate) struct PeersAsked;

/// How many other nodes are known, and how many of them are up?
#[derive(Message)]
#[rtype(result = "Census")]
pub(crate) struct CensusAsked;

/// Tell how many other nodes are up, now and whenever that changes.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct PeersWatched(pub(crate) mpsc::UnboundedSender<usize>);

/// There may be nodes at these addresses.
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
        // What supervision makes of one may be news for the membership: it must be drained before.
        let commands: Vec<_> = std::iter::from_fn(|| self.membership.poll_command()).collect();
        for command in commands {
            self.membership_obey(command, ctx);
        }
        let next = self.membership.poll_timeout();
        let alarm = &mut self.membership_alarm;
        alarm.set(next, &self.clock, ctx, Self::on_membership_alarm);
    }

    fn on_membership_alarm(&mut self, ctx: &mut Context<Self>) {
        self.membership_alarm.rang();
        self.membership_drive(Event::Tick, ctx);
    }

    fn membership_obey(&mut self, command: Command, ctx: &mut Context<Self>) {
        match command {
            Command::Resolve { seed } => self.look_up(seed, ctx),
            Command::Keep { address } => self.services.postmaster.do_send(Keep { address }),
            Command::Forget { address } => self.services.postmaster.do_send(Forget { address }),
            Command::Move { address, moved } => self.move_to(address, moved),
            Command::Introduce { record, address } => {
                let node = record.node;
                self.services
                    .postmaster
                    .do_send(Introduce { node, address });
            }
            Command::Dismiss { record, .. } => {
                let node = record.node;
                self.services.postmaster.do_send(Dismiss { node });
            }
            Command::Refuse { record, refusal } => {
                // The postmaster refuses both before they get here; should one come through, it is
                // never written to.
                warn!(node = %record.node, %refusal, "a node is refused");
            }
            Command::Send { to, report, packet } => self.gossip(to.node, report, packet),
            Command::Up { record, load } => self.on_node_up(record, load, ctx),
            Command::Changed { record, load } => {
                self.drive(supervision::Event::PeerChanged { record, load }, ctx);
            }
            Command::Relinked { record, load } => self.on_node_relinked(record, load, ctx),
            Command::Down { record } => self.on_node_down(record, ctx),
            Command::Notice(notice) => observe::membership(&notice),
        }
    }

    fn on_node_up(&mut self, record: NodeRecord, load: Load, ctx: &mut Context<Self>) {
        info!(node = %record.node, zone = %record.zone, "a node is up");
        self.correspondence.on_node_known(&record.node);
        self.drive(supervision::Event::PeerUp { record, load }, ctx);
        self.tell_watchers();
    }

    /// What was sent before may be lost: the flights tell it everything anew.
    fn on_node_relinked(&mut self, record: NodeRecord, load: Load, ctx: &mut Context<Self>) {
        info!(node = %record.node, zone = %record.zone, "the link with a node is there again");
        self.drive(supervision::Event::PeerRelinked { record, load }, ctx);
    }

    fn on_node_down(&mut self, record: NodeRecord, ctx: &mut Context<Self>) {
        info!(node = %record.node, zone = %record.zone, "a node is down");
        self.requests.forget_leader(&record);
        self.correspondence.on_node_lost(&record.node);
        self.drive(supervision::Event::PeerDown { record }, ctx);
        self.tell_watchers();
    }

    fn gossip(&self, to: NodeId, report: LoadReport, packet: Bytes) {
        let envelope = wire::encode(&Envelope::Gossip { report, packet });
        let post = Post::new(to, Lane::Gossip, envelope).expiring(GOSSIP_LIFETIME);
        self.services.postmaster.do_send(post);
    }

    /// Finds all addresses of a name: a service without an address of its own has one per node.
    fn look_up(&self, seed: String, ctx: &mut Context<Self>) {
        let name = seed.clone();
        let lookup = async move {
            match tokio::net::lookup_host(&name).await {
                Ok(found) => found.collect(),
                Err(error) => {
                    warn!(%name, %error, "a seed's name cannot be resolved");
                    Vec::new()
                }
            }
        };
        ctx.spawn(lookup.into_actor(self).map(|addresses, supervisor, ctx| {
            if supervisor.membership.census().up == 0 {
                // Maybe since this node is not where it takes itself to be: what the name means may be
                // known later than an address of this host.
                supervisor.follower.stir();
            }
            supervisor.membership_drive(Event::Resolved { seed, addresses }, ctx);
        }));
    }

    pub(super) fn take_census(&mut self) {
        let up = self.membership.up().map(|(record, _)| record);
        for count in self.peers.up_by_zone.values_mut() {
            *count = 0;
        }
        for record in up.chain([&self.services.record]) {
            *self
                .peers
                .up_by_zone
                .entry(record.zone.clone())
                .or_default() += 1;
        }
        observe::census(self.membership.census(), &self.peers.up_by_zone);
        observe::business(&self.supervision);
    }

    fn tell_watchers(&mut self) {
        self.take_census();
        let count = self.membership.up().count();
        self.peers
            .watchers
            .retain(|watcher| watcher.send(count).is_ok());
    }

    /// Posts an envelope of a flight to a node. If no association with it is up, nobody hears it:
    /// whoever waits for the node is told that it is down, and tells it everything once it is up.
    pub(super) fn post(&self, node: &NodeId, flight: FlightId, envelope: &Envelope) {
        self.post_to(node.clone().into(), flight, wire::encode(envelope));
    }

    /// As [`post`](Self::post). Whoever does not take it is cut off: it must not fly on without
    /// knowing what it has missed.
    pub(super) fn post_to(&self, to: Destination, flight: FlightId, envelope: Bytes) {
        let lane = if envelope.len() <= FLIGHT_LANE_BYTES_MAX {
            Lane::Flight(flight.0)
        } else {
            Lane::Bulk
        };
        self.services
            .postmaster
            .do_send(Deliver(Post::new(to, lane, envelope)));
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
            Envelope::Bundle { .. } | Envelope::BundlePart { .. } => Lane::Bulk,
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

impl Handler<CensusAsked> for Supervisor {
    type Result = MessageResult<CensusAsked>;

    fn handle(&mut self, _: CensusAsked, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.membership.census())
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

    fn handle(&mut self, Meet(addresses): Meet, ctx: &mut Self::Context) {
        self.membership_drive(Event::SeedsGiven { addresses }, ctx);
    }
}
