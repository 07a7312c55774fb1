//! Messages between actors of different nodes: three nodes in this process, over real sockets.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use actix::prelude::*;
use raptor_cluster::remote::{RemoteError, RemoteMessage};
use raptor_cluster::{Node, NodeConfig};
use serde::{Deserialize, Serialize};

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(30);

/// This program is also the fork server of its nodes. The test harness has a `main` of its own.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
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
    let node = name.parse().expect("a name");
    let mut config = NodeConfig::new(node, name.parse().expect("a name"));
    config.security = raptor_cluster::testing::keys();
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

#[actix::test]
async fn an_ask_is_answered_from_another_node_and_from_ones_own() {
    let trial = Trial::start().await;
    assert_eq!(trial.ask(&echo()).await, Ok("abab".to_owned()));
    let there = trial.there.record().node.clone();
    for node in [&trial.third, &trial.there] {
        let remote = node.remote::<Echo>(there.clone(), "parrot");
        assert_eq!(remote.ask(&echo(), HANG).await, Ok("abab".to_owned()));
    }
}

#[actix::test]
async fn a_thousand_tells_arrive_in_their_order() {
    let trial = Trial::start().await;
    let there = trial.there.record().node.clone();
    for node in [&trial.here, &trial.there] {
        let remote = node.remote::<Count>(there.clone(), "parrot");
        for number in 0..1_000 {
            remote.tell(&Count(number)).await.expect("it is up");
        }
        for expected in 0..1_000 {
            let number = trial.counted.recv_timeout(HANG).expect("it arrives");
            assert_eq!(number, expected);
        }
    }
}

#[actix::test]
async fn whoever_asks_nobody_is_told_so() {
    let trial = Trial::start().await;
    let nobody = trial.ask_as("nobody", &echo(), HANG).await;
    let why = nobody.expect_err("there is no such actor").to_string();
    assert!(why.contains("no actor of that name"), "{why}");

    let node = "nowhere".parse().expect("a name");
    let remote = trial.here.remote::<Echo>(node, "parrot");
    for refused in [
        remote.ask(&echo(), HANG).await.map(drop),
        remote.tell(&echo()).await,
    ] {
        assert!(
            matches!(refused, Err(RemoteError::Unreachable(_))),
            "{refused:?}"
        );
    }
}

/// Another message under the name of [`Count`]'s kind: the nodes run different programs.
#[derive(Serialize, Deserialize)]
struct Miscount(String);

impl Message for Miscount {
    type Result = ();
}

impl RemoteMessage for Miscount {
    const KIND: &'static str = "count";
}

/// A kind that nobody has registered.
#[derive(Serialize, Deserialize)]
struct Unheard;

impl Message for Unheard {
    type Result = ();
}

impl RemoteMessage for Unheard {
    const KIND: &'static str = "unheard";
}

#[actix::test]
async fn a_message_of_another_kind_is_refused() {
    let trial = Trial::start().await;
    let unheard = trial
        .ask(&Unheard)
        .await
        .expect_err("it takes no such kind");
    assert!(unheard.to_string().contains("no actor"), "{unheard}");
    let miscounted = trial.ask(&Miscount("many".to_owned())).await;
    let why = miscounted.expect_err("that is no count").to_string();
    assert!(why.contains("no message of that kind"), "{why}");
}

#[actix::test]
async fn an_ask_that_is_not_answered_ends_with_its_deadline() {
    let trial = Trial::start().await;
    let deadline = Duration::from_millis(50);
    let asked = trial.ask_as("parrot", &Silence, deadline).await;
    assert!(
        matches!(asked, Err(RemoteError::TimedOut { .. })),
        "{asked:?}"
    );
    // And what is asked after it is answered.
    assert_eq!(trial.ask(&echo()).await, Ok("abab".to_owned()));
}

#[actix::test]
async fn an_actor_that_stops_ends_the_asks_to_it() {
    let trial = Trial::start().await;
    let pending = trial.ask(&Silence);
    let stop = async {
        // Behind the question, so that it was heard.
        trial.ask(&echo()).await.expect("it is up");
        trial.parrot.send(Stop).await.expect("it is up");
    };
    let (ended, ()) = tokio::join!(pending, stop);
    let why = ended.expect_err("nobody is left to answer").to_string();
    assert!(why.contains("stopped before it answered"), "{why}");
    let late = trial.ask(&echo()).await.expect_err("it has stopped");
    assert!(late.to_string().contains("stopped"), "{late}");
}

#[actix::test]
async fn a_node_that_goes_ends_the_asks_to_it() {
    let Trial {
        here,
        there,
        third,
        parrot,
        counted,
        _arbiter,
    } = Trial::start().await;
    let remote = here.remote::<Silence>(there.record().node.clone(), "parrot");
    let heard = here.remote::<Echo>(there.record().node.clone(), "parrot");
    let go = async {
        heard.ask(&echo(), HANG).await.expect("it is up");
        drop(there);
    };
    let (ended, ()) = tokio::join!(remote.ask(&Silence, 2 * HANG), go);
    assert!(matches!(ended, Err(RemoteError::Lost(_))), "{ended:?}");
    met(&here, 1).await;
    let late = heard.ask(&echo(), HANG).await;
    assert!(
        matches!(
            late,
            Err(RemoteError::Unreachable(_) | RemoteError::Lost(_))
        ),
        "{late:?}"
    );
    drop((third, parrot, counted));
}

#[actix::test]
async fn long_messages_arrive_and_longer_ones_are_refused() {
    let trial = Trial::start().await;
    let text = |bytes| Echo("x".repeat(bytes));
    let most = 16 << 20;
    let there = trial.there.record().node.clone();
    let remote = trial.here.remote::<Echo>(there, "parrot");
    // With the names of actor and kind it is just within the limit. Its answer is not.
    remote
        .tell(&text(most - 64))
        .await
        .expect("it is short enough");
    let answer = trial.ask(&text(4 << 20)).await.expect("it is short enough");
    assert_eq!(answer.len(), 8 << 20);
    for bytes in [most, 2 * most] {
        let refused = remote.tell(&text(bytes)).await;
        assert!(
            matches!(refused, Err(RemoteError::TooLong { .. })),
            "{refused:?}"
        );
    }
}

#[actix::test]
async fn an_answer_that_is_too_long_is_an_error_and_no_silence() {
    let trial = Trial::start().await;
    let message = Echo("x".repeat(9 << 20));
    let asked = trial.ask_as("parrot", &message, HANG / 3).await;
    let why = asked.expect_err("its answer is too long");
    assert!(!matches!(why, RemoteError::TimedOut { .. }), "{why}");
}
