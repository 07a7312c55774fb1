//! The container's action, whatever platform asks for it: it is initialized once, then run.

mod activation;
mod commons;
mod pool;
mod runner;

pub(crate) use super::process::StartError;
pub(crate) use activation::{Activation, Outcome, line};
pub(crate) use runner::Runner;

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use raptor_sys::ForkServer;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Settings;
use super::closing::Closing;
use super::code::{self, Code, CodeError, Launcher, Source};
use super::flight::{Flights, FlightsError, Summons};
use super::process::Starter;
use commons::Commons;
use pool::Pool;

/// How long after its deadline an activation is ended: by then the platform has answered its
/// caller. It tells the deadline in the time of another machine.
const LATE_GRACE: Duration = Duration::from_secs(2);

/// An action was not initialized.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    /// It is already, or is being.
    #[error("Cannot initialize the action more than once.")]
    Again,
    /// Nothing runnable was made of its code; it may be tried again.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// Its first process did not come up; it may be tried again.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing that flies was made of its code; it may be tried again.
    #[error("failed to {0}")]
    Flights(#[from] FlightsError),
    /// The container is ending.
    #[error("initialize the action: the container is shutting down")]
    Closing,
}

/// The container's one action.
pub(crate) struct Action {
    settings: Arc<Settings>,
    fork_server: ForkServer,
    closing: Closing,
    /// How the leaders of its flights get their followers.
    summons: Rc<dyn Summons>,
    directory: PathBuf,
    state: RefCell<State>,
}

enum State {
    /// The number of initializations that failed.
    Empty(u32),
    Initializing,
    Ready(Rc<Runner>),
}

impl Action {
    /// An action of which nothing is known yet, with a directory of its own for its code.
    pub(crate) fn new(
        settings: Arc<Settings>,
        fork_server: ForkServer,
        closing: Closing,
        summons: Rc<dyn Summons>,
    ) -> io::Result<Self> {
        let name = format!("raptor-runtime-{}", uuid::Uuid::new_v4().simple());
        let directory = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&directory)?;
        Ok(Self {
            settings,
            fork_server,
            closing,
            summons,
            directory,
            state: RefCell::new(State::Empty(0)),
        })
    }

    /// What runs it, once it is initialized.
    pub(crate) fn runner(&self) -> Option<Rc<Runner>> {
        match &*self.state.borrow() {
            State::Ready(runner) => Some(Rc::clone(runner)),
            State::Empty(_) | State::Initializing => None,
        }
    }

    /// Whether it is initialized, or is being.
    pub(crate) fn is_taken(&self) -> bool {
        !matches!(*self.state.borrow(), State::Empty(_))
    }

    /// Unpacks the code and starts what runs it, until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// The action is as it was. Dropping the future leaves it so, too.
    pub(crate) async fn initialize(
        &self,
        source: Source,
        deadline: Option<Instant>,
    ) -> Result<(), InitError> {
        let beginning = self.begin()?;
        let late = async {
            match deadline {
                Some(deadline) => sleep_until(deadline + LATE_GRACE).await,
                None => std::future::pending().await,
            }
        };
        let runner = tokio::select! {
            runner = self.prepare(source, beginning.number) => runner?,
            () = self.closing.announced() => return Err(InitError::Closing),
            () = late => return Err(StartError::Late.into()),
        };
        beginning.complete(runner);
        Ok(())
    }

    fn begin(&self) -> Result<Beginning<'_>, InitError> {
        let mut state = self.state.borrow_mut();
        let State::Empty(failures) = *state else {
            return Err(InitError::Again);
        };
        *state = State::Initializing;
        Ok(Beginning {
            state: &self.state,
            number: failures + 1,
        })
    }

    async fn prepare(&self, source: Source, number: u32) -> Result<Runner, InitError> {
        let env: Vec<(OsString, OsString)> = source.env.clone();
        let directory = self.directory.join(number.to_string());
        let made = fs::create_dir(&directory);
        made.map_err(|error| CodeError::Write {
            path: directory.clone(),
            source: error,
        })?;
        let settings = Arc::clone(&self.settings);
        let code = code::prepare(source, directory, &settings, &self.fork_server).await?;
        self.runner_of(code, env).await
    }

    /// Starts what runs the action that lies in a directory, and leaves that as it is.
    ///
    /// # Errors
    ///
    /// The action is as it was.
    pub(crate) async fn open(&self, directory: PathBuf, main: String) -> Result<(), InitError> {
        let beginning = self.begin()?;
        let code = code::in_place(directory, main, &self.settings)?;
        beginning.complete(self.runner_of(code, Vec::new()).await?);
        Ok(())
    }

    async fn runner_of(
        &self,
        code: Code,
        env: Vec<(OsString, OsString)>,
    ) -> Result<Runner, InitError> {
        let settings = Arc::clone(&self.settings);
        let recipe = match code {
            Code::Single(recipe) => recipe,
            Code::Workflow { directory } => {
                let summons = Rc::clone(&self.summons);
                let flights = Flights::start(directory, texts(&env), &settings, summons);
                return Ok(Runner::Workflow(Box::new(flights.await?)));
            }
        };
        let overlaps = recipe.launcher == Launcher::Own { overlaps: true };
        let starter = Starter {
            recipe,
            env,
            settings,
            fork_server: self.fork_server.clone(),
        };
        Ok(match overlaps {
            true => Runner::Shared(Commons::start(starter).await?),
            false => Runner::Single(Pool::start(starter).await?),
        })
    }
}

/// What comes of work for an activation, unless it is too late for it.
async fn in_time<T>(activation: &Activation<'_>, work: impl Future<Output = T>) -> Option<T> {
    match activation.deadline {
        Some(deadline) => timeout_at(deadline + LATE_GRACE, work).await.ok(),
        None => Some(work.await),
    }
}

/// Variables as text. OpenWhisk sends no others: it sends JSON.
fn texts(env: &[(OsString, OsString)]) -> Vec<(String, String)> {
    let text = |text: &OsString| text.to_string_lossy().into_owned();
    env.iter()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

impl Drop for Action {
    fn drop(&mut self) {
        // What stays goes with the container.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// An initialization under way. Dropped, it has failed.
struct Beginning<'a> {
    state: &'a RefCell<State>,
    number: u32,
}

impl Beginning<'_> {
    fn complete(self, runner: Runner) {
        *self.state.borrow_mut() = State::Ready(Rc::new(runner));
    }
}

impl Drop for Beginning<'_> {
    fn drop(&mut self) {
        let mut state = self.state.borrow_mut();
        if matches!(*state, State::Initializing) {
            *state = State::Empty(self.number);
        }
    }
}
