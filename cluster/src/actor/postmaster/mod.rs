//! The postmaster: takes envelopes to peers, and brings theirs.
//!
//! One actor a node owns the transport and all links on it. Inside the turn of the event loop in which
//! the network or another actor wakes it, it takes everything that has arrived, hands it to the
//! recipient of its reports, and gives the transport everything that was posted. Nothing waits for a
//! timer, and no other task or channel lies on the way.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use actix::fut::ActorFuture;
use actix::prelude::*;
use raptor_core::{ClusterName, NodeRecord, Role};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

mod absent;
mod gate;
mod keeps;
mod message;
mod meter;
mod register;
mod room;
mod session;
mod switchboard;
mod token;

pub use message::{
    Close, CloseFlight, Closed, Deliver, Destination, Dismiss, ExchangeKeys, Forget, Inspect,
    Inspection, Introduce, Keep, KeepMember, Move, OpenFlight, PeerDownReason, PeerId, Post,
    PostRefused, PostmasterEvent, Shape, Watch,
};

pub(crate) use self::gate::{Collect, Gate, GateRefusal};
pub(crate) use self::meter::TRANSPORT_METRICS;
use self::switchboard::{Switchboard, Terms};
pub(crate) use self::token::Token;
use crate::link::{Hello, VERSIONS, VersionRange};
use crate::security::{Protection, Security};
use crate::transport::{ShapeError, Transport};

/// Who a postmaster says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostmasterConfig {
    /// The cluster that it belongs to: peers of another are refused.
    pub cluster: ClusterName,
    /// Its name, failure domain and life.
    pub record: NodeRecord,
    /// What it may ask of its peers.
    pub role: Role,
    /// The versions of the protocol that it speaks: [`VERSIONS`], except in tests.
    pub versions: VersionRange,
    /// What the waits between dialing again are drawn from: different on every node.
    pub seed: u64,
    /// How peers are authenticated.
    pub security: Security,
    /// Where peers reach it, if not where its transport listens.
    pub advertise: Option<SocketAddr>,
    /// After how long without a word an association with an introduced node ends.
    pub idle_timeout: Duration,
}

/// What a postmaster takes of one peer's mail before its actors have handled any: at 100 bytes a
/// message some 25,000 of them.
const MAIL_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// What it takes of flights' news, of which each is handled as soon as it arrives.
const STATE_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// What it takes of bulk: half of the longest envelope, since one may always begin.
const BULK_BYTES_MAX: u32 = 8 * 1024 * 1024;

impl PostmasterConfig {
    /// A postmaster of this build; its waits are drawn from its life.
    pub fn new(cluster: ClusterName, record: NodeRecord, role: Role, security: Security) -> Self {
        Self {
            security,
            advertise: None,
            idle_timeout: crate::config::IDLE_TIMEOUT,
            cluster,
            seed: record.incarnation.0,
            record,
            role,
            versions: VERSIONS,
        }
    }
}

/// The actor that owns a node's transport.
///
/// It must run on the thread on which its transport was made. It takes [`Keep`], [`Forget`], [`Post`],
/// [`Deliver`] and [`Close`], and reports [`PostmasterEvent`]s.
pub struct Postmaster {
    switchboard: Switchboard,
    reports: Recipient<PostmasterEvent>,
    closers: Vec<oneshot::Sender<Closed>>,
    /// The gates in which something may wait.
    called: Vec<Arc<Gate>>,
}

impl Postmaster {
    /// A postmaster that speaks through `transport` and tells `reports` what happens.
    pub fn new(
        transport: Box<dyn Transport>,
        config: PostmasterConfig,
        reports: Recipient<PostmasterEvent>,
    ) -> Self {
        let message_bytes_max = transport.message_bytes_max();
        let ours = Hello {
            versions: config.versions,
            cluster: config.cluster,
            record: config.record,
            role: config.role,
            message_bytes_max: u32::try_from(message_bytes_max).unwrap_or(u32::MAX),
            address: config.advertise.unwrap_or(transport.local_address()),
            mail_bytes_max: MAIL_BYTES_MAX,
            state_bytes_max: STATE_BYTES_MAX,
            bulk_bytes_max: BULK_BYTES_MAX,
            moved: 0,
        };
        let terms = Terms {
            protection: Protection::from(&config.security),
            seed: config.seed,
            idle_timeout: config.idle_timeout,
        };
        Self {
            switchboard: Switchboard::new(transport, ours, terms),
            reports,
            closers: Vec::new(),
            called: Vec::new(),
        }
    }
}

impl Actor for Postmaster {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Drive {
            alarm: Box::pin(tokio::time::sleep_until(Instant::now())),
        });
    }
}

impl Handler<Keep> for Postmaster {
    type Result = ();

    fn handle(&mut self, keep: Keep, _: &mut Context<Self>) {
        self.switchboard.keep(keep.address, Instant::now());
    }
}

impl Handler<KeepMember> for Postmaster {
    type Result = ();

    fn handle(&mut self, keep: KeepMember, _: &mut Context<Self>) {
        self.switchboard.keep_member(keep, Instant::now());
    }
}

impl Handler<Forget> for Postmaster {
    type Result = ();

    fn handle(&mut self, forget: Forget, _: &mut Context<Self>) {
        self.switchboard.forget(forget.address);
    }
}

impl Handler<Post> for Postmaster {
    type Result = Result<(), PostRefused>;

    fn handle(&mut self, post: Post, _: &mut Context<Self>) -> Self::Result {
        self.switchboard.post(post, Instant::now())
    }
}

impl Handler<Deliver> for Postmaster {
    type Result = ();

    fn handle(&mut self, Deliver(post): Deliver, _: &mut Context<Self>) {
        self.switchboard.deliver(post, Instant::now());
    }
}

impl Handler<Introduce> for Postmaster {
    type Result = ();

    fn handle(&mut self, introduce: Introduce, _: &mut Context<Self>) {
        self.switchboard.introduce(introduce);
    }
}

impl Handler<Dismiss> for Postmaster {
    type Result = ();

    fn handle(&mut self, Dismiss { node }: Dismiss, _: &mut Context<Self>) {
        self.switchboard.dismiss(&node);
    }
}

impl Handler<Move> for Postmaster {
    type Result = ();

    fn handle(&mut self, moved: Move, _: &mut Context<Self>) {
        self.switchboard.move_to(moved, Instant::now());
    }
}

impl Handler<ExchangeKeys> for Postmaster {
    type Result = ();

    fn handle(&mut self, ExchangeKeys(ring): ExchangeKeys, _: &mut Context<Self>) {
        self.switchboard.exchange_keys(ring, Instant::now());
    }
}

impl Handler<OpenFlight> for Postmaster {
    type Result = ();

    fn handle(&mut self, open: OpenFlight, _: &mut Context<Self>) {
        self.switchboard.open_flight(open);
    }
}

impl Handler<CloseFlight> for Postmaster {
    type Result = ();

    fn handle(&mut self, CloseFlight { flight }: CloseFlight, _: &mut Context<Self>) {
        self.switchboard.close_flight(flight, Instant::now());
    }
}

impl Handler<Shape> for Postmaster {
    type Result = Result<(), ShapeError>;

    fn handle(&mut self, Shape(shaping): Shape, _: &mut Context<Self>) -> Self::Result {
        self.switchboard.shape(&shaping)
    }
}

impl Handler<Inspect> for Postmaster {
    type Result = Inspection;

    fn handle(&mut self, _: Inspect, _: &mut Context<Self>) -> Self::Result {
        self.switchboard.inspect()
    }
}

impl Handler<Watch> for Postmaster {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Watch, _: &mut Context<Self>) -> Self::Result {
        // It is dropped with the actor.
        Box::pin(std::future::pending().into_actor(self))
    }
}

impl Handler<Close> for Postmaster {
    type Result = ResponseFuture<Closed>;

    fn handle(&mut self, close: Close, _: &mut Context<Self>) -> Self::Result {
        // What was put into gates before was taken.
        let now = Instant::now();
        self.collect(now);
        self.switchboard.close(now, close.within);
        let (closer, closed) = oneshot::channel();
        self.closers.push(closer);
        Box::pin(async move { closed.await.unwrap_or_default() })
    }
}

/// What makes the switchboard go. Actix polls it whenever anything wakes the actor, after all messages
/// that wait have been handled: so what was posted in a turn leaves in that turn, together.
struct Drive {
    alarm: Pin<Box<Sleep>>,
}

impl ActorFuture<Postmaster> for Drive {
    type Output = ();

    fn poll(
        mut self: Pin<&mut Self>,
        postmaster: &mut Postmaster,
        ctx: &mut Context<Postmaster>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        loop {
            postmaster.collect(Instant::now());
            postmaster.switchboard.poll(task, Instant::now());
            while let Some(event) = postmaster.switchboard.next_event() {
                postmaster.reports.do_send(event);
            }
            if let Some(closed) = postmaster.switchboard.closed() {
                for closer in postmaster.closers.drain(..) {
                    // Whoever asked may have stopped waiting.
                    let _ = closer.send(closed);
                }
                ctx.stop();
                return Poll::Ready(());
            }
            if self
                .poll_alarm(postmaster.switchboard.deadline(), task)
                .is_pending()
            {
                return Poll::Pending;
            }
        }
    }
}

impl Drive {
    /// Ready at `deadline`; wakes the task then.
    fn poll_alarm(&mut self, deadline: Option<Instant>, task: &mut TaskContext<'_>) -> Poll<()> {
        let Some(deadline) = deadline else {
            return Poll::Pending;
        };
        if self.alarm.deadline() != deadline {
            self.alarm.as_mut().reset(deadline);
        }
        self.alarm.as_mut().poll(task)
    }
}
