//! Nodes for the tests: a postmaster over real sockets or a hub, and what it reported.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_cluster::Encapsulation;
use raptor_cluster::actor::postmaster::{
    Close, Closed, Destination, Inspect, Keep, PeerDownReason, PeerId, Post, PostRefused,
    Postmaster, PostmasterConfig, PostmasterEvent,
};
use raptor_cluster::link::Lane;
use raptor_cluster::security::Security;
use raptor_cluster::testing;
use raptor_cluster::transport::{
    CloseReason, Kernel, KernelOptions, Transport, Userspace, UserspaceLimits,
};
use raptor_core::{Incarnation, NodeRecord, Role};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Far beyond what anything here takes: only a hang reaches it.
pub(crate) const HANG: Duration = Duration::from_secs(120);

/// Names the backend that the suite runs on: `userspace` if it does not say, or `kernel`.
const BACKEND_VARIABLE: &str = "RAPTOR_TEST_BACKEND";

/// Passes what a postmaster reports on to the test.
struct Reporter(UnboundedSender<PostmasterEvent>);

impl Actor for Reporter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(1024);
    }
}

impl Handler<PostmasterEvent> for Reporter {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, _: &mut Context<Self>) {
        // The test may have ended.
        let _ = self.0.send(event);
    }
}

/// A postmaster and what it reported.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) postmaster: Addr<Postmaster>,
    pub(crate) events: UnboundedReceiver<PostmasterEvent>,
}

pub(crate) fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

pub(crate) fn record(name: &str, incarnation: u64) -> NodeRecord {
    NodeRecord {
        node: name.parse().expect("a name"),
        zone: "z1".parse().expect("a name"),
        incarnation: Incarnation(incarnation),
    }
}

/// Whether the suite runs on the kernel's SCTP.
pub(crate) fn is_on_kernel() -> bool {
    let backend = std::env::var(BACKEND_VARIABLE);
    match backend.as_deref().unwrap_or("userspace") {
        "userspace" => false,
        "kernel" => true,
        other => panic!("{BACKEND_VARIABLE} names no backend: {other}"),
    }
}

pub(crate) fn bind(address: SocketAddr) -> Box<dyn Transport> {
    if is_on_kernel() {
        kernel(address, Encapsulation::None, &[])
    } else {
        userspace(address)
    }
}

pub(crate) fn userspace(address: SocketAddr) -> Box<dyn Transport> {
    let userspace = Userspace::bind(address, UserspaceLimits::default());
    Box::new(userspace.expect("loopback is to be had"))
}

pub(crate) fn kernel(
    address: SocketAddr,
    encapsulation: Encapsulation,
    listen_also: &[IpAddr],
) -> Box<dyn Transport> {
    let options = KernelOptions {
        encapsulation,
        listen_also: listen_also.to_vec(),
    };
    let kernel = Kernel::bind(address, options);
    Box::new(kernel.unwrap_or_else(|refused| panic!("failed to listen: {refused}")))
}

impl Node {
    /// A node at a free port.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_at(loopback(), name, 1)
    }

    pub(crate) fn start_at(address: SocketAddr, name: &str, incarnation: u64) -> Self {
        Self::start_over(bind(address), name, incarnation)
    }

    pub(crate) fn start_over(transport: Box<dyn Transport>, name: &str, incarnation: u64) -> Self {
        Self::start_with(transport, name, incarnation, testing::keys())
    }

    pub(crate) fn start_with(
        transport: Box<dyn Transport>,
        name: &str,
        incarnation: u64,
        security: Security,
    ) -> Self {
        let cluster = "c1".parse().expect("a name");
        let record = record(name, incarnation);
        let config = PostmasterConfig::new(cluster, record, Role::Node, security);
        Self::run(transport, config)
    }

    /// A node that parts from peers with which it has exchanged nothing for so long.
    pub(crate) fn start_idle(
        transport: Box<dyn Transport>,
        name: &str,
        idle_timeout: Duration,
    ) -> Self {
        let cluster = "c1".parse().expect("a name");
        let keys = testing::keys();
        let config = PostmasterConfig {
            idle_timeout,
            ..PostmasterConfig::new(cluster, record(name, 1), Role::Node, keys)
        };
        Self::run(transport, config)
    }

    fn run(transport: Box<dyn Transport>, config: PostmasterConfig) -> Self {
        let address = transport.local_address();
        let (sender, events) = unbounded_channel();
        let reports = Reporter(sender).start().recipient();
        Self {
            address,
            postmaster: Postmaster::new(transport, config, reports).start(),
            events,
        }
    }

    pub(crate) fn keep(&self, address: SocketAddr) {
        self.postmaster.do_send(Keep { address });
    }

    /// How many associations it has.
    pub(crate) async fn associations(&self) -> usize {
        let inspection = self.postmaster.send(Inspect).await;
        inspection.expect("it lives").associations
    }

    pub(crate) async fn next(&mut self) -> PostmasterEvent {
        let next = tokio::time::timeout(HANG, self.events.recv()).await;
        next.expect("nothing is reported any more")
            .expect("the postmaster is gone")
    }

    /// The next report, which must be that a peer of this name is up.
    pub(crate) async fn up(&mut self, name: &str) -> PeerId {
        match self.next().await {
            PostmasterEvent::PeerUp { peer, record, .. } if record.node.as_str() == name => peer,
            other => panic!("{name} is not up: {other:?}"),
        }
    }

    /// The next report, which must be an envelope.
    pub(crate) async fn arrived(&mut self) -> (Lane, Bytes) {
        match self.next().await {
            PostmasterEvent::Arrived { lane, envelope, .. } => (lane, envelope),
            other => panic!("no envelope: {other:?}"),
        }
    }

    pub(crate) async fn post(
        &self,
        to: impl Into<Destination>,
        lane: Lane,
        envelope: Bytes,
    ) -> Result<(), PostRefused> {
        let to = to.into();
        let posted = self.postmaster.send(Post::new(to, lane, envelope)).await;
        posted.expect("the postmaster is there")
    }

    pub(crate) async fn close(&self, within: Duration) -> Closed {
        let closed = tokio::time::timeout(HANG, self.postmaster.send(Close { within })).await;
        closed
            .expect("it never closes")
            .expect("the postmaster is there")
    }
}

/// Two nodes that are up for each other: the first dialed.
pub(crate) async fn two() -> (Node, PeerId, Node, PeerId) {
    let (mut one, mut other) = (Node::start("n1"), Node::start("n2"));
    one.keep(other.address);
    let other_peer = one.up("n2").await;
    let one_peer = other.up("n1").await;
    (one, other_peer, other, one_peer)
}

/// An envelope that differs from others of the same length, and that nothing makes shorter.
pub(crate) fn envelope(bytes: usize, seed: u8) -> Bytes {
    // PCG's multiplier; the high bits are the random ones.
    let mut state = u64::from(seed);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    Bytes::from_iter((0..bytes).map(|_| next()))
}

/// Set where the network loses packets.
const LOSS_VARIABLE: &str = "RAPTOR_TEST_LOSS";

/// Asserts that an association has ended in order; or was cut off after its time, where packets of the
/// goodbye are lost.
pub(crate) fn assert_parted(reason: &PeerDownReason) {
    let is_cut_off = matches!(reason, PeerDownReason::Over(CloseReason::Aborted(_)));
    if !is_lossy() || !is_cut_off {
        assert_eq!(*reason, PeerDownReason::Over(CloseReason::Closed));
    }
}

/// Asserts that a node that closed cut nobody off; or its one peer after its time, as
/// [`assert_parted`].
pub(crate) fn assert_closed(closed: Closed) {
    if !is_lossy() || closed != (Closed { cut_off: 1 }) {
        assert_eq!(closed, Closed { cut_off: 0 });
    }
}

fn is_lossy() -> bool {
    std::env::var_os(LOSS_VARIABLE).is_some()
}
