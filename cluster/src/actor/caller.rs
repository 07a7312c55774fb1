//! The caller: the one actor of a client, which invokes on a node and hands on what it hears.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::{FlightId, Incarnation, NodeRecord, Role};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::postmaster::{
    Close, Keep, PeerId, Post, PostRefused, Postmaster, PostmasterConfig, PostmasterEvent,
};
use crate::administration::{Order, Told};
use crate::answer::{ActivationEvent, Answer};
use crate::bundle::{Bundle, NOT_SENT};
use crate::client::{ADMIN_ZONE, CLIENT_ZONE, ClientConfig};
use crate::config::{Backend, KernelConfig};
use crate::envelope::Envelope;
use crate::invocation::Invocation;
use crate::link::Lane;
use crate::transport::{self, ListenError};
use crate::wire;

/// A node that has not taken by then what was sent to it does not hear it.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// The one actor of a client.
pub(crate) struct Caller {
    postmaster: Addr<Postmaster>,
    /// The node, while the association with it is up.
    node: Option<(PeerId, NodeRecord)>,
    /// Whoever waits for the first association.
    found: Option<oneshot::Sender<Result<NodeRecord, String>>>,
    activations: BTreeMap<FlightId, Pending>,
    orders: Orders,
}

/// The orders that are not answered yet. Those whose association is lost are dropped.
#[derive(Default)]
struct Orders {
    given: u64,
    pending: BTreeMap<u64, oneshot::Sender<Told>>,
}

/// An activation that was asked for and has not been recorded.
struct Pending {
    bundle: Bundle,
    events: mpsc::UnboundedSender<ActivationEvent>,
    is_settled: bool,
}

/// Invoke an action.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Request {
    pub(crate) id: FlightId,
    pub(crate) invocation: Invocation,
    pub(crate) events: mpsc::UnboundedSender<ActivationEvent>,
}

/// End an activation.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Abandon(pub(crate) FlightId);

/// Give the node an order; `told` is dropped if it cannot be answered.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Administer {
    pub(crate) order: Order,
    pub(crate) told: oneshot::Sender<Told>,
}

/// Take leave of the node. Answered when all is delivered.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Leave;

impl Caller {
    /// Starts a caller; `found` hears of the node when it is reached, or refuses.
    pub(crate) fn launch(
        config: &ClientConfig,
        role: Role,
        found: oneshot::Sender<Result<NodeRecord, String>>,
    ) -> Result<Addr<Self>, ListenError> {
        let context = Context::<Self>::new();
        let address = unspecified(config.node);
        let transport = transport::listen(
            Backend::Userspace,
            address,
            &KernelConfig::default(),
            config.security.authenticates(),
        )?;
        let security = config.security.for_role(role);
        let identity = PostmasterConfig::new(config.cluster.clone(), record(role), role, security);
        let reports = context.address().recipient();
        let postmaster = Postmaster::new(transport, identity, reports).start();
        postmaster.do_send(Keep {
            address: config.node,
        });
        let activations = BTreeMap::new();
        Ok(context.run(Self {
            postmaster,
            node: None,
            found: Some(found),
            activations,
            orders: Orders::default(),
        }))
    }

    fn on_envelope(&mut self, bytes: &Bytes, ctx: &mut Context<Self>) {
        let envelope = match wire::decode(bytes) {
            Ok(envelope) => envelope,
            Err(error) => return warn!(%error, "an envelope cannot be read"),
        };
        match envelope {
            Envelope::Progress { flight, progress } => {
                self.tell(flight, ActivationEvent::Progress(progress));
            }
            Envelope::Settled { flight, answer } => self.on_settled(flight, answer),
            Envelope::Recorded(record) => {
                let flight = record.activation;
                self.tell(flight, ActivationEvent::Recorded(*record));
                self.activations.remove(&flight);
            }
            Envelope::BundleWanted { digest } => self.on_bundle_wanted(digest, 0, ctx),
            Envelope::BundlePartWanted { digest, offset } => {
                self.on_bundle_wanted(digest, offset, ctx);
            }
            Envelope::Administered { number, told } => self.on_administered(number, told),
            Envelope::Invoke(_)
            | Envelope::Cancel { .. }
            | Envelope::Recruit(_)
            | Envelope::Decline { .. }
            | Envelope::Flight { .. }
            | Envelope::Gone { .. }
            | Envelope::Roster { .. }
            | Envelope::Bundle { .. }
            | Envelope::BundlePart { .. }
            | Envelope::Gossip { .. }
            | Envelope::Administer { .. } => {
                warn!("a node sent a client what only nodes exchange");
            }
        }
    }

    fn on_administered(&mut self, number: u64, told: Told) {
        if let Some(waiting) = self.orders.pending.remove(&number) {
            // Whoever gave the order may have gone.
            let _ = waiting.send(told);
        }
    }

    fn on_settled(&mut self, flight: FlightId, answer: Answer) {
        let is_refused = matches!(answer, Answer::Refused(_));
        self.tell(flight, ActivationEvent::Settled(answer));
        if let Some(pending) = self.activations.get_mut(&flight) {
            pending.is_settled = true;
        }
        if is_refused {
            self.activations.remove(&flight);
        }
    }

    fn on_bundle_wanted(
        &mut self,
        digest: raptor_core::Digest,
        offset: u64,
        ctx: &mut Context<Self>,
    ) {
        let mut activations = self.activations.iter();
        let wanted = activations.find(|(_, pending)| pending.bundle.digest() == digest);
        let Some((flight, pending)) = wanted else {
            return;
        };
        match Envelope::of_code(&pending.bundle, offset) {
            Some(code) => self.post_for(*flight, Lane::Bulk, &code, ctx),
            None => self.on_settled(*flight, Answer::Refused(NOT_SENT.to_owned())),
        }
    }

    /// Posts what an activation cannot do without: if it is refused, so is the activation.
    fn post_for(&self, flight: FlightId, lane: Lane, envelope: &Envelope, ctx: &mut Context<Self>) {
        let Some((peer, _)) = &self.node else {
            return;
        };
        let post = Post::new(*peer, lane, wire::encode(envelope));
        let posted = self.postmaster.send(post).into_actor(self);
        ctx.spawn(posted.map(move |posted, caller, _| {
            match posted {
                Ok(Err(
                    refused @ (PostRefused::TooLong { .. } | PostRefused::Backlogged { .. }),
                )) => {
                    let why = format!("it could not be sent: {refused}");
                    caller.on_settled(flight, Answer::Refused(why));
                }
                // The end of the association is on its way to us, and ends the activation.
                Ok(Ok(()) | Err(PostRefused::Unknown | PostRefused::Closing)) | Err(_) => {}
            }
        }));
    }

    /// Hands on an event. Whoever asked may have gone: then the activation is cancelled.
    fn tell(&mut self, flight: FlightId, event: ActivationEvent) {
        if let Some(pending) = self.activations.get(&flight) {
            let _ = pending.events.send(event);
        }
    }

    /// Posts what the end of the association makes up for.
    fn post(&self, lane: Lane, envelope: &Envelope) {
        if let Some((peer, _)) = &self.node {
            let envelope = wire::encode(envelope);
            self.postmaster.do_send(Post::new(*peer, lane, envelope));
        }
    }

    fn on_lost(&mut self, why: &str) {
        if let Some(found) = self.found.take() {
            let _ = found.send(Err(why.to_owned()));
        }
        self.orders.pending.clear();
        let Some((_, node)) = self.node.take() else {
            return;
        };
        for pending in std::mem::take(&mut self.activations).into_values() {
            if !pending.is_settled {
                let why = format!("node {}, which led it, is lost: {why}", node.node);
                let _ = pending.events.send(ActivationEvent::Lost(why));
            }
        }
    }
}

/// A free port, of the same family, from which that address is reached.
fn unspecified(node: SocketAddr) -> SocketAddr {
    match node {
        SocketAddr::V4(node) if node.ip().is_loopback() => (Ipv4Addr::LOCALHOST, 0).into(),
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(node) if node.ip().is_loopback() => (Ipv6Addr::LOCALHOST, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Clients have names like nodes, each its own.
fn record(role: Role) -> NodeRecord {
    let zone = match role {
        Role::Admin => ADMIN_ZONE,
        Role::Client | Role::Node | Role::Member(_) => CLIENT_ZONE,
    };
    let name = format!("{zone}-{}", uuid::Uuid::new_v4().simple());
    NodeRecord {
        node: name.parse().expect("it is a name"),
        zone: zone.parse().expect("it is a name"),
        incarnation: Incarnation(0),
    }
}

impl Actor for Caller {
    type Context = Context<Self>;
}

impl Handler<PostmasterEvent> for Caller {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, ctx: &mut Self::Context) {
        match event {
            PostmasterEvent::PeerUp {
                peer,
                record,
                role: Role::Node,
                ..
            } => {
                self.node = Some((peer, record.clone()));
                if let Some(found) = self.found.take() {
                    // Whoever waited may have given up.
                    let _ = found.send(Ok(record));
                }
            }
            PostmasterEvent::PeerUp {
                role: Role::Client | Role::Admin | Role::Member(_),
                ..
            } => {}
            PostmasterEvent::PeerDown { reason, .. } | PostmasterEvent::Refused { reason, .. } => {
                self.on_lost(&reason.to_string());
            }
            PostmasterEvent::Unreached { .. } => {}
            PostmasterEvent::Arrived { envelope, .. } => self.on_envelope(&envelope, ctx),
        }
    }
}

impl Handler<Request> for Caller {
    type Result = ();

    fn handle(&mut self, request: Request, ctx: &mut Self::Context) {
        let Request {
            id,
            invocation,
            events,
        } = request;
        if self.node.is_none() {
            let why = "the association with the node is down".to_owned();
            let _ = events.send(ActivationEvent::Lost(why));
            return;
        }
        let invoke = invocation.request(id, false);
        let pending = Pending {
            bundle: invocation.bundle,
            events,
            is_settled: false,
        };
        self.activations.insert(id, pending);
        let lane = Lane::Flight(id.0);
        self.post_for(id, lane, &Envelope::Invoke(Box::new(invoke)), ctx);
    }
}

impl Handler<Abandon> for Caller {
    type Result = ();

    fn handle(&mut self, Abandon(flight): Abandon, _: &mut Self::Context) {
        if self.activations.contains_key(&flight) {
            self.post(Lane::Flight(flight.0), &Envelope::Cancel { flight });
        }
    }
}

impl Handler<Administer> for Caller {
    type Result = ();

    fn handle(&mut self, Administer { order, told }: Administer, _: &mut Context<Self>) {
        if self.node.is_none() {
            return;
        }
        self.orders
            .pending
            .retain(|_, waiting| !waiting.is_closed());
        self.orders.given += 1;
        let number = self.orders.given;
        self.orders.pending.insert(number, told);
        self.post(Lane::Control, &Envelope::Administer { number, order });
    }
}

impl Handler<Leave> for Caller {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Leave, _: &mut Self::Context) -> Self::Result {
        let postmaster = self.postmaster.clone();
        Box::pin(async move {
            // What is gone has nothing left to deliver.
            let _ = postmaster
                .send(Close {
                    within: LEAVE_TIMEOUT,
                })
                .await;
        })
    }
}
