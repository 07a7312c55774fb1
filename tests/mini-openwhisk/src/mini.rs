//! The miniature OpenWhisk, as those who start it see it.

use std::fmt;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::rt;
use serde_json::Value;

use crate::config::{Action, Config};
use crate::controller::{self, authorization, serve};
use crate::http;
use crate::invoker::{self, ContainerId, ContainerView, DockerError};
use crate::world::World;

/// How long a client of its own waits: longer than the controller lets it.
const PATIENCE: Duration = Duration::from_secs(90);

/// A miniature OpenWhisk. Dropping it kills all its containers.
pub struct MiniOpenWhisk {
    world: Arc<World>,
    stop: actix_web::dev::ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

/// An answer of the controller.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot listen.
    #[error("start the controller: {0}")]
    Controller(#[from] std::io::Error),
    /// There are no containers to be had of Docker.
    #[error(transparent)]
    Docker(#[from] DockerError),
}

/// A container does not come up. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("start a container of the action {action}: {why}")]
pub struct PrewarmError {
    action: String,
    why: String,
}

impl fmt::Debug for MiniOpenWhisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MiniOpenWhisk").field(&self.url()).finish()
    }
}

impl MiniOpenWhisk {
    /// Starts it, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If it cannot listen, or Docker has no such image or network.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let world = Arc::new(World::open(config)?);
        let (up, is_up) = mpsc::channel();
        let shared = Arc::clone(&world);
        let thread = thread::spawn(move || {
            rt::System::new().block_on(async move {
                let server = match serve(&shared) {
                    Ok(server) => server,
                    Err(error) => return drop(up.send(Err(error))),
                };
                let _ = up.send(Ok(server.handle()));
                let keeper = rt::spawn(invoker::keep(Arc::clone(&shared)));
                let _ = server.await;
                keeper.abort();
                invoker::kill_all(&shared).await;
            });
        });
        let stop = is_up.recv().expect("the thread answers before it ends")?;
        Ok(Self {
            world,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it is reached from this host: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.world.url()
    }

    /// The label of all that it has made in a Docker engine, `KEY=VALUE`, if it makes anything there.
    pub fn docker_label(&self) -> Option<&str> {
        let engine = self.world.invoker.engine.as_ref();
        engine.map(|engine| engine.label.as_str())
    }

    /// The namespace's key.
    pub fn key(&self) -> &str {
        &self.world.config.key
    }

    /// Creates an action, or replaces it; its containers are killed.
    pub fn put(&self, name: &str, action: Action) {
        controller::create(&self.world, name, action);
    }

    /// Invokes an action over the REST interface and waits for its record.
    ///
    /// # Panics
    ///
    /// If the controller does not answer.
    pub async fn invoke(&self, name: &str, params: Value) -> Reply {
        let path = format!("/api/v1/namespaces/_/actions/{name}?blocking=true");
        let (status, body) = self.post(&path, &params.to_string()).await;
        Reply {
            status,
            body: serde_json::from_slice(&body).expect("the controller speaks JSON"),
        }
    }

    /// Starts containers of an action and initialises them, without a run.
    ///
    /// # Errors
    ///
    /// If one does not come up.
    ///
    /// # Panics
    ///
    /// If the controller does not answer.
    pub async fn prewarm(&self, name: &str, count: usize) -> Result<(), PrewarmError> {
        let path = format!("/mini/prewarm/{name}?count={count}");
        match self.post(&path, "").await {
            (200, _) => Ok(()),
            (_, body) => Err(PrewarmError {
                action: name.to_owned(),
                why: String::from_utf8_lossy(&body).into_owned(),
            }),
        }
    }

    async fn post(&self, path: &str, body: &str) -> (u16, Vec<u8>) {
        let authorization = authorization(self.key());
        let asked = http::post_as(self.url(), path, &authorization, body.as_bytes(), PATIENCE);
        asked.await.expect("the controller answers")
    }

    /// The records of an action's activations, the oldest first.
    pub fn activations(&self, name: &str) -> Vec<Value> {
        let activations = self.world.activations.lock().expect("no holder panics");
        let mut of_it: Vec<_> = activations
            .values()
            .filter(|one| one.name == name)
            .collect();
        of_it.sort_by_key(|activation| activation.start);
        let namespace = &self.world.config.namespace;
        of_it.into_iter().map(|one| one.record(namespace)).collect()
    }

    /// The names of all actions.
    pub fn actions(&self) -> Vec<String> {
        let actions = self.world.actions.lock().expect("no holder panics");
        actions.keys().cloned().collect()
    }

    /// All containers that live.
    pub fn containers(&self) -> Vec<ContainerView> {
        invoker::containers(&self.world)
    }

    /// Kills a container without notice, as an invoker's host that fails does.
    pub fn kill(&self, container: ContainerId) {
        invoker::kill(&self.world, container);
    }
}

impl Drop for MiniOpenWhisk {
    fn drop(&mut self) {
        let stopping = self.stop.stop(false);
        thread::spawn(move || rt::System::new().block_on(stopping));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
