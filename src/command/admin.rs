//! `raptor admin`: how a node is, and what can be changed while it runs.

mod everywhere;
mod task;

use std::process::ExitCode;

use raptor_cluster::{Admin, AdminError, ClientConfig, Shaping};

use self::task::Task;
use super::interrupts::Interrupts;
use super::{fail, status};
use crate::{cli, output, telemetry};

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
    let config = ClientConfig {
        cluster: admin.cluster,
        ..ClientConfig::new(admin.node, security)
    };
    super::block_on(async {
        let mut interrupts = match Interrupts::catch() {
            Ok(interrupts) => interrupts,
            Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
        };
        tokio::select! {
            ended = administer(config, task, admin.json) => ended,
            () = interrupts.first() => ExitCode::from(status::INTERRUPTED),
        }
    })
}

async fn administer(config: ClientConfig, task: Task, json: bool) -> ExitCode {
    let admin = match Admin::connect(config.clone()).await {
        Ok(admin) => admin,
        Err(error) => return fail(status::FAILED, error),
    };
    match task {
        Task::Status => tell(admin.status().await.map(|it| output::status(&it, json))),
        Task::Shaping(change) => {
            let shaping = shape(&admin, change).await;
            tell(shaping.map(|shaping| output::shaping(&shaping, json)))
        }
        Task::ShapingEverywhere(change) => everywhere(&config, &admin, change, json).await,
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
    config: &ClientConfig,
    admin: &Admin,
    change: Option<Shaping>,
    json: bool,
) -> ExitCode {
    let survey = match everywhere::shape(config, admin, change).await {
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
