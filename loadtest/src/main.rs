//! Load tests and benchmarks.
//!
//! The nodes of its clusters, their fork servers and the functions that they fork are this program
//! too, so it measures itself and needs no other.

mod act;
#[cfg_attr(not(test), expect(dead_code, reason = "what uses it is being built"))]
mod arrival;
mod bench;
mod cli;
mod container;
mod policy;
#[expect(dead_code, reason = "what uses it is being built")]
mod run;
#[expect(dead_code, reason = "what uses it is being built")]
mod sample;
#[expect(dead_code, reason = "what uses it is being built")]
mod scenario;
#[expect(dead_code, reason = "what uses it is being built")]
mod statistics;
mod stub;
#[expect(dead_code, reason = "what uses it is being built")]
mod target;

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
        Some(word) if word == stub::WORD => return stub::main(words),
        Some(word) if word == container::WORD => return container::main(words),
        Some(_) | None => {}
    }
    let cli::Command::Bench(bench) = cli::Cli::parse().command;
    match bench::run(&bench) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadtest: failed to {error}");
            ExitCode::FAILURE
        }
    }
}
