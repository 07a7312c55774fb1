//! A node, and peers of it that say whatever the tests want, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::flight::{Finding, Outcome, Policy, Report};
use raptor_core::{
    AttemptId, ClusterName, Digest, FlightId, FunctionIndex, Incarnation, MemberIndex, NodeRecord,
    Role, Value,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::actor::postmaster::{
    Close, Keep, KeepMember, OpenFlight, PeerId, Post, PostmasterEvent,
};
use crate::actor::{Postmaster, PostmasterConfig};
use crate::answer::Answer;
use crate::bundle::{Bundle, Contents, File};
use crate::config::NodeConfig;
use crate::envelope::{BundleRef, Envelope, Invoke, News, Recruit, Seat};
use crate::link::Lane;
use crate::node::Node;
use crate::rendezvous::Invitation;
use crate::security::Security;
use crate::transport::{Userspace, UserspaceLimits};
use crate::{testing, wire};

mod administration;
mod broken;
mod hostile;
mod members;
mod requests;

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(30);

const GIVES: &str = r#"{"main": {"depends": [], "exec": ["sh", "-c", "echo {} >&3"]}}"#;
const HANGS: &str = r#"{"main": {"depends": [], "exec": ["sleep", "1000"]}}"#;

async fn node() -> Node {
    let config = NodeConfig {
        security: testing::keys(),
        ..NodeConfig::new("n".parse().expect("a name"), "z".parse().expect("a name"))
    };
    Node::start(config).await.expect("it starts")
}

fn record(name: &str) -> NodeRecord {
    NodeRecord {
        node: name.parse().expect("a name"),
        zone: "z".parse().expect("a name"),
        incarnation: Incarnation(1),
    }
}

/// Passes on what a postmaster reports.
struct Reporter(UnboundedSender<PostmasterEvent>);

impl Actor for Reporter {
    type Context = Context<Self>;
}

impl Handler<PostmasterEvent> for Reporter {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, _: &mut Context<Self>) {
        // The test may have ended.
        let _ = self.0.send(event);
    }
}

/// A peer of the node.
struct Peer {
    postmaster: Addr<Postmaster>,
    events: UnboundedReceiver<PostmasterEvent>,
    node: PeerId,
}

impl Peer {
    async fn connect(name: &str, role: Role, node: SocketAddr) -> Self {
        let (postmaster, events) = Self::start(name, role, testing::keys());
        postmaster.do_send(Keep { address: node });
        Self::of(postmaster, events).await
    }

    /// One that has nothing but an invitation.
    async fn member(name: &str, invitation: &Invitation) -> Self {
        let security = Security::generate().expect("random numbers");
        let (postmaster, events) = Self::start(name, Role::Node, security);
        let (flight, key) = (invitation.flight, invitation.key.clone());
        postmaster.do_send(OpenFlight { flight, key });
        let address = invitation.address;
        postmaster.do_send(KeepMember { flight, address });
        Self::of(postmaster, events).await
    }

    fn start(
        name: &str,
        role: Role,
        security: Security,
    ) -> (Addr<Postmaster>, UnboundedReceiver<PostmasterEvent>) {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let transport = Userspace::bind(address, UserspaceLimits::default()).expect("loopback");
        let cluster = ClusterName::default();
        let config = PostmasterConfig::new(cluster, record(name), role, security);
        let (reports, events) = unbounded_channel();
        let reports = Reporter(reports).start().recipient();
        let postmaster = Postmaster::new(Box::new(transport), config, reports).start();
        (postmaster, events)
    }

    async fn of(
        postmaster: Addr<Postmaster>,
        mut events: UnboundedReceiver<PostmasterEvent>,
    ) -> Self {
        let up = tokio::time::timeout(HANG, events.recv()).await;
        let Some(PostmasterEvent::PeerUp { peer: node, .. }) = up.expect("it comes up") else {
            panic!("it is not up");
        };
        Self {
            postmaster,
            events,
            node,
        }
    }

    async fn client(node: &Node) -> Self {
        Self::connect("client", Role::Client, node.address()).await
    }

    async fn say_bytes(&self, envelope: Bytes) {
        let post = Post::new(self.node, Lane::Flight(7), envelope);
        let posted = self.postmaster.send(post).await;
        posted.expect("it lives").expect("it is up");
    }

    async fn say(&self, envelope: Envelope) {
        self.say_bytes(wire::encode(&envelope)).await;
    }

    /// What the node says next, but for gossip.
    async fn hear(&mut self) -> Envelope {
        loop {
            let event = tokio::time::timeout(HANG, self.events.recv()).await;
            match event.expect("the node says nothing").expect("it lives") {
                PostmasterEvent::Arrived { envelope, .. } => {
                    match wire::decode(&envelope).expect("an envelope") {
                        Envelope::Gossip { .. } => {}
                        other => return other,
                    }
                }
                other => panic!("it is gone: {other:?}"),
            }
        }
    }

    async fn settled(&mut self) -> (FlightId, Answer) {
        match self.hear().await {
            Envelope::Settled { flight, answer } => (flight, answer),
            other => panic!("it is not settled: {other:?}"),
        }
    }

    /// Why an activation is refused.
    async fn refused(&mut self) -> String {
        match self.settled().await {
            (_, Answer::Refused(why)) => why,
            (_, other) => panic!("it is not refused: {other}"),
        }
    }

    async fn wanted(&mut self) -> Digest {
        match self.hear().await {
            Envelope::BundleWanted { digest } => digest,
            other => panic!("no code is wanted: {other:?}"),
        }
    }

    /// Runs an action to its end: the node still flies.
    async fn flies(&mut self) {
        let flight = FlightId(uuid::Uuid::new_v4().as_u128());
        let bundle = Bundle::from_manifest(GIVES).expect("a manifest");
        self.say(invoke(flight, &bundle, true)).await;
        loop {
            if let Envelope::Settled { flight: of, answer } = self.hear().await
                && of == flight
            {
                assert!(matches!(answer, Answer::Landed(_)), "{answer}");
                return;
            }
        }
    }

    async fn leave(self) {
        let closed = self.postmaster.send(Close { within: HANG }).await;
        closed.expect("it lives");
    }
}

fn bundle_ref(bundle: &Bundle, is_inline: bool) -> BundleRef {
    BundleRef {
        digest: bundle.digest(),
        inline: bundle.bytes().filter(|_| is_inline).cloned(),
    }
}

fn invoke(flight: FlightId, bundle: &Bundle, is_inline: bool) -> Envelope {
    Envelope::Invoke(Box::new(Invoke {
        flight,
        bundle: bundle_ref(bundle, is_inline),
        params: Bytes::from_static(b"{}"),
        surroundings: Default::default(),
        size: None,
        policy: Policy::Flight,
        timeout: HANG,
        watch: false,
    }))
}

async fn until(is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let looked = tokio::time::timeout(HANG, looking).await;
    looked.expect("it never comes to that");
}
