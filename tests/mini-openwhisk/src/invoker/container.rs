//! A container: what it does, and who may use it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use super::ContainerView;
use super::vessel::Vessel;
use crate::config::Zone;
use crate::world::World;

/// A container's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(u64);

/// A container.
pub(super) struct Container {
    pub(super) id: ContainerId,
    pub(super) action: String,
    /// Which of the zones it is in.
    pub(super) zone: Option<usize>,
    state: Mutex<State>,
    /// Once it is up.
    vessel: OnceLock<Vessel>,
    /// Whether all of it is stopped; held while that changes.
    is_frozen: tokio::sync::Mutex<bool>,
}

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is not initialised yet; one activation waits for that.
    Starting,
    /// So many activations run.
    Busy(usize),
    /// None does, since then.
    Idle(Instant),
    /// Nothing of it runs, since then.
    Frozen(Instant),
    /// It was killed, or ended by itself.
    Gone,
}

impl Container {
    /// One that is to be started in a zone.
    pub(super) fn new(action: &str, zone: Option<usize>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: ContainerId(NEXT.fetch_add(1, Ordering::Relaxed)),
            action: action.to_owned(),
            zone,
            state: Mutex::new(State::Starting),
            vessel: OnceLock::new(),
            is_frozen: tokio::sync::Mutex::new(false),
        }
    }

    /// Starts it, and gives what it is made of.
    pub(super) async fn start(&self, world: &World) -> io::Result<&Vessel> {
        let vessel = Vessel::start(world, self.zone).await;
        let vessel = vessel.inspect_err(|_| self.set(State::Gone))?;
        let vessel = self.vessel.get_or_init(|| vessel);
        if self.state() == State::Gone {
            vessel.kill();
            return Err(io::Error::other("it was killed meanwhile"));
        }
        Ok(vessel)
    }

    /// What it is made of.
    ///
    /// # Panics
    ///
    /// Before it is started.
    pub(super) fn vessel(&self) -> &Vessel {
        self.vessel.get().expect("it is used once it is started")
    }

    pub(super) fn state(&self) -> State {
        let ended = self.vessel.get().is_some_and(Vessel::has_ended);
        let mut state = self.state.lock().expect("no holder panics");
        if ended {
            *state = State::Gone;
        }
        *state
    }

    fn set(&self, state: State) {
        *self.state.lock().expect("no holder panics") = state;
    }

    pub(super) fn is_alive(&self) -> bool {
        self.state() != State::Gone
    }

    /// Takes a place in it, if it is initialised and one is free. It may have to be thawed.
    pub(super) fn take(&self, concurrency: usize) -> bool {
        let mut state = self.state.lock().expect("no holder panics");
        let running = match *state {
            State::Busy(running) if running < concurrency => running,
            State::Idle(_) | State::Frozen(_) => 0,
            State::Starting | State::Busy(_) | State::Gone => return false,
        };
        *state = State::Busy(running + 1);
        true
    }

    /// It is initialised; the activation that waited for it runs.
    pub(super) fn ready(&self) {
        let mut state = self.state.lock().expect("no holder panics");
        if *state == State::Starting {
            *state = State::Busy(1);
        }
    }

    pub(super) fn give_back(&self) {
        let mut state = self.state.lock().expect("no holder panics");
        *state = match *state {
            State::Busy(1) => State::Idle(Instant::now()),
            State::Busy(running) => State::Busy(running - 1),
            other => other,
        };
    }

    /// Stops everything in it, if it is still idle. Who takes it meanwhile thaws it.
    pub(super) async fn freeze(&self) {
        let mut is_frozen = self.is_frozen.lock().await;
        if !matches!(self.state(), State::Idle(_)) {
            return;
        }
        *is_frozen = self.vessel().freeze().await;
        let mut state = self.state.lock().expect("no holder panics");
        if let (State::Idle(_), true) = (*state, *is_frozen) {
            *state = State::Frozen(Instant::now());
        }
    }

    /// Lets it go on, where it is frozen, for who has taken a place in it; false if it has ended.
    pub(super) async fn thaw(&self) -> bool {
        let mut is_frozen = self.is_frozen.lock().await;
        if *is_frozen {
            *is_frozen = !self.vessel().thaw().await;
        }
        !*is_frozen && self.is_alive()
    }

    /// Kills everything in it, without notice.
    pub(super) fn kill(&self) {
        self.set(State::Gone);
        if let Some(vessel) = self.vessel.get() {
            vessel.kill();
        }
    }

    /// Waits for the end of one that was killed.
    pub(super) async fn wait(&self) {
        if let Some(vessel) = self.vessel.get() {
            vessel.wait().await;
        }
    }

    /// How many activations run in it, or wait for it to be initialised.
    pub(super) fn running(&self) -> usize {
        match self.state() {
            State::Busy(running) => running,
            State::Starting => 1,
            State::Idle(_) | State::Frozen(_) | State::Gone => 0,
        }
    }

    /// None before it is started.
    pub(super) fn view(&self, zones: &[Zone]) -> Option<ContainerView> {
        let vessel = self.vessel.get()?;
        Some(ContainerView {
            id: self.id,
            pid: vessel.pid(),
            docker_name: vessel.docker_name().map(str::to_owned),
            action: self.action.clone(),
            zone: self.zone.map(|zone| zones[zone].name.clone()),
            running: self.running(),
            is_frozen: matches!(self.state(), State::Frozen(_)),
        })
    }
}
