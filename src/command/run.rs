//! `raptor run`: an action, once, on a cluster of its own.

use std::process::ExitCode;

use raptor_cluster::LocalCluster;

use super::interrupts::Interrupts;
use super::request::{self, Prepared};
use super::{fail, status};
use crate::{cli, telemetry};

pub(crate) fn main(run: &cli::Run) -> ExitCode {
    telemetry::from_environment();
    let prepared = match request::prepare(&run.request) {
        Ok(prepared) => prepared,
        Err(status) => return status,
    };
    super::block_on(async {
        match Interrupts::catch() {
            Ok(mut interrupts) => fly(prepared, &mut interrupts).await,
            Err(error) => fail(status::FAILED, format_args!("catch signals: {error}")),
        }
    })
}

async fn fly(prepared: Prepared, interrupts: &mut Interrupts) -> ExitCode {
    let size = prepared.size;
    // Who asks for so many here has the machine for it.
    let start = LocalCluster::start_with(usize::from(size), |config| config.flight.size_max = size);
    let cluster = tokio::select! {
        cluster = start => cluster,
        () = interrupts.first() => return ExitCode::from(status::INTERRUPTED),
    };
    let cluster = match cluster {
        Ok(cluster) => cluster,
        Err(error) => return fail(status::FAILED, error),
    };
    let status = match cluster.client(0).await {
        Ok(client) => request::fly(&client, prepared, interrupts).await,
        Err(error) => fail(status::FAILED, error),
    };
    // A second interrupt kills the nodes, whose fork servers clean up behind them.
    tokio::select! {
        () = cluster.shutdown() => status,
        () = interrupts.second() => ExitCode::from(status::INTERRUPTED),
    }
}
