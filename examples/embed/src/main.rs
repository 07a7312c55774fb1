//! Raptor inside a program of one's own.
//!
//! Three nodes in this process, in three zones, that meet over SCTP on the loopback. They fly an
//! action on which one member is hopelessly slow, and their actors send each other messages.
//!
//! `cargo run -p raptor-embed`

mod tally;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use actix::Actor;
use raptor_cluster::remote::Choice;
use raptor_cluster::security::Security;
use raptor_cluster::{Answer, AttemptOutcome, Bundle, Invocation, MemberIndex, Node, NodeConfig};

use tally::{Add, Tally};

/// An action with one function, on three members. The leader's copy would take a minute.
const ACTION: &str = r#"{
  "greet": {
    "depends": [],
    "exec": ["sh", "-c", "[ $RAPTOR_MEMBER = 0 ] && sleep 60; echo '{\"text\": \"Hello!\"}' >&3"]
  },
  "__OW_NUM_CONCURRENCY": 3
}"#;

/// Far more than any answer on the loopback takes.
const DEADLINE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    // First of all: a node forks functions through a small process that is this program again.
    raptor_cluster::node_main();
    match actix::System::new().block_on(fly()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}

async fn fly() -> Result<(), Box<dyn Error>> {
    // Nodes that share a key are a cluster; whoever has none is a stranger.
    let key = Security::generate()?;
    let nodes = [
        start("a", &key).await?,
        start("b", &key).await?,
        start("c", &key).await?,
    ];
    introduce(&nodes).await;
    run_an_action(&nodes[0]).await?;
    exchange_messages(&nodes).await?;
    for node in nodes {
        node.shutdown().await;
    }
    Ok(())
}

/// A node on a free port of the loopback.
async fn start(letter: &str, key: &Security) -> Result<Node, Box<dyn Error>> {
    let name = format!("node-{letter}").parse()?;
    let zone = format!("zone-{letter}").parse()?;
    let config = NodeConfig {
        security: key.clone(),
        ..NodeConfig::new(name, zone)
    };
    let node = Node::start(config).await?;
    println!("{} listens on {}", node.record().node, node.address());
    Ok(node)
}

/// Tells every node where all are, and waits until they know each other.
async fn introduce(nodes: &[Node]) {
    let addresses: Vec<_> = nodes.iter().map(Node::address).collect();
    for node in nodes {
        node.meet(addresses.clone());
    }
    for node in nodes {
        node.has_met(nodes.len() - 1).await;
    }
}

/// Flies the action, led by `node`: the first copy to finish wins, and the others are preempted.
async fn run_an_action(node: &Node) -> Result<(), Box<dyn Error>> {
    let mut activation = node.invoke(Invocation::new(Bundle::from_manifest(ACTION)?));
    let Answer::Landed(result) = activation.answer().await? else {
        return Err("land".into());
    };
    println!("the action gave {}", String::from_utf8_lossy(&result));
    // The record comes when every attempt has ended, the preempted ones too.
    let record = activation.record().await?.ok_or("get a record")?;
    for attempt in &record.attempts {
        let member = &record.members[usize::from(attempt.attempt.member.0)];
        let (end_us, outcome) = attempt.end.ok_or("see how an attempt ended")?;
        println!("  {}: {outcome:?} after {end_us} us", member.node);
        let is_preempted = matches!(outcome, AttemptOutcome::Preempted { .. });
        if attempt.attempt.member == MemberIndex::LEADER && !is_preempted {
            return Err("preempt the straggler".into());
        }
    }
    Ok(())
}

/// Each node has an actor of the name "tally", whom the others reach through their own node.
async fn exchange_messages(nodes: &[Node]) -> Result<(), Box<dyn Error>> {
    for node in nodes {
        node.register::<Add>("tally", Tally::default().start().recipient());
    }
    let [first, .., last] = nodes else {
        return Err("find two nodes".into());
    };
    let tally = first.remote::<Add>(last.record().node.clone(), "tally");
    // In order, so the answer to the question holds what was told before.
    tally.tell(&Add(40))?;
    let sum = tally.ask(&Add(2), DEADLINE).await?;
    println!("the tally of {} is {sum}", last.record().node);
    if sum != 42 {
        return Err("count".into());
    }
    ask_a_group(nodes).await
}

/// The actors of all nodes that do the same: whoever is asked, each in its turn.
async fn ask_a_group(nodes: &[Node]) -> Result<(), Box<dyn Error>> {
    for node in nodes {
        node.join_group("tallies", "tally").await?;
    }
    let tallies = nodes[0].group::<Add>("tallies");
    // Who joins elsewhere is known here a moment later.
    while tallies.members().len() < nodes.len() {
        actix::clock::sleep(Duration::from_millis(1)).await;
    }
    let mut sums = Vec::new();
    for _ in nodes {
        sums.push(tallies.ask_any(&Add(1), Choice::InTurn, DEADLINE).await?);
    }
    sums.sort_unstable();
    println!("the tallies of all nodes are {sums:?}");
    if sums != [1, 1, 43] {
        return Err("take turns".into());
    }
    Ok(())
}
