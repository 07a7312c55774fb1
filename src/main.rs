//! The program `raptor`: a node, a client, and a whole cluster for one run.

mod cli;
mod command;
mod key_file;
mod output;
mod params;
mod settings;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    raptor_cluster::node_main_with(telemetry::from_environment);
    // Attempts are forked as `raptor fn ...`: nothing that takes time comes before this.
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "fn") {
        return raptor_functions::main(words);
    }
    match cli::Cli::parse().command {
        cli::Command::Run(run) => command::run::main(&run),
        cli::Command::Node(node) => command::node::main(node),
        cli::Command::Runtime(runtime) => command::runtime::main(runtime),
        cli::Command::Invoke(invoke) => command::invoke::main(invoke),
        cli::Command::Admin(admin) => command::admin::main(admin),
        cli::Command::Health(health) => command::health::main(&health),
        cli::Command::Check(check) => command::check::main(&check),
        cli::Command::Key(key) => command::key::main(&key),
        cli::Command::Fn(_) => unreachable!("the word fn was taken before"),
    }
}
