//! `loadtest run`: a scenario, from its file to what it gave.

mod table;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::task::LocalSet;

use super::command;
use crate::drive;
use crate::predict::of_run;
use crate::report::{self, ReportError};
use crate::run::Run;
use crate::scenario::{Changes, Scenario};
use crate::targets::Address;

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
    /// No progress and no table.
    #[arg(long)]
    quiet: bool,
}

/// Makes the load test, and tells what it gave.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
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
    if let Some(directory) = &args.out {
        make(directory)?;
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    let drive = drive::drive(&scenario, command(), args.quiet);
    let run = LocalSet::new().block_on(&runtime, drive)?;
    let written = match &args.out {
        Some(directory) => write(&scenario, &run, directory),
        None => Ok(()),
    };
    // What cannot be written is told at least.
    match tell(&run, args.quiet) {
        // Whoever reads it wanted no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        told => told?,
    }
    Ok(written?)
}

/// The directory of the run, in which files can be made: to hear the opposite after the run would
/// be too late.
fn make(directory: &Path) -> Result<(), ReportError> {
    let made = fs::create_dir_all(directory).and_then(|()| tempfile::tempfile_in(directory));
    match made {
        Ok(_) => Ok(()),
        Err(source) => Err(ReportError::Unwritable {
            path: directory.to_owned(),
            source,
        }),
    }
}

/// The run, beside what was to be expected.
fn write(scenario: &Scenario, run: &Run, directory: &Path) -> Result<(), ReportError> {
    let delay = scenario.target.delay();
    let predictions = of_run::of_run(run, delay, of_run::FLIGHTS);
    report::write(run, &predictions, directory)
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
