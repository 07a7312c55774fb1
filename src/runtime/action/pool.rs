//! The processes of one function.

use std::cell::RefCell;
use std::ffi::OsString;
use std::sync::Arc;

use bytes::Bytes;
use raptor_sys::ForkServer;
use serde_json::value::RawValue;
use tokio::time::timeout_at;

use super::{Activation, LATE_GRACE, Outcome};
use crate::runtime::Settings;
use crate::runtime::code::Recipe;
use crate::runtime::process::{Process, StartError, Unanswered};

/// What an activation that finds its process gone, without having been read, is tried with again.
/// A second one that is gone at once is no accident.
const TRIES_MAX: usize = 2;

/// Processes that are all alike: each has the action loaded and runs one activation at a time.
/// There come to be as many as activations have ever overlapped.
#[derive(Debug)]
pub(crate) struct Pool {
    recipe: Recipe,
    env: Vec<(OsString, OsString)>,
    settings: Arc<Settings>,
    fork_server: ForkServer,
    idle: RefCell<Vec<Process>>,
}

impl Pool {
    /// Starts the first process.
    pub(crate) async fn start(
        recipe: Recipe,
        env: Vec<(OsString, OsString)>,
        settings: Arc<Settings>,
        fork_server: ForkServer,
    ) -> Result<Self, StartError> {
        let pool = Self {
            recipe,
            env,
            settings,
            fork_server,
            idle: RefCell::default(),
        };
        let first = pool.start_process().await?;
        pool.idle.borrow_mut().push(first);
        Ok(pool)
    }

    async fn start_process(&self) -> Result<Process, StartError> {
        let variables = &self.settings.variables;
        Process::start(&self.recipe, variables, &self.env, &self.fork_server).await
    }

    /// Runs an activation on a process that is up, which is started for it if there is none.
    pub(super) async fn run(&self, activation: &Activation<'_>) -> Outcome {
        let mut tries_left = TRIES_MAX;
        loop {
            let mut process = match self.take().await {
                Ok(process) => process,
                Err(error) => return Outcome::NotStarted(error),
            };
            tries_left -= 1;
            let asked = process.ask(&activation.line);
            let answered = match activation.deadline {
                Some(deadline) => match timeout_at(deadline + LATE_GRACE, asked).await {
                    Ok(answered) => answered,
                    Err(_) => {
                        process.end().await;
                        return Outcome::Late;
                    }
                },
                None => asked.await,
            };
            match answered {
                Ok(line) => return self.judge(process, line),
                Err(Unanswered::Untouched) if tries_left > 0 => {}
                Err(Unanswered::Untouched | Unanswered::Exited) => return Outcome::Exited,
                Err(Unanswered::TooLong) => return Outcome::Misshapen,
            }
        }
    }

    /// A process that is up. Those that ended meanwhile are not looked for again.
    async fn take(&self) -> Result<Process, StartError> {
        loop {
            let idle = self.idle.borrow_mut().pop();
            let Some(mut process) = idle else {
                return self.start_process().await;
            };
            if process.is_up().await {
                return Ok(process);
            }
        }
    }

    fn judge(&self, process: Process, line: Bytes) -> Outcome {
        if process.marks_answers() && line.first() == Some(&b'!') {
            return Outcome::Broken(line.slice(1..));
        }
        self.idle.borrow_mut().push(process);
        let is_shaped = matches!(line.trim_ascii_start().first(), Some(b'{' | b'['));
        if is_shaped && serde_json::from_slice::<&RawValue>(&line).is_ok() {
            Outcome::Answered(line)
        } else {
            Outcome::Misshapen
        }
    }
}
