//! Groups over several nodes.

use raptor_cluster::NodeId;
use raptor_cluster::remote::{Choice, Group, GroupMember, JoinError};

use super::*;

const GROUP: &str = "parrots";

/// Which node does one ask?
#[derive(Serialize, Deserialize)]
struct Where;

impl Message for Where {
    type Result = String;
}

impl RemoteMessage for Where {
    const KIND: &'static str = "where";
}

/// Says where it is, and never answers silence.
struct Local(String);

impl Actor for Local {
    type Context = Context<Self>;
}

impl Handler<Where> for Local {
    type Result = String;

    fn handle(&mut self, _: Where, _: &mut Self::Context) -> String {
        self.0.clone()
    }
}

impl Handler<Silence> for Local {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Silence, _: &mut Self::Context) -> Self::Result {
        Box::pin(std::future::pending().into_actor(self))
    }
}

impl Handler<Stop> for Local {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

/// Registers an actor at a node and lets it join.
async fn join(node: &Node) -> Addr<Local> {
    let local = Local(node.record().node.to_string()).start();
    node.register::<Where>("local", local.clone().recipient());
    node.register::<Silence>("local", local.clone().recipient());
    node.join_group(GROUP, "local").await.expect("it joins");
    local
}

fn member(node: &Node) -> GroupMember {
    GroupMember {
        node: node.record().node.clone(),
        actor: "local".to_owned(),
    }
}

async fn until_members(node: &Node, of: &[&Node]) {
    let group = node.group::<Where>(GROUP);
    let mut expected: Vec<_> = of.iter().map(|node| member(node)).collect();
    expected.sort();
    until(|| {
        let mut members = group.members();
        members.sort();
        members == expected
    })
    .await;
}

async fn asked(group: &Group<Where>, choice: Choice) -> String {
    let answer = group.ask_any(&Where, choice, HANG).await;
    answer.expect("somebody is there")
}

#[actix::test]
async fn members_are_known_on_all_nodes_and_forgotten_when_they_go() {
    let trial = Trial::start().await;
    let (here, there) = (&trial.here, &trial.there);
    let _first = join(here).await;
    let second = join(there).await;
    for node in [here, there, &trial.third] {
        until_members(node, &[here, there]).await;
    }
    // A node that comes later hears of all.
    let all = [here, there, &trial.third].map(Node::address);
    let fourth = start("fourth", &all).await;
    until_members(&fourth, &[here, there]).await;
    let _fourth = join(&fourth).await;
    until_members(here, &[here, there, &fourth]).await;
    // One leaves, one stops, one is gone with its node.
    here.leave_group(GROUP, "local");
    until_members(&trial.third, &[there, &fourth]).await;
    second.send(Stop).await.expect("it is up");
    until_members(&trial.third, &[&fourth]).await;
    drop(fourth);
    until_members(&trial.third, &[]).await;
    until_members(here, &[]).await;
}

#[actix::test]
async fn one_is_asked_and_all_are_told() {
    let trial = Trial::start().await;
    let nodes = [&trial.here, &trial.there, &trial.third];
    let mut actors = Vec::new();
    for node in nodes {
        actors.push(join(node).await);
    }
    until_members(&trial.here, &nodes).await;
    let group = trial.here.group::<Where>(GROUP);
    let mut turns = Vec::new();
    for _ in 0..6 {
        turns.push(asked(&group, Choice::InTurn).await);
    }
    assert_eq!(turns[..3], turns[3..], "in turn");
    turns.sort();
    turns.dedup();
    assert_eq!(turns, ["here", "there", "third"]);
    asked(&group, Choice::AtRandom).await;
    // Two that do not answer are busy.
    let silence = trial.here.group::<Silence>(GROUP);
    let deadline = Duration::from_millis(500);
    let busy = || silence.ask_any(&Silence, Choice::LeastAsked, deadline);
    let idle = async {
        let first = asked(&group, Choice::LeastAsked).await;
        assert_eq!(first, asked(&group, Choice::LeastAsked).await);
        first
    };
    let (first, second, _) = tokio::join!(busy(), busy(), idle);
    for late in [first, second] {
        assert!(
            matches!(late, Err(RemoteError::TimedOut { .. })),
            "{late:?}"
        );
    }
    assert_eq!(group.tell_all(&Where), []);
}

#[actix::test]
async fn nobody_in_a_group_is_an_error() {
    let trial = Trial::start().await;
    let group = trial.here.group::<Where>(GROUP);
    let nobody = group.ask_any(&Where, Choice::InTurn, HANG).await;
    assert_eq!(nobody, Err(RemoteError::NobodyThere(GROUP.to_owned())));
    let refused = trial.here.join_group(GROUP, "nobody").await;
    assert!(
        matches!(refused, Err(JoinError::NoSuchActor { .. })),
        "{refused:?}"
    );
    let refused = trial.there.join_group(&"g".repeat(257), "parrot").await;
    assert!(
        matches!(refused, Err(JoinError::NameTooLong { .. })),
        "{refused:?}"
    );
}

#[actix::test]
async fn whoever_cannot_be_reached_is_passed_over() {
    let trial = Trial::start().await;
    let _local = join(&trial.there).await;
    until_members(&trial.here, &[&trial.there]).await;
    let group = trial.here.group::<Where>(GROUP);
    let there: NodeId = trial.there.record().node.clone();
    let Trial { there: gone, .. } = trial;
    drop(gone);
    let asked = group.ask_any(&Where, Choice::InTurn, HANG).await;
    assert!(
        asked == Err(RemoteError::NobodyThere(GROUP.to_owned()))
            || asked == Err(RemoteError::Lost(there.clone()))
            || asked == Err(RemoteError::Unreachable(there)),
        "{asked:?}"
    );
}
