//! `raptor health`: whether the node on this host is well, for health checks.
//!
//! It asks as an administrator, over SCTP and with the node's own key: what answers is the node itself,
//! its whole way from the socket to the supervisor, and not something beside it.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use raptor::config::{self, Problems, Settings};
use raptor_cluster::{Admin, AdminError, ConnectError, NodeId, Status};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{fail, status};
use crate::settings::{self, SettingsError};
use crate::{cli, telemetry};

/// What a gateway is asked whether it is ready. In HTTP/1.0 it closes the connection itself.
const READINESS_REQUEST: &[u8] = b"GET /invokers/ready HTTP/1.0\r\n\r\n";

/// What its answer begins with if it is: the version is a server's own.
const READY_STATUS: [&str; 2] = ["HTTP/1.1 200 ", "HTTP/1.0 200 "];

/// The longer of the two.
const STATUS_BYTES: u64 = 13;

/// The node is not well, or cannot be asked. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
enum Unhealthy {
    #[error("read the settings:\n{0}")]
    Problems(#[from] Problems),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("find {wanted} at {address}: there is {found}")]
    Another {
        wanted: NodeId,
        found: NodeId,
        address: SocketAddr,
    },
    #[error("find the node ready: it drains")]
    Draining,
    #[error("find the gateway at {address} ready: {why}")]
    Gateway { address: SocketAddr, why: String },
    #[error("hear from the node within {0:?}")]
    TimedOut(Duration),
}

/// Every failure is 1: what runs health checks keeps 2 for itself (Docker's HEALTHCHECK).
pub(crate) fn main(health: &cli::Health) -> ExitCode {
    telemetry::from_environment();
    super::block_on(async {
        let asked = ask(health);
        tokio::pin!(asked);
        match tokio::time::timeout(health.timeout, &mut asked).await {
            Ok(told) => tell(told, health.json),
            Err(_) => {
                let _ = tell(Err(Unhealthy::TimedOut(health.timeout)), health.json);
                // At once: a client would take leave of the node, which does not answer.
                std::process::exit(status::FAILED.into());
            }
        }
    })
}

fn tell(told: Result<Status, Unhealthy>, json: bool) -> ExitCode {
    match told {
        Ok(status) if json => println!("{}", in_json(&status)),
        Ok(status) => println!("{}", in_words(&status)),
        Err(unhealthy) => {
            if json {
                let why = format!("failed to {unhealthy}");
                println!("{}", json!({ "healthy": false, "why": why }));
            }
            return fail(status::FAILED, unhealthy);
        }
    }
    ExitCode::SUCCESS
}

async fn ask(health: &cli::Health) -> Result<Status, Unhealthy> {
    let settings = config::load(&health.config)?;
    let config = settings::administrator(&settings, health.timeout)?;
    let address = config.node;
    let admin = Admin::connect(config).await?;
    let status = admin.status().await?;
    let (wanted, found) = (settings::node_name(&settings.node)?, &status.record.node);
    if *found != wanted {
        let found = found.clone();
        return Err(Unhealthy::Another {
            wanted,
            found,
            address,
        });
    }
    if health.ready {
        check_ready(&settings, &status).await?;
    }
    Ok(status)
}

/// Whether it takes on more.
async fn check_ready(settings: &Settings, status: &Status) -> Result<(), Unhealthy> {
    if status.load.is_draining {
        return Err(Unhealthy::Draining);
    }
    let Some(listen) = settings.gateway.listen else {
        return Ok(());
    };
    let address = settings::on_this_host(listen);
    let refused = |why| Unhealthy::Gateway { address, why };
    let answer = first_words(address).await;
    let answer = answer.map_err(|error| refused(error.to_string()))?;
    if READY_STATUS.iter().any(|ready| answer.starts_with(ready)) {
        Ok(())
    } else {
        Err(refused(format!("it answers {answer:?}")))
    }
}

/// The beginning of a gateway's answer. By hand: one request on this very host needs no client.
async fn first_words(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(READINESS_REQUEST).await?;
    let mut words = Vec::new();
    stream.take(STATUS_BYTES).read_to_end(&mut words).await?;
    Ok(String::from_utf8_lossy(&words).into_owned())
}

/// How many nodes are up, as the node sees it, with itself.
fn members(status: &Status) -> usize {
    1 + status.members.iter().filter(|member| member.is_up).count()
}

fn in_words(status: &Status) -> String {
    let (members, flights) = (members(status), status.load.flights);
    let draining = if status.load.is_draining {
        ", draining"
    } else {
        ""
    };
    format!("up, {members} members, {flights} flights{draining}")
}

fn in_json(status: &Status) -> serde_json::Value {
    json!({
        "healthy": true,
        "node": status.record.node.as_str(),
        "zone": status.record.zone.as_str(),
        "members": members(status),
        "flights": status.load.flights,
        "draining": status.load.is_draining,
    })
}
