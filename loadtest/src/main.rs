//! Load tests and benchmarks.
//!
//! The nodes of its clusters, their fork servers and the functions that they fork are this program
//! too, so it measures itself and needs no other.

mod arrival;
mod bench;
mod cli;
mod command;
mod compare;
mod container;
mod drive;
mod flying;
mod plot;
mod policy;
mod predict;
mod report;
mod run;
mod sample;
mod scenario;
mod simulate;
mod statistics;
mod stub;
mod targets;
mod text;
mod workflow;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if let Some(code) = be_another() {
        return code;
    }
    let done = match cli::Cli::parse().command {
        cli::Command::Bench(args) => bench::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Compare(args) => command::compare::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Run(args) => command::run::run(&args),
        cli::Command::Predict(args) => command::predict::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Simulate(args) => command::simulate::run(&args).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(status) => status,
        Err(error) => {
            eprintln!("loadtest: failed to {error}");
            ExitCode::FAILURE
        }
    }
}

/// What this process is instead, if it was started anew as a node, a function, a container, ...
fn be_another() -> Option<ExitCode> {
    raptor_cluster::node_main();
    // Attempts are forked as `raptor fn ...`: nothing that takes time comes before this.
    let mut words = std::env::args_os().skip(1);
    match words.next()? {
        word if word == "fn" => Some(raptor_functions::main(words)),
        word if word == bench::act::WORD => Some(bench::act::main()),
        word if word == bench::FAR_WORD => Some(bench::far_main(words)),
        word if word == container::WORD => Some(container::main(words)),
        word if word == stub::WORD => Some(stub::main(words)),
        _ => None,
    }
}

/// The tests are such a program, too.
#[cfg(test)]
#[ctor::ctor(unsafe)]
fn before_tests() {
    if let Some(code) = be_another() {
        let status = (0..=u8::MAX).find(|status| ExitCode::from(*status) == code);
        std::process::exit(status.expect("an exit code is one of 256").into());
    }
}
