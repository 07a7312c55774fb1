//! The miniature OpenWhisk as a program: `mini-openwhisk -- raptor runtime --kind python:3`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use mini_openwhisk::{Config, MiniOpenWhisk};

/// A miniature OpenWhisk whose containers are processes of this machine.
#[derive(Debug, Parser)]
struct Cli {
    /// Where the controller listens.
    #[arg(long, default_value = "127.0.0.1:3233")]
    listen: SocketAddr,
    /// The runtime, and its arguments.
    #[arg(last = true, required = true)]
    runtime: Vec<OsString>,
}

fn main() -> ExitCode {
    let Cli { listen, runtime } = Cli::parse();
    let config = Config {
        listen,
        ..Config::new(runtime)
    };
    match MiniOpenWhisk::start(config) {
        Ok(whisk) => {
            println!("apihost {} auth {}", whisk.url(), whisk.key());
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
