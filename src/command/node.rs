//! `raptor node`: one node of a cluster, until it is told to end.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use raptor::config::{self, GatewaySettings, LauncherSettings, Settings};
use raptor::gateway::{Gateway, GatewayError};
use raptor_cluster::Node;
use tokio::signal::unix::{SignalKind, signal};

use super::interrupts::Interrupts;
use super::{fail, status};
use crate::{cli, settings, telemetry};

pub(crate) fn main(node: cli::Node) -> ExitCode {
    let settings = match config::load(&node.config) {
        Ok(settings) => settings,
        Err(problems) => {
            return fail(
                status::USAGE,
                format_args!("read the settings:\n{problems}"),
            );
        }
    };
    let whose = match settings::whose(&settings.node) {
        Ok(whose) => whose,
        Err(error) => return fail(status::USAGE, error),
    };
    if let Err(error) = telemetry::install(&settings.log, &settings.metrics, &whose) {
        return fail(status::FAILED, error);
    }
    super::block_on(live(settings))
}

/// Runs the node until the first signal, which drains it, or the second, which ends it at once.
async fn live(settings: Settings) -> ExitCode {
    let mut interrupts = match Interrupts::catch() {
        Ok(interrupts) => interrupts,
        Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
    };
    let secrets = Secrets {
        key_file: match settings.transport.security {
            config::Security::Noise => settings.transport.key_file.clone(),
            config::Security::None => None,
        },
        has_namespaces: settings.gateway.namespaces_file.is_some(),
    };
    let (gateway, launcher) = (settings.gateway.clone(), settings.launcher.clone());
    let config = match settings::node_config(settings) {
        Ok(config) => config,
        Err(error) => return fail(status::USAGE, error),
    };
    let started = tokio::select! {
        started = Node::start(config) => started,
        // It may wait for its host to have an address.
        () = interrupts.first() => return ExitCode::SUCCESS,
    };
    let node = match started {
        Ok(node) => Arc::new(node),
        Err(error) => return fail(status::FAILED, error),
    };
    let gateway = match serve(&gateway, &launcher, &node).await {
        Ok(gateway) => gateway,
        Err(error) => return fail(status::FAILED, format_args!("serve the gateway: {error}")),
    };
    tokio::select! {
        () = interrupts.first() => {}
        never = secrets.keep_exchanging(&node, gateway.as_ref()) => match never {},
    }
    tracing::info!("draining: a second signal ends the node at once");
    tokio::select! {
        () = end(gateway, node) => ExitCode::SUCCESS,
        () = interrupts.second() => ExitCode::from(status::INTERRUPTED),
    }
}

/// OpenWhisk's interface, if it is wanted.
async fn serve(
    settings: &GatewaySettings,
    launcher: &LauncherSettings,
    node: &Arc<Node>,
) -> Result<Option<Gateway>, GatewayError> {
    let Some(address) = settings.listen else {
        return Ok(None);
    };
    let interpreters = (launcher.python.as_path(), launcher.nodejs.as_path());
    let gateway = Gateway::start(settings, address, interpreters, node).await?;
    Ok(Some(gateway))
}

/// Ends all in order: what clients have begun first.
async fn end(gateway: Option<Gateway>, node: Arc<Node>) {
    if let Some(gateway) = gateway {
        gateway.stop().await;
    }
    match Arc::into_inner(node) {
        Some(node) => node.shutdown().await,
        None => unreachable!("the gateway has only looked at the node"),
    }
}

/// The files with secrets that are read again at every SIGHUP.
struct Secrets {
    key_file: Option<PathBuf>,
    has_namespaces: bool,
}

impl Secrets {
    /// Reads them again at every SIGHUP. What is wrong with them then is said, and changes nothing.
    async fn keep_exchanging(&self, node: &Node, gateway: Option<&Gateway>) -> Infallible {
        let Ok(mut hangups) = signal(SignalKind::hangup()) else {
            return std::future::pending().await;
        };
        loop {
            hangups.recv().await;
            if let Some(key_file) = &self.key_file {
                exchange_keys(node, key_file);
            }
            if let Some(gateway) = gateway.filter(|_| self.has_namespaces) {
                exchange_namespaces(gateway);
            }
        }
    }
}

fn exchange_keys(node: &Node, key_file: &Path) {
    match settings::node_keys(Some(key_file)) {
        Ok(ring) => {
            node.exchange_keys(ring);
            tracing::info!("the keys were read again");
        }
        Err(error) => tracing::error!("failed to {error}; the node keeps the keys that it has"),
    }
}

fn exchange_namespaces(gateway: &Gateway) {
    match gateway.exchange_keys() {
        Ok(count) => tracing::info!(count, "the namespaces were read again"),
        Err(error) => tracing::error!("failed to {error}; the gateway keeps those that it has"),
    }
}
