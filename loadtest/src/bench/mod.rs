//! Benchmarks: what Raptor costs, beside what the operating system alone costs.
//!
//! Value and floor take turns in one run, so that what else the machine does touches both.

pub(crate) mod act;
mod args;
pub(crate) mod clock;
mod figure;
mod fork;
mod harness;
mod messaging;
mod node_death;
mod noop;
mod preemption;
mod process;
mod python;
mod runtime;
mod transport;
mod umpire;

use std::error::Error;
use std::time::Duration;

use raptor_cluster::{Client, LocalCluster};

pub(crate) use args::Args;
use args::Subject;
use figure::Sheet;
pub(crate) use messaging::{FAR_WORD, far_main};

/// Not measured: caches fill, and buffers find their size.
const WARM_UP_ROUNDS: u32 = 10;

/// Far more than anything here takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many nodes the clusters of these benchmarks have.
const NODES: u16 = 3;

/// Why there is no figure; fits after "failed to".
type Failure = Box<dyn Error>;

/// Measures and tells.
pub(crate) fn run(bench: &Args) -> Result<(), Failure> {
    let sheet = match bench.subject {
        Subject::Flight => {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build()?.block_on(flight(bench))?
        }
        Subject::Runtime => {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime
                .enable_all()
                .build()?
                .block_on(runtime::measure(bench))?
        }
        Subject::Transport => transport::measure(bench.n)?,
        Subject::Harness => return harness::run(bench),
        Subject::Messaging => return messaging::run(bench),
    };
    if !bench.json_only {
        eprint!("{}", sheet.table());
    }
    Ok(())
}

async fn flight(bench: &Args) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new("flight");
    let is_wanted = |name: &str| name.starts_with(&bench.only);
    if is_wanted("fork") {
        fork::measure(&mut sheet, bench.n).await?;
    }
    let (cluster, client) = cluster().await?;
    if is_wanted("noop_flight_n1_k1") {
        noop::measure(&mut sheet, &client, 1, bench.n).await?;
    }
    if is_wanted("noop_flight_n3_k1") {
        noop::measure(&mut sheet, &client, NODES, bench.n).await?;
    }
    if is_wanted("preemption") {
        preemption::measure(&mut sheet, &client, bench.n).await?;
    }
    drop(client);
    cluster.shutdown().await;
    for (name, warm_max) in [("python_cold", 0), ("python_warm", 1)] {
        if is_wanted(name) {
            python::measure(&mut sheet, name, warm_max, bench.n.div_ceil(3)).await?;
        }
    }
    if is_wanted("node_death") {
        // Each sample starts a node.
        node_death::measure(&mut sheet, bench.n.div_ceil(10)).await?;
    }
    Ok(sheet)
}

/// Three nodes on the loopback, and a client of the first.
async fn cluster() -> Result<(LocalCluster, Client), Failure> {
    let cluster = LocalCluster::start(usize::from(NODES)).await?;
    let client = cluster.client(0).await?;
    Ok((cluster, client))
}
