//! Load tests and benchmarks.
//!
//! The nodes of its clusters, their fork servers and the functions that they fork are this program
//! too, so it measures itself and needs no other.

mod act;
mod bench;
mod cli;
mod compare;
#[cfg_attr(not(test), expect(dead_code, reason = "what uses it is being built"))]
mod plot;
mod policy;
#[cfg_attr(not(test), expect(dead_code, reason = "what uses it is being built"))]
mod report;
mod run;
mod sample;
mod simulate;
#[cfg_attr(not(test), expect(dead_code, reason = "what uses it is being built"))]
mod statistics;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    raptor_cluster::node_main();
    // Attempts are forked as `raptor fn ...`: nothing that takes time comes before this.
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == "fn" => return raptor_functions::main(words),
        Some(word) if word == act::WORD => return act::main(),
        Some(word) if word == bench::FAR_WORD => return bench::far_main(words),
        Some(word) if word == bench::CONTAINER_WORD => return bench::container_main(words),
        Some(_) | None => {}
    }
    let done = match cli::Cli::parse().command {
        cli::Command::Bench(bench) => bench::run(&bench),
        cli::Command::Compare(args) => compare::cli::run(&args),
        cli::Command::Simulate(args) => simulate::cli::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadtest: failed to {error}");
            ExitCode::FAILURE
        }
    }
}
