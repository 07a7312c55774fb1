//! `raptor invoke`: an action, once, on a cluster that is up.

use std::process::ExitCode;

use raptor_cluster::{Client, ClientConfig};

use super::interrupts::Interrupts;
use super::reach::reach;
use super::request;
use super::{fail, status};
use crate::{cli, telemetry};

pub(crate) fn main(invoke: cli::Invoke) -> ExitCode {
    telemetry::from_environment();
    let prepared = match request::prepare(&invoke.request) {
        Ok(prepared) => prepared,
        Err(status) => return status,
    };
    let security = match super::security(&invoke.credentials) {
        Ok(security) => security,
        Err(status) => return status,
    };
    let config = |node| ClientConfig {
        cluster: invoke.cluster.clone(),
        ..ClientConfig::new(node, security.clone())
    };
    super::block_on(async {
        let mut interrupts = match Interrupts::catch() {
            Ok(interrupts) => interrupts,
            Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
        };
        let client = tokio::select! {
            client = reach(&invoke.node, config, Client::connect) => client,
            () = interrupts.first() => return ExitCode::from(status::INTERRUPTED),
        };
        match client {
            Ok(client) => request::fly(&client, prepared, &mut interrupts).await,
            Err(error) => fail(status::FAILED, error),
        }
    })
}
