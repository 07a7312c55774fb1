//! The death of a node: from SIGKILL until no process of it is left.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use raptor_cluster::{Bundle, Invocation, LocalCluster};
use raptor_sys::Pidfd;

use super::figure::{Samples, Sheet};
use super::umpire::{Umpire, ends};
use super::{Failure, clock};
use crate::bench::act;

/// How many functions the node runs when it dies.
const FUNCTIONS: u16 = 4;

/// Measures it on nodes that each run some functions.
pub(super) async fn measure(sheet: &mut Sheet, n: u32) -> Result<(), Failure> {
    let umpire = Umpire::new()?;
    let mut deaths = Samples::default();
    for _ in 0..n {
        deaths.push(die(&umpire).await?);
    }
    sheet.state("node_death", &deaths);
    Ok(())
}

async fn die(umpire: &Umpire) -> Result<Duration, Failure> {
    let change = |config: &mut raptor_cluster::NodeConfig| {
        config.slots = FUNCTIONS;
        config.flight.slots = FUNCTIONS;
    };
    let cluster = LocalCluster::start_with(1, change).await?;
    let client = cluster.client(0).await?;
    let function = |at| {
        format!(
            r#""f{at}": {{ "depends": [], "exec": ["raptor", "{}"] }}"#,
            act::WORD
        )
    };
    let functions: Vec<_> = (0..FUNCTIONS).map(function).collect();
    let invocation = Invocation {
        params: umpire.params(None)?.into(),
        ..Invocation::new(Bundle::from_manifest(&format!(
            "{{ {} }}",
            functions.join(",")
        ))?)
    };
    let activation = client.invoke(invocation);
    for _ in 0..FUNCTIONS {
        umpire.next()?;
    }
    let node = cluster.nodes()[0].pid().ok_or("find the node's process")?;
    let node = Pid::from_raw(node.cast_signed());
    let family = family(node);
    // The node, its fork server, and the functions.
    if family.len() != usize::from(FUNCTIONS) + 2 {
        return Err(format!("find all processes of the node: {family:?}").into());
    }
    let pidfds: Result<Vec<_>, _> = family.iter().map(|pid| Pidfd::open(pid.as_raw())).collect();
    let pidfds = pidfds?;
    let start = clock::now_ns();
    kill(node, Signal::SIGKILL)?;
    let ends = ends(&pidfds)?;
    drop(activation);
    let last = ends.into_iter().max().unwrap_or(start);
    Ok(Duration::from_nanos(last - start))
}

/// A process and all its descendants.
fn family(root: Pid) -> Vec<Pid> {
    let mut family = vec![root];
    let mut looked = 0;
    while let Some(parent) = family.get(looked).copied() {
        family.extend(children(parent));
        looked += 1;
    }
    family
}

/// The children of all threads of a process.
fn children(parent: Pid) -> Vec<Pid> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let pids = lists.flat_map(|list| {
        let pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
        pids.map(Pid::from_raw).collect::<Vec<_>>()
    });
    pids.collect()
}
