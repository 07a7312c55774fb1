//! The driver: asks a target for workflows as a scenario says, and keeps what becomes of each.
//!
//! Everything happens on one thread but the sleeping of an open loop, which has one of its own
//! ([`pacer`]). Latency counts from the moment at which a workflow was to be sent, whoever is late:
//! a target, or a harness, that stalls cannot hide it.

mod alone;
mod board;
mod course;
mod order;
mod pace;
mod pacer;
mod stop;

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::arrival::{Offsets, TraceError};
use crate::run::{Run, TargetView, WorkflowView};
use crate::sample::Sample;
use crate::scenario::{Load, Scenario};
use crate::targets::{Call, Reply, Target, TargetError};
use crate::workflow::Workflow;

use alone::{Alone, AloneError, Ended};
use board::Board;
use course::Course;
use order::{Turn, order};
use pace::Pace;
use stop::{Cut, Stop};

/// In how many blocks single attempts are measured: before, between and after the two halves of the
/// workflows, so that they meet the same noise.
const ALONE_BLOCKS: usize = 3;

/// How long a target that nobody wants any more may take to be ready, so that it can be ended in
/// order.
const START_GRACE: Duration = Duration::from_secs(10);

/// Why a load test was not made. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    /// Its arrivals are not there.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// What was to answer is not there.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Single attempts cannot be measured.
    #[error(transparent)]
    Alone(#[from] AloneError),
    /// It was ended before its first workflow.
    #[error("make the load test: {0}, and nothing was asked for yet")]
    Cut(Cut),
    /// The system does not let signals be caught.
    #[error("catch signals: {0}")]
    Signals(#[source] io::Error),
}

/// Makes the load test that a scenario describes. `command` is what makes it again. To be called
/// within a `tokio` `LocalSet`.
///
/// # Errors
///
/// If there are no arrivals, no target or no single attempts.
pub(crate) async fn drive(
    scenario: &Scenario,
    command: String,
    is_quiet: bool,
) -> Result<Run, DriveError> {
    let arrivals = match &scenario.load {
        Load::Open { arrivals, .. } => Some(arrivals.offsets(scenario.seed)?),
        Load::Closed { .. } => None,
    };
    let mut stop = Stop::catch(scenario.time_max).map_err(DriveError::Signals)?;
    let target = Rc::new(start(scenario, &mut stop).await?);
    let run = on(scenario, &target, arrivals, stop, command, is_quiet).await;
    // Workflows that were left behind hold it until they have heard that they are dropped.
    let mut target = target;
    let target = loop {
        match Rc::try_unwrap(target) {
            Ok(target) => break target,
            Err(shared) => target = shared,
        }
        tokio::task::yield_now().await;
    };
    let mut stop = Stop::catch(scenario.time_max).map_err(DriveError::Signals)?;
    tokio::select! {
        () = target.stop() => {}
        () = stop.again() => eprintln!("loadtest: the target was not ended in order"),
    }
    run
}

/// The target, unless the run is to end before it is ready.
async fn start(scenario: &Scenario, stop: &mut Stop) -> Result<Target, DriveError> {
    let mut starting = std::pin::pin!(Target::start(&scenario.target, &scenario.workflow));
    let cut = tokio::select! {
        started = &mut starting => return Ok(started?),
        cut = stop.asked() => cut,
    };
    // What was created at a host is deleted, unless somebody does not want to wait for that either.
    let ended = async {
        if let Ok(target) = starting.await {
            target.stop().await;
        }
    };
    tokio::select! {
        _ = tokio::time::timeout(START_GRACE, ended) => {}
        () = stop.again() => {}
    }
    Err(DriveError::Cut(cut))
}

/// Makes it on a target that is ready.
async fn on(
    scenario: &Scenario,
    target: &Rc<Target>,
    arrivals: Option<Offsets>,
    mut stop: Stop,
    command: String,
    is_quiet: bool,
) -> Result<Run, DriveError> {
    let mut alone = match scenario.attempts_alone {
        0 => None,
        _ => tokio::select! {
            alone = Alone::prepare(target, &scenario.workflow, scenario.timeout) => Some(alone?),
            cut = stop.asked() => return Err(DriveError::Cut(cut)),
        },
    };
    let Scenario {
        policies,
        warm_up,
        requests,
        seed,
        ..
    } = scenario;
    let board = Board::new(policies, warm_up + requests, is_quiet);
    let (began, epoch) = (SystemTime::now(), Instant::now());
    let mut course = Course::new(ask(scenario, target), epoch, board, stop);
    let turns = order(policies.len(), *warm_up, *requests, *seed);
    let pace = Pace::new(scenario, arrivals);
    let cut = match blocks(&mut course, pace, &turns, alone.as_mut(), scenario).await {
        Ok(()) => None,
        Err(Ended::Failed(error)) if course.board.samples.is_empty() => return Err(error.into()),
        Err(ended) => Some(ended),
    };
    let left = course.board.left;
    let mut samples = std::mem::take(&mut course.board.samples);
    samples.sort_by_key(|sample| sample.intended);
    Ok(Run {
        title: scenario.title.clone(),
        command,
        scenario: scenario.text.clone(),
        began,
        target: TargetView {
            url: scenario.url.to_string(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            ..target.view()
        },
        workflow: view(&scenario.workflow),
        policies: policies.clone(),
        attempts_alone: alone.map(Alone::times).unwrap_or_default(),
        notes: notes(scenario, cut.as_ref(), left, target.notes(epoch)),
        took: took(&samples),
        samples,
    })
}

/// What whoever reads the figures must know.
fn notes(
    scenario: &Scenario,
    cut: Option<&Ended>,
    left: usize,
    of_target: Vec<String>,
) -> Vec<String> {
    let mut notes = Vec::new();
    match cut {
        None => {}
        Some(Ended::Cut(cut)) => notes.push(format!("not all was asked for, since {cut}")),
        Some(Ended::Failed(error)) => {
            notes.push(format!(
                "not all was asked for, since the harness failed to {error}"
            ));
        }
    }
    if left > 0 {
        notes.push(format!(
            "{left} workflows were left behind under way, and are in no figure"
        ));
    }
    notes.extend(of_target);
    let delay = scenario.target.delay();
    if !delay.is_zero() {
        let delay = humantime::format_duration(delay);
        notes.push(format!(
            "messages between zones take {delay} longer one way, with which predictions reckon"
        ));
    }
    notes
}

/// All workflows, with single attempts before, between and after their halves, if they are wanted.
async fn blocks<F>(
    course: &mut Course<F>,
    mut pace: Pace<'_>,
    turns: &[Turn],
    alone: Option<&mut Alone>,
    scenario: &Scenario,
) -> Result<(), Ended>
where
    F: AsyncFn(Turn) -> Reply + 'static,
{
    let Some(alone) = alone else {
        return pace.run(course, turns).await.map_err(Ended::Cut);
    };
    let share = scenario.attempts_alone.div_ceil(ALONE_BLOCKS);
    // Both halves have as many of each policy.
    let policies = scenario.policies.len();
    let half = turns.len() / policies / 2 * policies;
    let (first, second) = turns.split_at(half);
    for turns in [first, second] {
        course.measure(alone, share).await?;
        pace.run(course, turns).await.map_err(Ended::Cut)?;
    }
    course.measure(alone, share).await
}

/// How a workflow is asked for.
fn ask(scenario: &Scenario, target: &Rc<Target>) -> impl AsyncFn(Turn) -> Reply + use<> {
    let (target, timeout) = (Rc::clone(target), scenario.timeout);
    let policies = scenario.policies.clone();
    async move |turn: Turn| {
        let call = Call {
            policy: policies[turn.policy],
            number: turn.number,
            timeout,
        };
        target.call(call).await
    }
}

/// From the first intended start to the last end.
fn took(samples: &[Sample]) -> Duration {
    let first = samples.iter().map(|sample| sample.intended).min();
    let last = samples.iter().map(|sample| sample.done).max();
    last.unwrap_or_default()
        .saturating_sub(first.unwrap_or_default())
}

fn view(workflow: &Workflow) -> WorkflowView {
    let manifest = &workflow.action.manifest;
    let functions = manifest.functions().iter();
    WorkflowView {
        functions: functions.map(|function| function.name.clone()).collect(),
        manifest: Arc::clone(manifest),
        service: workflow.service.clone(),
        fault: workflow.fault,
    }
}
