//! Messages between actors of different nodes: three nodes in this process, over real sockets.

mod death;
mod flow;
mod groups;
mod letters;
mod versions;
mod watches;

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use actix::prelude::*;
use raptor_cluster::remote::{RemoteError, RemoteMessage, RemoteRecipient};
use raptor_cluster::security::Security;
use raptor_cluster::{Node, NodeConfig};
use serde::{Deserialize, Serialize};

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(30);

/// This program is also the fork server of its nodes. The test harness has a `main` of its own.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
    death::be_far_if_asked();
}

/// Answered with the text, twice.
#[derive(Serialize, Deserialize)]
struct Echo(String);

impl Message for Echo {
    type Result = String;
}

impl RemoteMessage for Echo {
    const KIND: &'static str = "echo";
}

/// Told, not asked.
#[derive(Serialize, Deserialize)]
struct Count(u32);

impl Message for Count {
    type Result = ();
}

impl RemoteMessage for Count {
    const KIND: &'static str = "count";
}

/// Never answered.
#[derive(Serialize, Deserialize)]
struct Silence;

impl Message for Silence {
    type Result = ();
}

impl RemoteMessage for Silence {
    const KIND: &'static str = "silence";
}

/// An actor on a thread of its own, as those of an embedder are.
struct Parrot {
    counted: Sender<u32>,
}

impl Actor for Parrot {
    type Context = Context<Self>;
}

impl Handler<Echo> for Parrot {
    type Result = String;

    fn handle(&mut self, Echo(text): Echo, _: &mut Self::Context) -> String {
        text.repeat(2)
    }
}

impl Handler<Count> for Parrot {
    type Result = ();

    fn handle(&mut self, Count(number): Count, _: &mut Self::Context) {
        // The test may have ended.
        let _ = self.counted.send(number);
    }
}

impl Handler<Silence> for Parrot {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Silence, _: &mut Self::Context) -> Self::Result {
        Box::pin(std::future::pending().into_actor(self))
    }
}

/// End the actor.
#[derive(Message)]
#[rtype(result = "()")]
struct Stop;

impl Handler<Stop> for Parrot {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

async fn start(name: &str, peers: &[SocketAddr]) -> Node {
    start_with(name, peers, raptor_cluster::testing::keys()).await
}

async fn start_with(name: &str, peers: &[SocketAddr], security: Security) -> Node {
    let node = name.parse().expect("a name");
    let mut config = NodeConfig::new(node, name.parse().expect("a name"));
    config.security = security;
    config.seeds = peers.iter().map(ToString::to_string).collect();
    Node::start(config).await.expect("it starts")
}

async fn met(node: &Node, others: usize) {
    let mut counts = node.watch_peers();
    let all = async { while counts.recv().await.expect("it lives") != others {} };
    tokio::time::timeout(HANG, all)
        .await
        .expect("it finds its peers");
}

/// Three nodes that know each other, and an actor that the second has registered.
struct Trial {
    here: Node,
    there: Node,
    third: Node,
    parrot: Addr<Parrot>,
    counted: Receiver<u32>,
    _arbiter: Arbiter,
}

impl Trial {
    async fn start() -> Self {
        let here = start("here", &[]).await;
        let there = start("there", &[here.address()]).await;
        let third = start("third", &[here.address(), there.address()]).await;
        for node in [&here, &there, &third] {
            met(node, 2).await;
        }
        let (counter, counted) = channel();
        let arbiter = Arbiter::new();
        let parrot = Parrot::start_in_arbiter(&arbiter.handle(), |_| Parrot { counted: counter });
        there.register::<Echo>("parrot", parrot.clone().recipient());
        there.register::<Count>("parrot", parrot.clone().recipient());
        there.register::<Silence>("parrot", parrot.clone().recipient());
        Self {
            here,
            there,
            third,
            parrot,
            counted,
            _arbiter: arbiter,
        }
    }

    /// The actor, from the first node.
    fn parrot<M: RemoteMessage>(&self) -> RemoteRecipient<M>
    where
        M::Result: Send,
    {
        self.here.remote(self.there.record().node.clone(), "parrot")
    }

    /// Asks the actor from the first node.
    async fn ask<M: RemoteMessage>(&self, message: &M) -> Result<M::Result, RemoteError>
    where
        M::Result: Send,
    {
        self.ask_as("parrot", message, HANG).await
    }

    async fn ask_as<M: RemoteMessage>(
        &self,
        name: &str,
        message: &M,
        deadline: Duration,
    ) -> Result<M::Result, RemoteError>
    where
        M::Result: Send,
    {
        let there = self.there.record().node.clone();
        let remote = self.here.remote(there, name);
        let asked = tokio::time::timeout(2 * HANG, remote.ask(message, deadline)).await;
        asked.expect("an ask resolves in any case")
    }
}

fn echo() -> Echo {
    Echo("ab".to_owned())
}

/// Passes on what it is told of one type.
struct Listener<M>(Sender<M>);

impl<M: Message<Result = ()> + Send + Unpin + 'static> Listener<M> {
    fn start() -> (Recipient<M>, Receiver<M>) {
        let (told, heard) = channel();
        (Actor::start(Self(told)).recipient(), heard)
    }
}

impl<M: Unpin + 'static> Actor for Listener<M> {
    type Context = Context<Self>;
}

impl<M: Message<Result = ()> + Send + Unpin + 'static> Handler<M> for Listener<M> {
    type Result = ();

    fn handle(&mut self, message: M, _: &mut Self::Context) {
        // The test may have ended.
        let _ = self.0.send(message);
    }
}

/// Waits, while the actors of this thread go on, for what one of them hears next.
async fn next<M>(heard: &Receiver<M>) -> M {
    let mut found = None;
    until(|| {
        found = heard.try_recv().ok();
        found.is_some()
    })
    .await;
    found.expect("it was found just now")
}

async fn until(mut is_so: impl FnMut() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let looked = tokio::time::timeout(HANG, looking).await;
    looked.expect("it never comes to that");
}
