//! A container of OpenWhisk: this program as `raptor runtime`.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use raptor::runtime::{Kind, Server, Settings, Variables};

/// What stands on the command line of a process that is to be one; `--port PORT` follows.
pub(crate) const WORD: &str = "container";

/// Runs one until it is killed, or the program that has started it has ended, however that did.
pub(crate) fn main(words: impl Iterator<Item = OsString>) -> ExitCode {
    if let Err(why) = set_pdeathsig(Signal::SIGKILL) {
        eprintln!("loadtest: failed to let a container end with its parent: {why}");
        return ExitCode::FAILURE;
    }
    let port = words.last().and_then(|port| port.to_str()?.parse().ok());
    let Some(port) = port else {
        eprintln!("loadtest: failed to start a container: no port is named");
        return ExitCode::FAILURE;
    };
    let mut settings = Settings {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        ..Settings::new(Kind::Python, Variables::of_this_process())
    };
    if let Some(zone) = std::env::var("RAPTOR_ZONE")
        .ok()
        .and_then(|it| it.parse().ok())
    {
        settings.zone = zone;
    }
    actix::System::new().block_on(async {
        match Server::start(settings).await {
            // Whoever started it kills it.
            Ok(server) => server.serve(std::future::pending()).await,
            Err(error) => eprintln!("loadtest: failed to {error}"),
        }
    });
    ExitCode::FAILURE
}
