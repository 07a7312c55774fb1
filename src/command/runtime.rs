//! `raptor runtime`: the action runtime inside a container.

use std::net::SocketAddr;
use std::process::ExitCode;

use raptor::runtime::{KnativeSettings, PlatformSettings, Server, Settings, Variables};

use super::interrupts::Interrupts;
use super::{fail, status};
use crate::cli;

pub(crate) fn main(runtime: cli::Runtime) -> ExitCode {
    let settings = settings(runtime);
    let is_port_chosen = settings.address.port() == 0;
    actix::System::new().block_on(async {
        let mut interrupts = match Interrupts::catch() {
            Ok(interrupts) => interrupts,
            Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
        };
        let server = match Server::start(settings).await {
            Ok(server) => server,
            Err(error) => return fail(status::FAILED, error),
        };
        if is_port_chosen && let Ok(address) = server.address() {
            // Before any activation: what is written later is the action's log.
            eprintln!("raptor: listening on {address}");
        }
        let (announced, announcement) = tokio::sync::oneshot::channel();
        let serving = server.serve(async {
            let _ = announcement.await;
        });
        let interrupted = async {
            interrupts.first().await;
            let _ = announced.send(());
            interrupts.second().await;
        };
        tokio::select! {
            () = serving => ExitCode::SUCCESS,
            () = interrupted => ExitCode::from(status::INTERRUPTED),
        }
    })
}

fn settings(runtime: cli::Runtime) -> Settings {
    let cli::Knative {
        action,
        main,
        service,
        peers,
        peer_secret,
        knative_port,
    } = runtime.knative;
    let (port, platform) = match runtime.platform {
        cli::PlatformName::Openwhisk => (runtime.port, PlatformSettings::OpenWhisk),
        cli::PlatformName::Knative => (
            knative_port.unwrap_or(runtime.port),
            PlatformSettings::Knative(KnativeSettings {
                action: action.expect("the command line requires it"),
                main,
                service,
                peers,
                peer_secret,
            }),
        ),
    };
    Settings {
        launcher: runtime.launcher,
        python: runtime.python,
        nodejs: runtime.nodejs,
        address: SocketAddr::new(runtime.host, port),
        zone: runtime.zone,
        own_address: runtime.own_address,
        platform,
        ..Settings::new(runtime.kind, Variables::of_this_process())
    }
}
