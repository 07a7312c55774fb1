//! `loadtest predict`.

mod table;

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use raptor_cluster::Bundle;
use raptor_core::manifest::Manifest;
use raptor_functions::distribution::{Distribution, DistributionError};

use crate::policy::Policy;
use crate::predict::{Question, predict};
use crate::report::{self, ReportError};
use crate::workflow::Form;
use table::Table;

/// The most flights: more than any figure needs, in minutes.
const FLIGHTS_MAX: u32 = 100_000_000;

/// From what, and what for.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["directory", "workflow"])))]
pub(crate) struct Args {
    /// The directory of an action: its manifest says what depends on what.
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Instead of an action functions f0, f1, ...: `independent:K`, or `sequence:K`.
    #[arg(long, value_name = "FORM")]
    workflow: Option<Form>,
    /// What an attempt takes, such as "exp mean=200ms" or "empirical file=PATH", for all functions
    /// that no `--services` names.
    #[arg(long, value_name = "DISTRIBUTION")]
    service: Option<Distribution>,
    /// What attempts at one function took: a file with a duration in seconds on every line.
    #[arg(long, value_name = "FUNCTION=FILE", value_parser = measured)]
    services: Vec<(String, Distribution)>,
    /// What attempts at functions of the same names took in a run that measured single attempts: a
    /// directory that `loadtest run --out` wrote.
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Who runs what, such as flight:3 or fork-join:3: others are compared with the first.
    #[arg(long, value_name = "POLICY", required = true)]
    policy: Vec<Policy>,
    /// How many attempts a member of a flight runs at once.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    slots: u16,
    /// How much weight of attempts the node of each member runs at once; others wait. No limit, if
    /// it is left out.
    #[arg(long, value_name = "SLOTS", value_parser = clap::value_parser!(u16).range(1..))]
    node_slots: Option<u16>,
    /// With which probability an attempt fails.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    fault: f64,
    /// How long a message takes from one member to another.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = delay)]
    delay: Duration,
    /// How many workflows are flown in virtual time where there is no closed form.
    #[arg(long, default_value_t = 100_000, value_parser = flights)]
    flights: u32,
    /// What those flights' times are drawn with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// The arguments do not fit together. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
enum PredictError {
    /// A function has no distribution.
    #[error(
        "predict what {0} takes: say so with --service \"exp mean=200ms\" for all functions, \
         --services {0}=FILE, or --run DIR of a run that measured it"
    )]
    Unknown(String),
    /// A distribution has no function.
    #[error("use --services {name}=FILE: there is no such function, only {functions}")]
    NoFunction { name: String, functions: String },
    /// A function has several distributions.
    #[error("use --services {0}=FILE: it stands there twice, leave one out")]
    Twice(String),
    /// The action cannot be read.
    #[error("read the action: {0}")]
    Action(String),
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] ReportError),
}

/// Predicts, and tells it on standard output.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let manifest = Arc::new(args.manifest()?);
    let services = args.services(&manifest)?;
    let mut table = Table::default();
    for (policy, seed) in args.policy.iter().zip(args.seed..) {
        let question = Question {
            manifest: Arc::clone(&manifest),
            services: services.clone(),
            policy: *policy,
            slots: args.slots,
            node_slots: args.node_slots,
            fault: args.fault,
            delay: args.delay,
        };
        // Each has a seed of its own, so that their errors do not depend on each other.
        table.push(*policy, predict(&question, args.flights, seed));
    }
    let text = if args.json {
        table.json()
    } else {
        table.text()
    };
    // Whoever reads may have enough.
    let _ = writeln!(io::stdout().lock(), "{text}");
    Ok(())
}

impl Args {
    fn manifest(&self) -> Result<Manifest, PredictError> {
        match (&self.directory, self.workflow) {
            (Some(directory), _) => {
                let read = Bundle::from_directory(directory);
                let (_, manifest) = read.map_err(|why| PredictError::Action(why.to_string()))?;
                Ok(manifest)
            }
            (None, Some(form)) => {
                // Nothing is executed, whatever is named.
                let text = form.manifest(&["raptor".to_owned()]);
                Ok(Manifest::parse(&text).expect("what a form makes is a manifest"))
            }
            (None, None) => unreachable!("clap asks for one of them"),
        }
    }

    /// What each function takes.
    fn services(&self, manifest: &Manifest) -> Result<Vec<Distribution>, PredictError> {
        let mut services = vec![self.service.clone(); manifest.len()];
        for (name, service) in self.run.as_deref().map_or(Ok(vec![]), alone)? {
            if let Some(function) = manifest.find(&name) {
                services[function.at()] = Some(service);
            }
        }
        let mut named = vec![false; manifest.len()];
        for (name, service) in &self.services {
            let function = manifest.find(name).ok_or_else(|| {
                let functions = manifest.functions().iter().map(|it| it.name.as_str());
                PredictError::NoFunction {
                    name: name.clone(),
                    functions: functions.collect::<Vec<_>>().join(", "),
                }
            })?;
            if std::mem::replace(&mut named[function.at()], true) {
                return Err(PredictError::Twice(name.clone()));
            }
            services[function.at()] = Some(service.clone());
        }
        let functions = manifest.functions().iter().zip(services);
        let known = functions.map(|(function, service)| {
            service.ok_or_else(|| PredictError::Unknown(function.name.clone()))
        });
        known.collect()
    }
}

/// What single attempts took in a run, by function.
fn alone(directory: &Path) -> Result<Vec<(String, Distribution)>, ReportError> {
    let saved = report::read(directory)?;
    let functions = saved.summary.workflow.functions.into_iter();
    let measured = functions
        .zip(saved.attempts_alone)
        .filter(|(_, times)| !times.is_empty());
    let services = measured.map(|(name, times)| (name, Distribution::empirical(times)));
    Ok(services.collect())
}

fn measured(text: &str) -> Result<(String, Distribution), String> {
    let (name, file) = text
        .split_once('=')
        .ok_or("write a function's name and a file, as split=split.txt")?;
    let service = format!("empirical file={file}").parse();
    let service = service.map_err(|why: DistributionError| why.to_string())?;
    Ok((name.to_owned(), service))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| "write a number from 0 to 1".to_owned())
}

fn delay(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|why| format!("write a duration such as 500us: {why}"))
}

fn flights(text: &str) -> Result<u32, String> {
    let flights = text
        .parse()
        .ok()
        .filter(|it| (2..=FLIGHTS_MAX).contains(it));
    flights.ok_or_else(|| format!("write a number from 2 to {FLIGHTS_MAX}"))
}
