//! The invoker: containers, and the runs in them.

mod body;
mod container;
mod docker;
mod log;
mod process;
mod spread;
mod vessel;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::activation::{Ended, Outcome};
use crate::config::{Action, Config, Containers};
use crate::http;
use crate::world::{World, now_ms};

pub use container::ContainerId;
use container::{Container, State};
pub use docker::DockerError;
pub(crate) use docker::Engine;

/// How often idle containers are looked after.
const KEEP_INTERVAL: Duration = Duration::from_millis(10);

/// The containers.
pub(crate) struct Invoker {
    containers: Mutex<Vec<Arc<Container>>>,
    /// Where containers are Docker's.
    pub(crate) engine: Option<Arc<Engine>>,
}

impl Invoker {
    /// Finds, or makes, what containers will need.
    pub(crate) fn open(config: &Config) -> Result<Self, DockerError> {
        let engine = match &config.containers {
            Containers::Processes(_) => None,
            Containers::Docker(image) => Some(Arc::new(Engine::open(image)?)),
        };
        Ok(Self {
            containers: Mutex::default(),
            engine,
        })
    }
}

/// A container, as tests see it.
#[derive(Clone, Debug)]
pub struct ContainerView {
    /// Its name here.
    pub id: ContainerId,
    /// Its runtime's process.
    pub pid: u32,
    /// What Docker calls it, where it is one of Docker's.
    pub docker_name: Option<String>,
    /// Its action.
    pub action: String,
    /// The name of its zone, where there are zones.
    pub zone: Option<String>,
    /// How many activations run in it.
    pub running: usize,
    /// Whether it is frozen.
    pub is_frozen: bool,
}

/// One activation to run.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) action: Arc<Action>,
    pub(crate) activation: String,
    pub(crate) value: Value,
}

/// Runs an activation in a container that is free, or in a new one.
pub(crate) async fn run(world: &Arc<World>, run: Run) -> Ended {
    let found = acquire(world, &run).await;
    let (container, init_ms) = match found {
        Some(container) => (container, None),
        None => match start(world, &run).await {
            Ok((container, took)) => (container, Some(took)),
            Err(failed) => return failed,
        },
    };
    let body = body::of_run(world, &run);
    let address = container.vessel().address();
    let begun = Instant::now();
    let answer = http::post(address, "/run", &body, run.action.timeout).await;
    let took = begun.elapsed();
    let outcome = match &answer {
        Ok((status, body)) => Outcome::of(*status, body),
        Err(why) => Outcome::developer(format!(
            "The action did not produce a valid response and exited unexpectedly. ({why})"
        )),
    };
    let is_usable = matches!(answer, Ok((200, _)));
    let ended = finish(world, &container, outcome, init_ms, is_usable).await;
    Ended {
        run: Some(took),
        ..ended
    }
}

/// Reads the logs and gives the container back, or ends it.
async fn finish(
    world: &World,
    container: &Arc<Container>,
    outcome: Outcome,
    init_ms: Option<u64>,
    is_usable: bool,
) -> Ended {
    let end = now_ms();
    let (logs, logs_complete) = container.vessel().log().collect(is_usable).await;
    if is_usable {
        container.give_back();
    } else {
        remove(world, container);
        container.kill();
    }
    let zone = container.zone;
    Ended {
        end,
        outcome,
        logs,
        init_ms,
        zone: zone.map(|zone| world.config.zones[zone].name.clone()),
        run: None,
        logs_complete,
    }
}

/// A container with a place for an activation, which has that place.
async fn acquire(world: &World, run: &Run) -> Option<Arc<Container>> {
    loop {
        let container = take(world, run)?;
        if container.thaw().await {
            return Some(container);
        }
        // It has ended while nobody looked.
        remove(world, &container);
        container.kill();
    }
}

fn take(world: &World, run: &Run) -> Option<Arc<Container>> {
    let containers = world.invoker.containers.lock().expect("no holder panics");
    let zones = &world.config.zones;
    let fitting = spread::by_zone(&containers, zones, &run.name, chance(&run.activation));
    let mut fitting = fitting.into_iter();
    fitting.find(|container| container.take(run.action.concurrency))
}

/// A number that an activation's id, which is drawn by chance, comes to.
fn chance(activation: &str) -> usize {
    activation.bytes().map(usize::from).sum()
}

/// Starts a container and initialises it; says how many milliseconds that took.
async fn start(world: &Arc<World>, run: &Run) -> Result<(Arc<Container>, u64), Ended> {
    let failed = |outcome| Ended {
        end: now_ms(),
        outcome,
        logs: Vec::new(),
        init_ms: None,
        zone: None,
        run: None,
        logs_complete: true,
    };
    let begun = Instant::now();
    tokio::time::sleep(world.config.cold_start).await;
    let container = add(world, &run.name);
    let vessel = container.start(world).await.map_err(|error| {
        remove(world, &container);
        failed(Outcome::internal(format!("start a container: {error}")))
    })?;
    let body = body::of_init(world, run);
    let answer = http::post_when_up(vessel.address(), "/init", &body, run.action.timeout).await;
    let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok((200, _)) => {
            container.ready();
            Ok((container, took))
        }
        Ok((status, body)) => {
            let outcome = Outcome::of(status.max(201), &body);
            Err(finish(world, &container, outcome, Some(took), false).await)
        }
        Err(why) => {
            let outcome = Outcome::developer(format!("Initialization has failed due to: {why}"));
            Err(finish(world, &container, outcome, Some(took), false).await)
        }
    }
}

/// Starts a container and initialises it, for whoever comes.
///
/// # Errors
///
/// The text says why it did not come up.
pub(crate) async fn prewarm(
    world: &Arc<World>,
    name: &str,
    action: &Arc<Action>,
) -> Result<(), String> {
    let run = Run {
        name: name.to_owned(),
        action: Arc::clone(action),
        activation: uuid::Uuid::new_v4().simple().to_string(),
        value: json!({}),
    };
    match start(world, &run).await {
        Ok((container, _)) => {
            container.give_back();
            Ok(())
        }
        Err(ended) => Err(ended.outcome.result.to_string()),
    }
}

/// Freezes containers that are idle, and kills those that were idle for long, until it is dropped.
pub(crate) async fn keep(world: Arc<World>) {
    loop {
        tokio::time::sleep(KEEP_INTERVAL).await;
        let containers = world
            .invoker
            .containers
            .lock()
            .expect("no holder panics")
            .clone();
        for container in containers {
            match container.state() {
                State::Idle(since) if since.elapsed() >= world.config.pause_grace => {
                    container.freeze().await;
                }
                State::Frozen(since) if since.elapsed() >= world.config.idle_timeout => {
                    remove(&world, &container);
                    container.kill();
                }
                State::Starting | State::Busy(_) | State::Idle(_) | State::Frozen(_) => {}
                State::Gone => {
                    remove(&world, &container);
                    // What Docker keeps of one that has ended.
                    container.kill();
                }
            }
        }
    }
}

/// A container that is to be started, where the fewest are.
fn add(world: &World, action: &str) -> Arc<Container> {
    let mut containers = world.invoker.containers.lock().expect("no holder panics");
    let zone = spread::zone_of_next(&containers, &world.config.zones, action);
    let container = Arc::new(Container::new(action, zone));
    containers.push(Arc::clone(&container));
    container
}

fn remove(world: &World, container: &Arc<Container>) {
    let mut containers = world.invoker.containers.lock().expect("no holder panics");
    containers.retain(|one| !Arc::ptr_eq(one, container));
}

pub(crate) fn containers(world: &World) -> Vec<ContainerView> {
    let containers = world.invoker.containers.lock().expect("no holder panics");
    let live = containers.iter().filter(|container| container.is_alive());
    live.filter_map(|container| container.view(&world.config.zones))
        .collect()
}

pub(crate) fn kill(world: &World, id: ContainerId) {
    let containers = world.invoker.containers.lock().expect("no holder panics");
    for container in containers.iter().filter(|container| container.id == id) {
        container.kill();
    }
}

/// Kills the containers of an action that was replaced.
pub(crate) fn retire(world: &World, action: &str) {
    let mut containers = world.invoker.containers.lock().expect("no holder panics");
    containers.retain(|container| {
        let is_old = container.action == action;
        if is_old {
            container.kill();
        }
        !is_old
    });
}

/// Kills everything, and waits until nothing is left.
pub(crate) async fn kill_all(world: &World) {
    let containers =
        std::mem::take(&mut *world.invoker.containers.lock().expect("no holder panics"));
    containers.iter().for_each(|container| container.kill());
    for container in containers {
        container.wait().await;
    }
    if let Some(engine) = &world.invoker.engine {
        engine.close();
    }
}
