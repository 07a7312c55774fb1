//! `loadtest run`: a scenario, from its file to what it gave.

mod directory;
mod gain;
mod table;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::task::LocalSet;

use super::command;
use crate::drive;
use crate::predict::of_run;
use crate::report::{self, Summary};
use crate::run::Run;
use crate::scenario::{Changes, Scenario};
use crate::targets::Address;
use gain::{GainError, Within};

/// The exit status of a run that went well, but gained less, or more, than theory allows.
const BESIDE_THEORY: u8 = 3;

/// How many kinds of failures are told, at most.
const COMPLAINTS_MAX: usize = 5;

/// Which scenario, and what is to be otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The scenario: a TOML file.
    #[arg(value_name = "SCENARIO.toml")]
    scenario: PathBuf,
    /// Writes the run into this directory: report.html for people, summary.json and tables of all
    /// samples for programs.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Another target than the scenario's, such as embedded:3 or raptor://HOST:PORT?key=FILE.
    #[arg(long, value_name = "URL")]
    target: Option<Address>,
    /// Another number of workflows of each policy.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests: Option<u32>,
    /// Another seed: other arrivals, and another order of the policies.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Judges the gain: exit status 3 if a policy's mean is not shorter than the first one's by
    /// what theory says, give or take this share of that, such as 10%.
    #[arg(long, value_name = "SHARE")]
    within: Option<Within>,
    /// No progress and no table.
    #[arg(long)]
    quiet: bool,
}

/// Makes the load test, and tells what it gave.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let mut target = args.target.clone();
    if let Some(target) = &mut target {
        // Paths of a scenario begin where it stands, paths of a command where it is given.
        target.seek_from(&std::env::current_dir()?);
    }
    let changes = Changes {
        target,
        requests: args.requests,
        seed: args.seed,
    };
    let scenario = Scenario::read(&args.scenario, &changes)?;
    if args.within.is_some() && scenario.policies.len() < 2 {
        return Err(GainError::OnePolicy.into());
    }
    if let Some(directory) = &args.out {
        directory::make(directory)?;
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    let drive = drive::drive(&scenario, command(), args.quiet);
    let run = LocalSet::new().block_on(&runtime, drive)?;
    let is_wanted = args.out.is_some() || args.within.is_some();
    let summary = is_wanted.then(|| summary(&scenario, &run));
    let written = match (&args.out, &summary) {
        (Some(directory), Some(summary)) => report::write(&run, summary, directory),
        _ => Ok(()),
    };
    // What cannot be written is told at least.
    match tell(&run, args.quiet) {
        // Whoever reads it wanted no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        told => told?,
    }
    written?;
    match (args.within, &summary) {
        (Some(within), Some(summary)) => Ok(judge(summary, within)?),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The run's figures, beside what was to be expected.
fn summary(scenario: &Scenario, run: &Run) -> Summary {
    let predictions = of_run::of_run(run, scenario.target.delay(), of_run::FLIGHTS);
    report::tally::tally(run, &predictions)
}

/// Says what was gained beside what was to be, and whether that is near enough.
fn judge(summary: &Summary, within: Within) -> Result<ExitCode, GainError> {
    let mut status = ExitCode::SUCCESS;
    for gain in gain::gains(summary)? {
        if gain.is_within(within) {
            eprintln!("loadtest: {gain}, within {within}");
        } else {
            eprintln!("loadtest: {gain}, which is not within {within}");
            status = ExitCode::from(BESIDE_THEORY);
        }
    }
    Ok(status)
}

/// Lines of JSON on standard output, everything for a person on standard error.
fn tell(run: &Run, is_quiet: bool) -> io::Result<()> {
    let rows = table::rows(run);
    for note in &run.notes {
        eprintln!("loadtest: {note}");
    }
    if !is_quiet {
        eprint!("{}", table::table(&rows));
        for (why, count) in table::complaints(run).iter().take(COMPLAINTS_MAX) {
            eprintln!("{count} times {why}");
        }
    }
    let mut output = io::stdout().lock();
    for row in &rows {
        let line = serde_json::to_string(row).expect("it has string keys only");
        writeln!(output, "{line}")?;
    }
    output.flush()
}
