//! The processes of one function.

use std::cell::RefCell;

use bytes::Bytes;

use super::activation::TRIES_MAX;
use super::{Activation, Outcome, in_time};
use crate::runtime::process::{Process, StartError, Starter, Unanswered};

/// Processes that are all alike: each has the action loaded and runs one activation at a time.
/// There come to be as many as activations have ever overlapped.
#[derive(Debug)]
pub(crate) struct Pool {
    starter: Starter,
    idle: RefCell<Vec<Process>>,
}

impl Pool {
    /// Starts the first process.
    pub(crate) async fn start(starter: Starter) -> Result<Self, StartError> {
        let first = starter.start().await?;
        Ok(Self {
            starter,
            idle: RefCell::new(vec![first]),
        })
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
            let Some(answered) = in_time(activation, process.ask(&activation.line)).await else {
                process.end().await;
                return Outcome::Late;
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
                return self.starter.start().await;
            };
            if process.is_up().await {
                return Ok(process);
            }
        }
    }

    fn judge(&self, process: Process, line: Bytes) -> Outcome {
        let outcome = Outcome::of(line, process.marks_answers());
        if !matches!(outcome, Outcome::Broken(_)) {
            self.idle.borrow_mut().push(process);
        }
        outcome
    }
}
