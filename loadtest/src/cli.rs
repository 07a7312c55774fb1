//! The command line.

use clap::{Parser, Subcommand};

use crate::bench;
use crate::command::{compare, predict, run, simulate};

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
    Bench(bench::Args),
    /// Put two runs side by side, and say what differs beyond noise.
    Compare(compare::Args),
    /// Make the load test that a scenario describes.
    ///
    /// Each policy's figures are a line of JSON on standard output; progress and a table go to
    /// standard error. Ctrl-C ends it early, with the figures of what was done.
    Run(run::Args),
    /// Say what to expect of a workflow, from what its attempts take.
    ///
    /// Exact where a closed form is known, which is named; else from flights in virtual time, with
    /// the standard error. Mean and quantiles are those of the workflows that land.
    Predict(predict::Args),
    /// Simulate a cluster under several policies, at one load after the other.
    ///
    /// Every policy at every load is one line of JSON on standard output; a table follows on
    /// standard error, and says from which load on redundancy no longer pays.
    Simulate(Box<simulate::Args>),
}
