//! A container of Docker's.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use actix_web::rt::task::spawn_blocking;
use tokio::process::{Child, Command};

use super::command::{DOCKER, DockerError};
use super::engine::Engine;
use crate::invoker::log::Log;
use crate::invoker::vessel::Place;

/// Where OpenWhisk expects a container to listen.
const PORT: u16 = 8080;

/// What every container gets of this machine, as OpenWhisk's defaults for an action of 256 MB on an
/// invoker of 1 GB, without swap (`DockerContainer.scala`, `InvokerReactive.scala`).
const LIMITS: [(&str, &str); 9] = [
    ("--cpu-shares", "256"),
    ("--memory", "256m"),
    ("--memory-swap", "256m"),
    ("--cap-drop", "NET_RAW"),
    ("--cap-drop", "NET_ADMIN"),
    ("--ulimit", "nofile=1024:1024"),
    ("--pids-limit", "1024"),
    ("--log-driver", "json-file"),
    // The image is one that is there: what is pulled instead would be another.
    ("--pull", "never"),
];

/// A container of Docker's.
pub(in crate::invoker) struct DockerContainer {
    pub(in crate::invoker) name: String,
    pub(in crate::invoker) address: SocketAddr,
    /// Its first process, as this machine numbers it.
    pub(in crate::invoker) pid: u32,
    pub(in crate::invoker) log: Log,
    engine: Arc<Engine>,
    /// What reads its log, and ends with it.
    reader: Mutex<Child>,
    /// What removes it, once that was asked for, until that is waited for.
    removal: Mutex<Removal>,
}

enum Removal {
    Unasked,
    Begun(JoinHandle<()>),
    Awaited,
}

impl DockerContainer {
    /// Starts one. Nothing is left of one that does not come up.
    pub(in crate::invoker) async fn start(
        engine: &Arc<Engine>,
        place: &Place<'_>,
    ) -> Result<Self, DockerError> {
        let name = format!("mini-openwhisk-{}", uuid::Uuid::new_v4().simple());
        let up = Self::run(engine, name.clone(), place).await;
        if up.is_err() {
            // It may have been made all the same. If not, there is nothing to remove.
            let _ = engine.tell("rm", without_notice(&name)).await;
        }
        up
    }

    async fn run(
        engine: &Arc<Engine>,
        name: String,
        place: &Place<'_>,
    ) -> Result<Self, DockerError> {
        engine.tell("run", arguments(engine, &name, place)).await?;
        let (pid, address) = look(engine, &name).await?;
        let mut reader = Command::new(DOCKER)
            .args(["logs", "--follow", &name])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(DockerError::Start)?;
        Ok(Self {
            name,
            address: SocketAddr::new(address, PORT),
            pid,
            log: Log::of(
                reader.stdout.take().expect("it is piped"),
                reader.stderr.take().expect("it is piped"),
            ),
            engine: Arc::clone(engine),
            reader: Mutex::new(reader),
            removal: Mutex::new(Removal::Unasked),
        })
    }

    pub(in crate::invoker) fn has_ended(&self) -> bool {
        let mut reader = self.reader.lock().expect("no holder panics");
        !matches!(reader.try_wait(), Ok(None))
    }

    /// Stops everything in it; false if it has ended.
    pub(in crate::invoker) async fn pause(&self) -> bool {
        let told = self.engine.tell("pause", vec![(&self.name).into()]);
        told.await.is_ok()
    }

    /// Lets it go on; false if it has ended.
    pub(in crate::invoker) async fn unpause(&self) -> bool {
        let told = self.engine.tell("unpause", vec![(&self.name).into()]);
        told.await.is_ok()
    }

    /// Begins to kill it, without notice, and to remove it.
    pub(in crate::invoker) fn remove(&self) {
        let mut removal = self.removal.lock().expect("no holder panics");
        if matches!(*removal, Removal::Unasked) {
            let (engine, name) = (Arc::clone(&self.engine), self.name.clone());
            *removal = Removal::Begun(thread::spawn(move || {
                // What cannot be removed now is removed in the end.
                let _ = engine.run(&["rm"], without_notice(&name));
            }));
        }
    }

    /// Waits until it is removed.
    pub(in crate::invoker) async fn wait(&self) {
        let removal = {
            let mut removal = self.removal.lock().expect("no holder panics");
            std::mem::replace(&mut *removal, Removal::Awaited)
        };
        if let Removal::Begun(removing) = removal {
            let _ = spawn_blocking(move || removing.join()).await;
        }
    }
}

/// Its first process and its address.
async fn look(engine: &Arc<Engine>, name: &str) -> Result<(u32, IpAddr), DockerError> {
    let network = &engine.network;
    let what = format!(
        "{{{{.State.Pid}}}} {{{{(index .NetworkSettings.Networks {network:?}).IPAddress}}}}"
    );
    let asked = vec!["--format".into(), what.into(), name.into()];
    let said = engine.tell("inspect", asked).await?;
    let parsed = said.split_once(' ').and_then(|(pid, address)| {
        let address: IpAddr = address.parse().ok()?;
        Some((pid.parse().ok()?, address))
    });
    parsed.ok_or_else(|| DockerError::Unknown {
        name: name.to_owned(),
        said,
    })
}

/// What `docker rm` is told: to kill it without notice.
fn without_notice(name: &str) -> Vec<OsString> {
    ["--force", "--volumes", name].map(OsString::from).into()
}

/// What `docker run` is told.
fn arguments(engine: &Engine, name: &str, place: &Place<'_>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--detach".into()];
    let limits = LIMITS.iter().flat_map(|(flag, value)| [flag, value]);
    arguments.extend(limits.map(OsString::from));
    arguments.extend(["--name", name, "--network", &engine.network].map(OsString::from));
    arguments.extend(["--label", &engine.label].map(OsString::from));
    if let Some(zone) = place.zone() {
        let label = format!("mini-openwhisk.zone={}", zone.name);
        arguments.extend(["--label".into(), label.into()]);
    }
    if !place.cpus().is_empty() {
        let cpus: Vec<String> = place.cpus().iter().map(usize::to_string).collect();
        arguments.extend(["--cpuset-cpus".into(), cpus.join(",").into()]);
    }
    for (key, value) in place.variables() {
        let mut variable = key.to_owned();
        variable.push("=");
        variable.push(value);
        arguments.extend(["--env".into(), variable]);
    }
    arguments.push((&engine.image).into());
    arguments
}
