//! The miniature OpenWhisk as a program: `mini-openwhisk -- raptor runtime --kind python:3`, or
//! `mini-openwhisk --docker raptor:openwhisk`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use mini_openwhisk::{Config, Image, MiniOpenWhisk, Zone};

/// A miniature OpenWhisk, whose containers are processes of this machine or Docker's. Runs until its
/// standard input ends.
#[derive(Debug, Parser)]
struct Cli {
    /// Where the controller listens; with --docker, at that port also where containers see this
    /// host.
    #[arg(long, default_value = "127.0.0.1:3233")]
    listen: SocketAddr,
    /// Containers are Docker's, of this image, which is not pulled.
    #[arg(long, value_name = "IMAGE", conflicts_with = "runtime")]
    docker: Option<String>,
    /// The Docker network of all containers [default: a new one, removed at the end].
    #[arg(long, requires = "docker")]
    network: Option<String>,
    /// A zone, told to its containers as RAPTOR_ZONE; may be repeated.
    #[arg(long = "zone", value_name = "NAME")]
    zones: Vec<String>,
    /// The runtime, and its arguments.
    #[arg(last = true, required_unless_present = "docker")]
    runtime: Vec<OsString>,
}

impl Cli {
    fn config(self) -> Config {
        let containers = match self.docker {
            None => Config::new(self.runtime),
            Some(name) => Config::docker(Image {
                name,
                network: self.network,
            }),
        };
        Config {
            listen: self.listen,
            zones: self.zones.into_iter().map(Zone::new).collect(),
            ..containers
        }
    }
}

fn main() -> ExitCode {
    match MiniOpenWhisk::start(Cli::parse().config()) {
        Ok(whisk) => {
            println!("apihost {} auth {}", whisk.url(), whisk.key());
            if let Some(label) = whisk.docker_label() {
                println!("docker label {label}");
            }
            // Until the user ends it.
            let _ = std::io::stdin().lines().count();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("mini-openwhisk: failed to {error}");
            ExitCode::FAILURE
        }
    }
}
