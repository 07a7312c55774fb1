//! `loadtest simulate`.

use std::error::Error;
use std::io::{self, Write};
use std::time::Instant;

use super::command;
use crate::simulate::check::{self, DIFFERENCE_MAX};
use crate::simulate::cluster::horizon::RELAXATIONS_MIN;
use crate::simulate::sweep::page::{Paper, make_directory};
use crate::simulate::sweep::payoff::payoffs;
use crate::simulate::sweep::settings::{Settings, WORKFLOWS_MAX, within};
use crate::simulate::sweep::text;
use crate::simulate::sweep::{Cell, sweep, tasks_wanted};

/// What to simulate.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Option<Subject>,
    #[command(flatten)]
    sweep: Settings,
}

#[derive(Debug, clap::Subcommand)]
enum Subject {
    /// Put the simulation beside what queueing theory knows in closed form.
    ///
    /// Fails if a figure is off by more than 2 %.
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct Check {
    /// How many workflows each figure is of. The errors shrink with its square root.
    #[arg(long, default_value_t = 3_000_000, value_parser = within(1_000, WORKFLOWS_MAX))]
    workflows: u32,
    /// Of all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Simulates, and tells: lines of JSON on standard output, a table on standard error.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    match &args.subject {
        Some(Subject::Check(check)) => run_check(check),
        None => run_sweep(&args.sweep),
    }
}

fn run_check(check: &Check) -> Result<(), Box<dyn Error>> {
    let mut verdicts = Vec::new();
    for case in check::cases(check.workflows, check.seed) {
        let verdict = case.run();
        writeln!(io::stdout(), "{}", serde_json::to_string(&verdict)?)?;
        verdicts.push(verdict);
    }
    eprint!("{}", text::verdicts(&verdicts));
    let off = verdicts.iter().filter(|verdict| !verdict.holds()).count();
    if off > 0 {
        let percent = DIFFERENCE_MAX * 100.0;
        return Err(
            format!("confirm what is known: {off} figures are off by over {percent} %").into(),
        );
    }
    Ok(())
}

fn run_sweep(args: &Settings) -> Result<(), Box<dyn Error>> {
    let experiment = args.experiment()?;
    if let Some(directory) = &args.out {
        make_directory(directory)?;
    }
    let mut loads = args.load.clone();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    let began = Instant::now();
    let mut told = Ok(());
    let cells = sweep(&experiment, &args.policies, &loads, |cell| {
        told = std::mem::replace(&mut told, Ok(())).and_then(|()| tell(cell));
    });
    told?;
    let payoffs = payoffs(&cells, &args.against);
    let head = text::COLUMNS.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head)
        .chain(cells.iter().map(text::row))
        .collect();
    eprint!("{}", text::table(&rows));
    for payoff in &payoffs {
        eprintln!("{payoff}");
    }
    if let Some(tasks) = tasks_wanted(&cells, args.tasks) {
        eprintln!(
            "what is called short ran for less than {RELAXATIONS_MIN} relaxation times: give \
             --tasks {tasks}, or fewer --servers"
        );
    }
    eprintln!("simulated in {:.1} s", began.elapsed().as_secs_f64());
    if let Some(directory) = &args.out {
        let paper = Paper {
            command: command(),
            settings: args.told(&experiment),
            cells: &cells,
            payoffs: &payoffs,
        };
        paper.write(directory)?;
    }
    Ok(())
}

fn tell(cell: &Cell) -> Result<(), io::Error> {
    let line = serde_json::to_string(cell)?;
    writeln!(io::stdout(), "{line}")
}

#[cfg(test)]
#[path = "simulate_tests.rs"]
mod tests;
