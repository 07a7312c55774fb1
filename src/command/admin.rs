//! `raptor admin`: how a node is, and what can be changed while it runs.

mod everywhere;
mod task;

use std::net::SocketAddr;
use std::process::ExitCode;

use raptor::config::HostPort;
use raptor_cluster::security::Security;
use raptor_cluster::{Admin, AdminError, ClientConfig, Shaping};
use raptor_core::ClusterName;

use self::task::Task;
use super::interrupts::Interrupts;
use super::reach::reach;
use super::{fail, status};
use crate::{cli, output, telemetry};

/// How its nodes are reached.
struct Access {
    cluster: ClusterName,
    security: Security,
}

impl Access {
    /// To the node at that address.
    fn to(&self, node: SocketAddr) -> ClientConfig {
        ClientConfig {
            cluster: self.cluster.clone(),
            ..ClientConfig::new(node, self.security.clone())
        }
    }
}

pub(crate) fn main(admin: cli::Admin) -> ExitCode {
    telemetry::from_environment();
    let task = match Task::read(admin.order) {
        Ok(task) => task,
        Err(error) => return fail(status::USAGE, error),
    };
    let security = match super::security(&admin.credentials) {
        Ok(security) => security,
        Err(status) => return status,
    };
    let access = Access {
        cluster: admin.cluster,
        security,
    };
    super::block_on(async {
        let mut interrupts = match Interrupts::catch() {
            Ok(interrupts) => interrupts,
            Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
        };
        tokio::select! {
            ended = administer(&admin.node, &access, task, admin.json) => ended,
            () = interrupts.first() => ExitCode::from(status::INTERRUPTED),
        }
    })
}

async fn administer(node: &HostPort, access: &Access, task: Task, json: bool) -> ExitCode {
    let admin = match reach(node, |node| access.to(node), Admin::connect).await {
        Ok(admin) => admin,
        Err(error) => return fail(status::FAILED, error),
    };
    match task {
        Task::Status => tell(admin.status().await.map(|it| output::status(&it, json))),
        Task::Shaping(change) => {
            let shaping = shape(&admin, change).await;
            tell(shaping.map(|shaping| output::shaping(&shaping, json)))
        }
        Task::ShapingEverywhere(change) => everywhere(access, &admin, change, json).await,
    }
}

/// Has a node shape packets so, or leaves it as it is. Gives what it does now.
async fn shape(admin: &Admin, change: Option<Shaping>) -> Result<Shaping, AdminError> {
    match change {
        Some(shaping) => admin.set_shaping(shaping).await,
        None => admin.shaping().await,
    }
}

async fn everywhere(
    access: &Access,
    admin: &Admin,
    change: Option<Shaping>,
    json: bool,
) -> ExitCode {
    let survey = match everywhere::shape(access, admin, change).await {
        Ok(survey) => survey,
        Err(error) => return fail(status::FAILED, error),
    };
    println!("{}", output::survey(&survey.done, json).trim_end());
    for member in survey.down() {
        let (node, address) = (&member.record.node, member.address);
        eprintln!("raptor: {node} at {address} is down, and was not reached");
    }
    match survey.complete() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(status::FAILED, error),
    }
}

fn tell(text: Result<String, AdminError>) -> ExitCode {
    match text {
        Ok(text) => {
            println!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => fail(status::FAILED, error),
    }
}
