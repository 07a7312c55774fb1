//! `raptor admin`: how a node is, and what can be changed while it runs.

use std::process::ExitCode;

use raptor_cluster::security::Security;
use raptor_cluster::{Admin, AdminError, ClientConfig, Shaping};

use super::interrupts::Interrupts;
use super::reach::reach;
use super::{fail, status};
use crate::cli::{self, Order, ShapingOrder};
use crate::{output, telemetry};

pub(crate) fn main(admin: cli::Admin) -> ExitCode {
    telemetry::from_environment();
    let security = match super::security(&admin.credentials) {
        Ok(security) => security,
        Err(status) => return status,
    };
    super::block_on(async {
        let mut interrupts = match Interrupts::catch() {
            Ok(interrupts) => interrupts,
            Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
        };
        tokio::select! {
            ended = administer(admin, security) => ended,
            () = interrupts.first() => ExitCode::from(status::INTERRUPTED),
        }
    })
}

async fn administer(asked: cli::Admin, security: Security) -> ExitCode {
    let config = |node| ClientConfig {
        cluster: asked.cluster.clone(),
        ..ClientConfig::new(node, security.clone())
    };
    let admin = match reach(&asked.node, config, Admin::connect).await {
        Ok(admin) => admin,
        Err(error) => return fail(status::FAILED, error),
    };
    match give(&admin, asked.order, asked.json).await {
        Ok(text) => {
            println!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => fail(status::FAILED, error),
    }
}

/// Gives the order, and gives what is to be printed.
async fn give(admin: &Admin, order: Order, json: bool) -> Result<String, AdminError> {
    let shaping = match order {
        Order::Status => {
            let status = admin.status().await?;
            return Ok(output::status(&status, json));
        }
        Order::Shaping(ShapingOrder::Show) => admin.shaping().await?,
        Order::Shaping(ShapingOrder::Set { rules, seed }) => {
            admin.set_shaping(Shaping { rules, seed }).await?
        }
        Order::Shaping(ShapingOrder::Clear) => admin.set_shaping(Shaping::default()).await?,
    };
    Ok(output::shaping(&shaping, json))
}
