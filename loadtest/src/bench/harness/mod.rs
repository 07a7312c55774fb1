//! The harness itself: what it adds to a request, and whether it keeps its times.
//!
//! The stub answers at once, on another processor. What the harness needs for a request is its
//! computing time; what it adds to a request's latency is seen beside the same requests without it,
//! in turns. Whether it sends when it should is seen under the rate that is asked for.

mod cores;
mod floor;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::LocalSet;

use super::args::Args;
use crate::drive;
use crate::run::Run;
use crate::scenario::{Changes, Scenario};
use crate::stub::{Stall, Stub};
use crate::targets::Stubbed;

use super::Failure;
use super::figure::{Samples, Sheet};
use cores::{Cores, computed};
use floor::Floor;

/// The latest that 99 of 100 requests may be sent.
const LATENESS_P99_MAX: Duration = Duration::from_millis(2);

/// How often harness and floor take their turns.
const ROUNDS: u32 = 5;

/// How long it does what it should, where nothing is said.
const SECONDS: Duration = Duration::from_secs(10);

/// As many as a scenario may have.
const REQUESTS_MAX: f64 = 1e6;

/// Sent before anything counts: connections are made then.
const WARM_UP: u32 = 100;

/// The stub, and what is asked of it.
struct Stage {
    stub: Stub,
    directory: tempfile::TempDir,
}

/// Measures all of it, and tells.
///
/// # Errors
///
/// If the harness does not send when it should, too.
pub(super) fn run(bench: &Args) -> Result<(), Failure> {
    let seconds = bench.seconds.unwrap_or(SECONDS);
    if f64::from(bench.rate) * seconds.as_secs_f64() > REQUESTS_MAX {
        let why = "measure the harness with more than 1000000 requests: lower --rate or --seconds";
        return Err(why.into());
    }
    let stub = Cores::find()?.part(|| Stub::start(Stall::default()))??;
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("stub.key"), "stub:stub")?;
    let stage = Stage { stub, directory };
    let mut sheet = Sheet::new("harness");
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    let run = LocalSet::new().block_on(&runtime, async {
        stage.measure_latency(&mut sheet, bench.n).await?;
        stage.measure_rate(&mut sheet, bench.rate, seconds).await
    })?;
    if !bench.json_only {
        eprint!("{}", sheet.table());
    }
    judge(&run, bench.rate)
}

impl Stage {
    /// One request after the other, with the harness and without.
    async fn measure_latency(&self, sheet: &mut Sheet, n: u32) -> Result<(), Failure> {
        let scenario = self.scenario("clients = 1", n.div_ceil(ROUNDS))?;
        let asked = Stubbed::at(&self.stub, &scenario.workflow).await?;
        let (action, _) = asked
            .deployment()
            .actions()
            .next()
            .ok_or("find the action")?;
        let mut floor = Floor::connect(self.stub.url(), action)?;
        let (mut latencies, mut floors) = (Samples::default(), Samples::default());
        for _ in 0..ROUNDS {
            let run = drive(&scenario).await?;
            latencies.extend(counted(&run).map(|sample| sample.latency()));
            for at in 0..WARM_UP + n.div_ceil(ROUNDS) {
                let took = floor.ask()?;
                if at >= WARM_UP {
                    floors.push(took);
                }
            }
        }
        asked.stop().await;
        sheet.compare("request", &latencies, &floors);
        Ok(())
    }

    /// As many requests as are to come in a second, at random moments, whatever becomes of them.
    async fn measure_rate(
        &self,
        sheet: &mut Sheet,
        rate: u32,
        lasts: Duration,
    ) -> Result<Run, Failure> {
        let requests = (f64::from(rate) * lasts.as_secs_f64()).ceil() as u32;
        let load = format!("arrivals = \"poisson rate={rate}/s\"");
        let scenario = self.scenario(&load, requests)?;
        let before = computed();
        let run = drive(&scenario).await?;
        let each = (computed() - before) / (requests + WARM_UP);
        sheet.spread("lateness", &lateness(&run));
        let mut latency = Samples::default();
        latency.extend(counted(&run).map(|sample| sample.latency()));
        sheet.spread("latency_at_rate", &latency);
        sheet.single("processor_time_per_request", each, requests as usize);
        Ok(run)
    }

    /// A scenario of no-op requests at the stub.
    fn scenario(&self, load: &str, requests: u32) -> Result<Scenario, Failure> {
        let url = self.stub.url();
        let text = format!(
            "title = \"the harness itself\"\npolicies = [\"flight:1\"]\nrequests = {requests}\n\
             warm_up = {WARM_UP}\n\
             [workflow]\nshape = \"independent:1\"\nexec = [\"raptor\", \"fn\", \"noop\"]\n\
             [target]\nurl = \"{url}\"\nauth_file = \"stub.key\"\n\
             [load]\n{load}\n"
        );
        let file: PathBuf = Path::join(self.directory.path(), "harness.toml");
        fs::write(&file, text)?;
        Ok(Scenario::read(&file, &Changes::default())?)
    }
}

/// Makes a load test as every other is made.
async fn drive(scenario: &Scenario) -> Result<Run, Failure> {
    let run = drive::drive(scenario, String::new(), true).await?;
    match run.notes.first() {
        None => Ok(run),
        Some(note) => Err(format!("measure the harness: {note}").into()),
    }
}

/// The samples that count.
fn counted(run: &Run) -> impl Iterator<Item = &crate::sample::Sample> {
    run.samples.iter().filter(|sample| !sample.is_warm_up)
}

fn lateness(run: &Run) -> Samples {
    let mut lateness = Samples::default();
    lateness.extend(counted(run).map(crate::sample::Sample::lateness));
    lateness
}

/// Whether it has sent what it should when it should, and all was answered.
fn judge(run: &Run, rate: u32) -> Result<(), Failure> {
    let failed = counted(run).find(|sample| !sample.has_landed());
    if let Some(failed) = failed {
        let ending = &failed.ending;
        return Err(format!("sustain {rate} requests/s: one ended so: {ending}").into());
    }
    let p99 = lateness(run).quantile(0.99);
    if p99 > LATENESS_P99_MAX {
        let why = format!("99 of 100 are sent up to {p99:?} late, not {LATENESS_P99_MAX:?}");
        return Err(format!("sustain {rate} requests/s: {why}").into());
    }
    Ok(())
}
