//! Single attempts: how long a function takes while every other node runs one of the same.
//!
//! This is what predictions from measured distributions start from: attempts that do not race, but
//! share the machine as they do in a flight.

use std::rc::Rc;
use std::time::Duration;

use raptor_core::{FunctionIndex, flight};
use serde_json::{Map, Value};
use tokio::task::JoinSet;

use crate::policy::Policy;
use crate::sample::{Ending, Outcome};
use crate::targets::{Flown, Target};
use crate::workflow::{Action, SingleError, Workflow};

use super::stop::{Cut, Stop};

/// How a single attempt is asked for: by a flight of one.
const ALONE: Policy = Policy {
    kind: flight::Policy::Flight,
    size: 1,
};

/// A function that fails as often in a row gives no value for those that depend on it, or no times.
const FAILURES_MAX: usize = 100;

/// Single attempts cannot be measured. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum AloneError {
    /// A function is none alone.
    #[error(transparent)]
    Single(#[from] SingleError),
    /// A function does nothing but fail.
    #[error("measure single attempts of {function:?}: {FAILURES_MAX} in a row gave none: {last}")]
    Failed {
        /// Which.
        function: String,
        /// How the last one ended.
        last: Ending,
    },
}

/// The functions of a workflow, each alone, and how long they took.
pub(super) struct Alone {
    target: Rc<Target>,
    nodes: usize,
    timeout: Duration,
    functions: Vec<Single>,
}

/// One function, alone.
struct Single {
    name: String,
    action: Rc<Action>,
    times: Vec<Duration>,
}

impl Alone {
    /// Runs the workflow function by function, so that each gets what it would.
    ///
    /// # Errors
    ///
    /// If a function gives no value.
    ///
    /// # Panics
    ///
    /// If the target has no nodes that can be asked: scenarios know that before.
    pub(super) async fn prepare(
        target: &Rc<Target>,
        workflow: &Workflow,
        timeout: Duration,
    ) -> Result<Self, AloneError> {
        let nodes = target.fleet().expect("the scenario asks nodes only").len();
        let manifest = &workflow.action.manifest;
        let mut alone = Self {
            target: Rc::clone(target),
            nodes,
            timeout,
            functions: Vec::new(),
        };
        let mut values = Map::new();
        let mut singles = vec![None; manifest.len()];
        for function in manifest.order() {
            let name = manifest.function(*function).name.clone();
            let action = Rc::new(workflow.single(*function, &values)?);
            let value = alone.value(workflow, *function, &name, &action).await?;
            values.insert(name, value);
            singles[function.at()] = Some(action);
        }
        let singles = manifest
            .functions()
            .iter()
            .zip(singles.into_iter().flatten());
        alone.functions = singles
            .map(|(function, action)| Single {
                name: function.name.clone(),
                action,
                times: Vec::new(),
            })
            .collect();
        Ok(alone)
    }

    /// The value that a function gives.
    async fn value(
        &self,
        workflow: &Workflow,
        function: FunctionIndex,
        name: &str,
        action: &Rc<Action>,
    ) -> Result<Value, AloneError> {
        let mut last = Ending::TimedOut;
        for attempt in 0..FAILURES_MAX {
            let flown = self.fly(attempt % self.nodes, Rc::clone(action)).await;
            if let Some(result) = &flown.result {
                let result = serde_json::from_slice(result).expect("a result is an object");
                return Ok(workflow.value(function, result));
            }
            last = flown.ending;
        }
        Err(AloneError::Failed {
            function: name.to_owned(),
            last,
        })
    }

    /// One attempt, led by that node.
    fn fly(&self, node: usize, action: Rc<Action>) -> impl Future<Output = Flown> + use<> {
        let (target, timeout) = (Rc::clone(&self.target), self.timeout);
        async move {
            let fleet = target.fleet().expect("a target keeps its nodes");
            fleet.fly(node, &action, ALONE, timeout).await
        }
    }

    /// Measures so many more of each function, one function after the other.
    pub(super) async fn measure(&mut self, count: usize, stop: &mut Stop) -> Result<(), Ended> {
        for function in 0..self.functions.len() {
            let times = self.block(&self.functions[function], count, stop).await?;
            self.functions[function].times.extend(times);
        }
        Ok(())
    }

    /// Lets every node run one after the other until the first so many that were started have
    /// ended. Those that are started after them only keep their nodes busy: were they not, or were
    /// others taken for slow ones, the times would be too short. The very first of every node does
    /// not count: it finds caches empty, and nothing started ahead.
    async fn block(
        &self,
        single: &Single,
        count: usize,
        stop: &mut Stop,
    ) -> Result<Vec<Duration>, Ended> {
        let mut times = Vec::with_capacity(count);
        let warm_up = if single.times.is_empty() {
            self.nodes
        } else {
            0
        };
        let counted = warm_up..warm_up + count;
        let (mut started, mut open, mut failures) = (0, count, 0);
        let mut under_way = JoinSet::new();
        let mut start = |node: usize, under_way: &mut JoinSet<_>| {
            let is_counted = counted.contains(&started);
            started += 1;
            let flown = self.fly(node, Rc::clone(&single.action));
            under_way.spawn_local(async move { (node, is_counted, flown.await) });
        };
        (0..self.nodes).for_each(|node| start(node, &mut under_way));
        while open > 0 {
            let ended = tokio::select! {
                ended = under_way.join_next() => ended.expect("every node runs one"),
                cut = stop.asked() => return Err(Ended::Cut(cut)),
            };
            let (node, is_counted, flown) = ended.expect("flying does not panic");
            let time = took(&flown);
            failures = if time.is_some() { 0 } else { failures + 1 };
            if failures >= FAILURES_MAX {
                return Err(Ended::Failed(AloneError::Failed {
                    function: single.name.clone(),
                    last: flown.ending,
                }));
            }
            if is_counted {
                open -= 1;
                times.extend(time);
            }
            if open > 0 {
                start(node, &mut under_way);
            }
        }
        // The next block finds the nodes idle.
        while under_way.join_next().await.is_some() {}
        Ok(times)
    }

    /// How long they took, by function.
    pub(super) fn times(self) -> Vec<Vec<Duration>> {
        self.functions.into_iter().map(|it| it.times).collect()
    }
}

/// Why measuring ended early.
#[derive(Debug)]
pub(super) enum Ended {
    /// The run did.
    Cut(Cut),
    /// There is nothing to measure.
    Failed(AloneError),
}

/// How long the one attempt of a flight took, from its launch on: with the start of its process,
/// which every attempt pays. It waits for no slot. One with a fault took its time too.
fn took(flown: &Flown) -> Option<Duration> {
    let ended = flown
        .attempts
        .iter()
        .find(|attempt| matches!(attempt.outcome, Outcome::Value | Outcome::Fault));
    ended?.turnaround()
}
