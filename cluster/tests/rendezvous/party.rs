//! Nodes that know nothing of each other, and actions whose functions give values where the tests
//! want.

use std::time::Duration;

use raptor_cluster::{
    Activation, ActivationEvent, Answer, Bundle, Followed, Following, Invitation, Invocation,
    MemberIndex, Node, NodeConfig, Progress,
};

/// Far beyond what anything here takes: only a hang reaches it.
pub(crate) const HANG: Duration = Duration::from_secs(60);

pub(crate) const LEADER: MemberIndex = MemberIndex::LEADER;

/// A node with a key of its own. All attempts of the tests run at once.
pub(crate) async fn node(name: &str) -> Node {
    node_with(name, |_| {}).await
}

pub(crate) async fn node_with(name: &str, change: impl FnOnce(&mut NodeConfig)) -> Node {
    let mut config = config(name);
    change(&mut config);
    Node::start(config).await.expect("it starts")
}

pub(crate) fn config(name: &str) -> NodeConfig {
    let zone = format!("z-{name}");
    let mut config = NodeConfig::new(name.parse().expect("a name"), zone.parse().expect("a name"));
    config.slots = 16;
    config.flight.slots = 16;
    config
}

/// An action with so many functions, each of which gives a value on the member of its number, and
/// hangs on all others.
pub(crate) fn shared(functions: u16) -> Bundle {
    let functions = (0..functions).map(|at| function(at, &gives_on(at)));
    action(&functions.collect::<Vec<_>>())
}

/// An action of one function, which gives a value on that member and hangs on all others.
pub(crate) fn only(member: u16) -> Bundle {
    action_of(&gives_on(member))
}

/// An action of one function, which gives a value everywhere.
pub(crate) fn anywhere() -> Bundle {
    action_of("echo '{\"by\":0}' >&3")
}

/// An action of one function.
pub(crate) fn action_of(script: &str) -> Bundle {
    action(&[function(0, script)])
}

/// An action of one function, which fails everywhere.
pub(crate) fn nowhere() -> Bundle {
    action_of("exit 1")
}

fn gives_on(member: u16) -> String {
    format!("test $RAPTOR_MEMBER = {member} || exec sleep 1000; echo '{{\"by\":{member}}}' >&3")
}

fn function(at: u16, script: &str) -> String {
    let script = serde_json::Value::from(script);
    format!(r#""f{at}": {{"depends": [], "exec": ["sh", "-c", {script}]}}"#)
}

fn action(functions: &[String]) -> Bundle {
    let manifest = format!("{{{}}}", functions.join(","));
    Bundle::from_manifest(&manifest).expect("a manifest")
}

/// What so many functions give together, each on the member of its number.
pub(crate) fn landed(members: impl IntoIterator<Item = u16>) -> Answer {
    let values = (0..).zip(members);
    let values = values.map(|(at, member)| format!(r#""f{at}":{{"by":{member}}}"#));
    let values = values.collect::<Vec<_>>().join(",");
    Answer::Landed(format!("{{{values}}}").into())
}

pub(crate) fn invocation(action: &Bundle, size: u16) -> Invocation {
    Invocation {
        size: Some(size),
        timeout: HANG,
        watch: true,
        ..Invocation::new(action.clone())
    }
}

pub(crate) fn lead(node: &Node, action: &Bundle, size: u16) -> (Activation, Invitation) {
    node.lead(invocation(action, size))
}

pub(crate) fn follow(
    node: &Node,
    invitation: &Invitation,
    member: u16,
    action: &Bundle,
) -> Following {
    let size = invitation.size;
    let invocation = invocation(action, size);
    node.follow(invitation.clone(), MemberIndex(member), invocation)
}

pub(crate) async fn answer(activation: &mut Activation) -> Answer {
    let answer = tokio::time::timeout(HANG, activation.answer()).await;
    answer.expect("it is decided").expect("its leader is there")
}

pub(crate) async fn end(following: &mut Following) -> Followed {
    let end = tokio::time::timeout(HANG, following.end()).await;
    end.expect("it ends")
}

/// Waits until something has happened in an activation.
pub(crate) async fn progress(activation: &mut Activation, awaited: Progress) {
    loop {
        let next = tokio::time::timeout(HANG, activation.next()).await;
        match next.expect("nothing happens").expect("its leader is there") {
            Some(ActivationEvent::Progress(progress)) if progress == awaited => return,
            Some(ActivationEvent::Progress(_)) => {}
            other => panic!("it has not come to {awaited:?}: {other:?}"),
        }
    }
}

pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let looked = tokio::time::timeout(HANG, looking).await;
    looked.expect("it never comes to that");
}
