//! An invoker's part of a Docker engine.

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::rt::task::spawn_blocking;

use super::command::{self, DockerError};
use super::guard::Guard;
use crate::config::Image;

/// The key of the label that everything has that is made there.
const LABEL: &str = "mini-openwhisk";

/// What prints the addresses that an engine's host has in a network.
const GATEWAYS: &str = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";

/// An invoker's part of a Docker engine: all that it makes there bears its label, and is removed in
/// the end.
pub(crate) struct Engine {
    /// Of what it makes containers.
    pub(super) image: String,
    /// The network that they are in.
    pub(super) network: String,
    /// This host's address in it, where containers reach the controller.
    pub(crate) gateway: IpAddr,
    /// `mini-openwhisk=UUID`.
    pub(crate) label: String,
    guard: Guard,
}

impl Engine {
    /// Looks for the image and the network, or makes that.
    pub(crate) fn open(image: &Image) -> Result<Self, DockerError> {
        let label = format!("{LABEL}={}", uuid::Uuid::new_v4().simple());
        let guard = Guard::start(&label).map_err(DockerError::Start)?;
        let run = |words: &[&str], arguments: &[&str]| {
            let hold = guard.hold().map_err(DockerError::Start)?;
            command::run(hold, words, arguments)
        };
        run(&["image", "inspect"], &["--format", "{{.Id}}", &image.name])?;
        let network = match &image.network {
            Some(network) => network.clone(),
            None => {
                let name = label.replace('=', "-");
                run(&["network", "create"], &["--label", &label, &name])?;
                name
            }
        };
        let gateways = run(&["network", "inspect"], &["--format", GATEWAYS, &network])?;
        let mut gateways = gateways.split_whitespace();
        let gateway = gateways.find_map(|gateway| gateway.parse().ok());
        Ok(Self {
            image: image.name.clone(),
            gateway: gateway.ok_or_else(|| DockerError::NoGateway(network.clone()))?,
            network,
            label,
            guard,
        })
    }

    /// Runs a command, `docker WORDS ARGUMENTS`, and gives what it prints.
    pub(super) fn run<A: AsRef<OsStr>>(
        &self,
        words: &[&str],
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String, DockerError> {
        let hold = self.guard.hold().map_err(DockerError::Start)?;
        command::run(hold, words, arguments)
    }

    /// The same for a container, while others go on.
    pub(super) async fn tell(
        self: &Arc<Self>,
        word: &'static str,
        arguments: Vec<OsString>,
    ) -> Result<String, DockerError> {
        let engine = Arc::clone(self);
        let told = spawn_blocking(move || engine.run(&[word], arguments));
        told.await.expect("it does not panic")
    }

    /// Removes all that is left, and waits for that. Nothing can be made any more.
    pub(crate) fn close(&self) {
        self.guard.release();
    }
}
