//! A container: a runtime's process, and all that it starts.

use std::ffi::OsString;
use std::io;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::ContainerView;
use super::freezer;
use super::log::Log;
use super::processors;
use crate::config::{Config, Zone};

/// A container's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(u64);

/// A container.
pub(super) struct Container {
    pub(super) id: ContainerId,
    pub(super) action: String,
    /// Which of the zones it is in.
    pub(super) zone: Option<usize>,
    pub(super) port: u16,
    pub(super) log: Log,
    pid: u32,
    state: Mutex<State>,
    /// None while, and after, its end is waited for.
    child: Mutex<Option<Child>>,
    /// What it takes for its file system: gone with it.
    _files: TempDir,
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
    /// Starts one in a zone.
    pub(super) fn start(
        config: &Config,
        url: &str,
        action: &str,
        zone: Option<usize>,
    ) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = ContainerId(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = free_port()?;
        let (program, arguments) = config
            .runtime
            .split_first()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no runtime is named"))?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let files = tempfile::tempdir()?;
        let place = zone.map(|zone| &config.zones[zone]);
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args([OsString::from("--port"), port.to_string().into()])
            .env_clear()
            .env("PATH", path)
            .env("TMPDIR", files.path())
            .env("__OW_API_HOST", url)
            .envs(place.map(|zone| ("RAPTOR_ZONE", &zone.name)))
            .envs(config.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let cpus = place.map_or(&[][..], |zone| &zone.cpus);
        let mut child = processors::spawn_on(cpus, &mut command)?;
        let pid = child.id().expect("it was just started");
        let log = Log::of(
            child.stdout.take().expect("it is piped"),
            child.stderr.take().expect("it is piped"),
        );
        Ok(Self {
            id,
            action: action.to_owned(),
            zone,
            port,
            log,
            pid,
            state: Mutex::new(State::Starting),
            child: Mutex::new(Some(child)),
            _files: files,
        })
    }

    pub(super) fn state(&self) -> State {
        let ended = self.with_process(|_| ()).is_none();
        let mut state = self.state.lock().expect("no holder panics");
        if ended {
            *state = State::Gone;
        }
        *state
    }

    pub(super) fn is_alive(&self) -> bool {
        self.state() != State::Gone
    }

    /// Takes a place in it, if it is initialised and one is free.
    pub(super) fn take(&self, concurrency: usize) -> bool {
        let mut state = self.state.lock().expect("no holder panics");
        let running = match *state {
            State::Busy(running) if running < concurrency => running,
            State::Idle(_) | State::Frozen(_) => {
                if self.with_process(freezer::thaw).is_none() {
                    return false;
                }
                0
            }
            State::Starting | State::Busy(_) | State::Gone => return false,
        };
        *state = State::Busy(running + 1);
        true
    }

    /// It is initialised; the activation that waited for it runs.
    pub(super) fn ready(&self) {
        *self.state.lock().expect("no holder panics") = State::Busy(1);
    }

    pub(super) fn give_back(&self) {
        let mut state = self.state.lock().expect("no holder panics");
        *state = match *state {
            State::Busy(1) => State::Idle(Instant::now()),
            State::Busy(running) => State::Busy(running - 1),
            other => other,
        };
    }

    /// Stops everything in it, if it is still idle.
    pub(super) fn freeze(&self) {
        let mut state = self.state.lock().expect("no holder panics");
        if let State::Idle(_) = *state {
            self.with_process(freezer::freeze);
            *state = State::Frozen(Instant::now());
        }
    }

    /// Kills everything in it, without notice.
    pub(super) fn kill(&self) {
        self.with_process(freezer::kill);
        *self.state.lock().expect("no holder panics") = State::Gone;
    }

    /// Waits for the end of one that was killed.
    pub(super) async fn wait(&self) {
        let child = self.child.lock().expect("no holder panics").take();
        if let Some(mut child) = child {
            let _ = child.wait().await;
        }
    }

    /// Does something with its process, unless that has ended: nobody else reaps it meanwhile, so
    /// its number is not another's.
    fn with_process<T>(&self, act: impl FnOnce(u32) -> T) -> Option<T> {
        let mut child = self.child.lock().expect("no holder panics");
        match child.as_mut()?.try_wait() {
            Ok(None) => Some(act(self.pid)),
            Ok(Some(_)) | Err(_) => None,
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

    pub(super) fn view(&self, zones: &[Zone]) -> ContainerView {
        ContainerView {
            id: self.id,
            pid: self.pid,
            action: self.action.clone(),
            zone: self.zone.map(|zone| zones[zone].name.clone()),
            running: self.running(),
            is_frozen: matches!(self.state(), State::Frozen(_)),
        }
    }
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_has_ended_is_gone_and_its_number_is_not_used_any_more() {
        let config = Config::new(vec!["true".into()]);
        let container = Container::start(&config, "", "action", None).expect("it starts");
        while container.is_alive() {
            tokio::task::yield_now().await;
        }
        container.kill();
        assert!(container.with_process(|pid| pid).is_none());
        container.wait().await;
        assert!(!container.is_alive());
    }
}
