//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Load tests and benchmarks of Raptor.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure what Raptor costs, each figure beside its floor, in turns.
    ///
    /// Every figure is one line of JSON on standard output; a table follows on standard error.
    Bench(Bench),
}

/// What to measure, and how often.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure.
    #[arg(value_enum)]
    pub(crate) subject: Subject,
    /// How many samples of each figure.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) n: u32,
    /// Only these figures: those whose name begins so.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub(crate) only: String,
    /// No table.
    #[arg(long)]
    pub(crate) json_only: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Flights that do nothing, preemption, forks, the death of a node.
    Flight,
    /// Round trips between two postmasters.
    Transport,
}
