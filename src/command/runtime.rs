//! `raptor runtime`: the action runtime inside a container.

use std::net::SocketAddr;
use std::process::ExitCode;

use raptor::runtime::{Server, Settings, Variables};

use super::interrupts::Interrupts;
use super::{fail, status};
use crate::cli;

pub(crate) fn main(runtime: cli::Runtime) -> ExitCode {
    let is_port_chosen = runtime.port == 0;
    let settings = Settings {
        kind: runtime.kind,
        launcher: runtime.launcher,
        python: runtime.python,
        nodejs: runtime.nodejs,
        address: SocketAddr::new(runtime.host, runtime.port),
        variables: Variables::of_this_process(),
    };
    actix::System::new().block_on(async {
        let mut interrupts = match Interrupts::catch() {
            Ok(interrupts) => interrupts,
            Err(error) => return fail(status::FAILED, format_args!("catch signals: {error}")),
        };
        let server = match Server::start(settings) {
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
