//! The one process of a function whose activations share it.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::Mutex;

use super::activation::TRIES_MAX;
use super::{Activation, Outcome, in_time};
use crate::runtime::process::{Shared, StartError, Starter, Unanswered};

/// A process in which activations overlap, so that they find the same state of its modules: what
/// OpenWhisk's Node.js runtime gives to actions that may be concurrent.
///
/// An activation that is too late, or cancelled, cannot be stopped alone, and may never end: its
/// process gets no new ones, those under way there end as they would have, and when nobody waits
/// for it any more it is ended. So the others are not disturbed, nothing runs on that nobody waits
/// for, and there are never more processes than activations; but those who come later find the
/// state of a new process.
#[derive(Debug)]
pub(crate) struct Commons {
    starter: Starter,
    /// Where new activations go.
    current: RefCell<Option<Rc<Shared>>>,
    /// One is started at a time.
    starting: Mutex<()>,
}

impl Commons {
    /// Starts the process.
    pub(crate) async fn start(starter: Starter) -> Result<Self, StartError> {
        let commons = Self {
            starter,
            current: RefCell::default(),
            starting: Mutex::default(),
        };
        commons.take().await?;
        Ok(commons)
    }

    /// Runs an activation beside those that are under way.
    pub(super) async fn run(&self, activation: &Activation<'_>) -> Outcome {
        let mut tries_left = TRIES_MAX;
        loop {
            let process = match self.take().await {
                Ok(process) => process,
                Err(error) => return Outcome::NotStarted(error),
            };
            tries_left -= 1;
            let stay = Stay {
                commons: self,
                process: Some(process),
            };
            let Some(answered) = in_time(activation, stay.ask(&activation.line)).await else {
                stay.leave().await;
                return Outcome::Late;
            };
            match answered {
                Ok(line) => {
                    let outcome = Outcome::of(line, true);
                    if !matches!(outcome, Outcome::Broken(_)) {
                        stay.end();
                    }
                    return outcome;
                }
                Err(Unanswered::Untouched) if tries_left > 0 => {}
                Err(Unanswered::Untouched | Unanswered::Exited) => return Outcome::Exited,
                Err(Unanswered::TooLong) => return Outcome::Misshapen,
            }
        }
    }

    /// The process, which is started if there is none that is up.
    async fn take(&self) -> Result<Rc<Shared>, StartError> {
        let _starting = self.starting.lock().await;
        let up = self.current.borrow().clone().filter(|known| known.is_up());
        if let Some(process) = up {
            return Ok(process);
        }
        let process = Rc::new(Shared::new(self.starter.start().await?));
        *self.current.borrow_mut() = Some(Rc::clone(&process));
        Ok(process)
    }
}

/// An activation's time in a process. Dropped before its end, the process gets no new ones.
struct Stay<'a> {
    commons: &'a Commons,
    /// Some until the stay is over.
    process: Option<Rc<Shared>>,
}

impl Stay<'_> {
    async fn ask(&self, line: &[u8]) -> Result<bytes::Bytes, Unanswered> {
        let process = self.process.as_ref().expect("the stay is not over");
        process.ask(line).await
    }

    /// The process is as good as before.
    fn end(mut self) {
        self.process = None;
    }

    /// Leaves while the process still works on the activation. The last to leave sees it end.
    async fn leave(mut self) {
        let process = self.retire();
        if let Some(abandoned) = process.and_then(Rc::into_inner) {
            abandoned.end().await;
        }
    }

    fn retire(&mut self) -> Option<Rc<Shared>> {
        let process = self.process.take()?;
        let mut current = self.commons.current.borrow_mut();
        let _ = current.take_if(|current| Rc::ptr_eq(current, &process));
        Some(process)
    }
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.retire();
    }
}
