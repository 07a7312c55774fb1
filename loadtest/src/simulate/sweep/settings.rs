//! What a sweep is asked for, as it is written on the command line.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use raptor_functions::distribution::Distribution;

use crate::flying::Values;
use crate::simulate::cluster::arrivals::Arrivals;
use crate::simulate::cluster::experiment::Experiment;
use crate::simulate::cluster::layout::Layout;
use crate::simulate::cluster::modulation::Modulation;
use crate::simulate::cluster::scheduler::{Flights, Scheduler};
use crate::simulate::cluster::workload::{Workload, read_workflow};

/// Each takes a few dozen bytes.
pub(crate) const WORKFLOWS_MAX: u32 = 50_000_000;

/// Fewer workflows than this say nothing: of 20 batches each has a hundred, enough for a 99th
/// percentile, even where half of all are the warm-up.
const WORKFLOWS_MIN: u32 = 5_000;

/// More than any cluster has.
const SERVERS_MAX: u32 = 1_000_000;
const SLOTS_MAX: u32 = 1_024;

/// A parser of numbers in a range, both ends included.
pub(crate) fn within(least: u32, most: u32) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(least)..=i64::from(most))
}

/// A cluster, what it is put to, and the loads and policies to be swept.
#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// How many servers the cluster has. Response times hardly depend on it, but how many tasks it
    /// takes until a cluster is in balance does: see --tasks.
    #[arg(long, default_value_t = 100, value_parser = within(1, SERVERS_MAX))]
    servers: u32,
    /// In how many zones.
    #[arg(long, default_value_t = 3)]
    zones: u16,
    /// How many attempts a server runs at once.
    #[arg(long, default_value_t = 1, value_parser = within(1, SLOTS_MAX))]
    slots: u32,
    /// How many attempts a member of a flight runs at once.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    flight_slots: u16,
    /// What attempts give: members of a flight may contradict each other where each gives its own.
    #[arg(long, value_enum, default_value_t = Values::Fresh)]
    values: Values,
    /// How long a message takes within a zone.
    #[arg(long, value_name = "TIME", default_value = "250us", value_parser = duration)]
    delay: Duration,
    /// How long a message takes between zones.
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = duration)]
    zone_delay: Duration,
    /// How long an attempt takes to die after it was told to stop.
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = duration)]
    stop: Duration,
    /// Zones that are slow at times, all servers of a zone at once: "factor=3 share=5% mean=10s".
    #[arg(long, value_name = "EPISODES")]
    slowness: Option<Modulation>,
    /// What a workflow is: independent:K, sequence:K, or the directory of an action.
    #[arg(long, value_name = "SHAPE", default_value = "independent:3")]
    workflow: String,
    /// How long attempts run. Once for all functions, or once for each in the manifest's order.
    #[arg(long, value_name = "DISTRIBUTION", default_value = "exp mean=200ms")]
    service: Vec<Distribution>,
    /// The probability that an attempt fails, at its end.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    fault: f64,
    /// When workflows arrive: poisson, constant or "modulated factor=5 share=10% mean=5s".
    #[arg(long, value_name = "PROCESS", default_value = "poisson")]
    arrivals: Arrivals,
    /// The loads: what one copy of every function takes, as a share of all slots.
    #[arg(
        long, value_name = "SHARES", value_delimiter = ',', value_parser = load,
        default_value = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95"
    )]
    pub(crate) load: Vec<f64>,
    /// The policies: fork-join, round-robin, central, sparrow:D, flight:N, hedge:TIME,
    /// redundancy:D.
    #[arg(
        long,
        value_name = "POLICIES",
        value_delimiter = ',',
        default_value = "fork-join,round-robin,sparrow:2,flight:2,flight:3,hedge:600ms,redundancy:2"
    )]
    pub(crate) policies: Vec<Scheduler>,
    /// With which of them the redundant ones are compared, to say from which load on they no longer
    /// pay.
    #[arg(
        long,
        value_name = "POLICIES",
        value_delimiter = ',',
        default_value = "fork-join"
    )]
    pub(crate) against: Vec<Scheduler>,
    /// How many functions arrive at each load. Servers of one slot with exponential service times
    /// need 7,000 each at load 0.9 and 30,000 each at 0.95 (20 relaxation times, of 1 / (1 -
    /// sqrt(load))^2 service times each); of a run that is shorter it is said how many it needs.
    #[arg(long, default_value_t = 3_000_000)]
    pub(crate) tasks: u32,
    /// Of all chance: the same seed gives the same figures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write a page with plots, the figures as JSON and as CSV into this directory.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|why| format!("{why}: write 250us, or 1ms"))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    let share = share.filter(|share| (0.0..1.0).contains(share));
    share.ok_or_else(|| "write a number from 0 to below 1, as 0.1".to_owned())
}

/// More than this overloads everything.
const LOAD_MAX: f64 = 10.0;

fn load(text: &str) -> Result<f64, String> {
    let load = text.parse().ok();
    let load = load.filter(|load| 0.001 <= *load && *load <= LOAD_MAX);
    load.ok_or_else(|| format!("write a share from 0.001 to {LOAD_MAX}, as 0.5"))
}

impl Settings {
    /// What is to be run, once all that was asked for fits together.
    pub(crate) fn experiment(&self) -> Result<Experiment, Box<dyn Error>> {
        self.check_policies()?;
        self.check_against()?;
        let workload = self.workload()?;
        let workflows = self.tasks / workload.manifest.len() as u32;
        if !(WORKFLOWS_MIN..=WORKFLOWS_MAX).contains(&workflows) {
            return Err(format!(
                "simulate {} tasks in {workflows} workflows: --tasks must make {WORKFLOWS_MIN} to \
                 {WORKFLOWS_MAX} of them",
                self.tasks
            )
            .into());
        }
        Ok(Experiment {
            layout: self.layout()?,
            workload,
            arrivals: self.arrivals,
            load: self.load[0],
            workflows,
            flight_slots: self.flight_slots,
            values: self.values,
            seed: self.seed,
        })
    }

    fn workload(&self) -> Result<Workload, Box<dyn Error>> {
        let manifest = Arc::new(read_workflow(&self.workflow)?);
        let functions = manifest.len();
        let services = match self.service.as_slice() {
            [one] => vec![one.clone(); functions],
            all if all.len() == functions => all.to_vec(),
            all => {
                let given = all.len();
                return Err(format!(
                    "give {functions} functions {given} distributions: write --service once, or \
                     once for each"
                )
                .into());
            }
        };
        if services.iter().all(|service| service.mean().is_zero()) {
            return Err(
                "load a cluster with functions that take no time: give --service a mean".into(),
            );
        }
        let fault = self.fault;
        Ok(Workload {
            manifest,
            services,
            fault,
        })
    }

    /// No policy stands there twice.
    fn check_policies(&self) -> Result<(), Box<dyn Error>> {
        for (at, policy) in self.policies.iter().enumerate() {
            if self.policies[..at].contains(policy) {
                return Err(format!(
                    "simulate {policy} twice: it would give the same; name it once in --policies"
                )
                .into());
            }
        }
        Ok(())
    }

    /// Nothing is compared with what is not simulated.
    fn check_against(&self) -> Result<(), Box<dyn Error>> {
        let given = self.against.as_slice() != [Scheduler::ForkJoin];
        let mut missing = self.against.iter().filter(|it| !self.policies.contains(it));
        match missing.next().filter(|_| given) {
            Some(policy) => Err(format!(
                "compare with {policy}, which is not simulated: name it in --policies too"
            )
            .into()),
            None => Ok(()),
        }
    }

    fn layout(&self) -> Result<Layout, Box<dyn Error>> {
        let (servers, zones) = (self.servers, self.zones);
        if !(1..=servers).contains(&u32::from(zones)) {
            return Err(format!("put {servers} servers into {zones} zones: each needs one").into());
        }
        if self.zone_delay < self.delay {
            return Err(
                "make --zone-delay less than --delay: zones are not nearer than servers".into(),
            );
        }
        let layout = Layout {
            servers,
            zones,
            slots: self.slots,
            delay: self.delay,
            zone_delay: self.zone_delay,
            stop: self.stop,
            slowness: self.slowness,
        };
        let room = Flights::size_max(&layout);
        let wide = self.policies.iter();
        match wide.copied().find(|policy| policy.servers_min() > room) {
            Some(policy) => Err(format!(
                "place {policy} on {} different servers, spread over {zones} zones: {servers} \
                 servers have room for {room}; raise --servers",
                policy.servers_min()
            )
            .into()),
            None => Ok(layout),
        }
    }

    /// What was asked for, as reports state it.
    pub(crate) fn told(&self, experiment: &Experiment) -> Vec<(&'static str, String)> {
        let time = |time: Duration| humantime::format_duration(time).to_string();
        let services = self.service.iter().map(ToString::to_string);
        let slowness = self.slowness.map_or("none".to_owned(), |it| it.to_string());
        vec![
            ("servers", self.servers.to_string()),
            ("zones", self.zones.to_string()),
            ("node.slots", self.slots.to_string()),
            ("flight.slots", self.flight_slots.to_string()),
            ("delay within a zone", time(self.delay)),
            ("delay between zones", time(self.zone_delay)),
            ("stop", time(self.stop)),
            ("slow zones", slowness),
            ("workflow", self.workflow.clone()),
            ("service times", services.collect::<Vec<_>>().join("; ")),
            ("values", format!("{:?}", self.values).to_lowercase()),
            ("faults", self.fault.to_string()),
            ("arrivals", self.arrivals.to_string()),
            ("workflows at each load", experiment.workflows.to_string()),
            ("seed", self.seed.to_string()),
        ]
    }
}
